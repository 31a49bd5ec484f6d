"""cairn state --explain: why each checkpoint is kept, what the next save removes; text, --json, damage, unknown rules."""
import json
import os

import numpy as np
import pytest
import tensorflow as tf

from conftest import save

RULES = {"max_to_keep": 2, "keep_checkpoint_every_n_hours": 0, "keep_every_n_steps": 20,
         "keep_best": {"statistic": "val_loss", "count": 1, "order": "smallest"}, "max_nbytes": 0}


def put(directory, name, step, record):
    callbacks = {} if record is None else {"ModelSaver": json.dumps(record)}
    state = {"version": 1, "step": step, "epoch": step // 10, "callbacks": callbacks, "generators": {}, "data_position": ""}
    save(f"{directory}/{name}", {"_CAIRN_RUN_STATE": np.array(json.dumps(state).encode()), "w": np.full(4, step, np.float32)})


def name_in_state_file(directory, steps):
    names = [f"model-{step}" for step in steps]
    tf.compat.v1.train.update_checkpoint_state(directory, names[-1], names)


@pytest.fixture
def run(tmp_path):
    directory = str(tmp_path / "run")
    for step in (10, 20, 30, 40):
        put(directory, f"model-{step}", step, RULES | {"values": {"10": 0.312, "30": "NaN"}})
    put(directory, "min-val_loss", 10, None)
    name_in_state_file(directory, (10, 20, 30, 40))
    return directory


def damage(directory, name):
    with open(f"{directory}/{name}.data-00000-of-00001", "r+b") as data:
        data.seek(-1, os.SEEK_END)
        data.write(b"\xff")


def reasons(ran):
    """What is said of each checkpoint, by its name."""
    lines = [line for line in ran.out.splitlines() if "  " in line]
    return {line.split()[0]: line.split(" B  ")[-1] for line in lines}


def test_text(cairn, run):
    ran = cairn("state", "--explain", run)
    assert (ran.code, ran.err) == (0, "")
    assert reasons(ran) == {
        "model-10": "the best by val_loss: 0.312",
        "min-val_loss": "not managed by ModelSaver: never removed",
        "model-20": "a multiple of 20 steps",
        "model-30": "one of the newest 2; the next save removes it: beyond the newest 2; not the best by val_loss: nan",
        "model-40": "just saved; one of the newest 2; a multiple of 20 steps",
    }
    assert ran.out.splitlines()[-2] == "rules: the newest 2; multiples of 20 steps; the best by val_loss (smallest)"
    size = sum(os.path.getsize(f"{run}/model-30{end}") for end in (".index", ".data-00000-of-00001"))
    assert ran.out.splitlines()[-1] == f"the next save removes model-30: {size} B"


def test_nothing_goes(cairn, tmp_path):
    put(tmp_path, "model-10", 10, RULES | {"values": {}})
    assert cairn("state", "--explain", tmp_path).out.splitlines()[-1] == "the next save removes nothing"


def test_json(cairn, run):
    document = json.loads(cairn("state", "--explain", "--json", run).out)
    assert list(document) == ["schema_version", "path", "rules", "checkpoints"]
    assert (document["schema_version"], document["path"], document["rules"]) == (1, run, RULES)
    by_name = {checkpoint["name"]: checkpoint for checkpoint in document["checkpoints"]}
    assert list(by_name["model-30"]) == ["name", "step", "nbytes", "ok", "is_managed", "kept_because", "removed_because"]
    assert by_name["model-30"]["kept_because"] == ["one of the newest 2"]
    assert by_name["model-30"]["removed_because"] == ["beyond the newest 2", "not the best by val_loss: nan"]
    assert [name for name, checkpoint in by_name.items() if checkpoint["removed_because"]] == ["model-30"]
    assert {name for name, checkpoint in by_name.items() if not checkpoint["is_managed"]} == {"min-val_loss"}


def test_rules_that_are_off_in_json(cairn, tmp_path):
    best = RULES["keep_best"] | {"count": 0}
    put(tmp_path, "model-10", 10, RULES | {"keep_best": best, "keep_checkpoint_every_n_hours": "Infinity", "values": {}})
    rules = json.loads(cairn("state", "--explain", "--json", tmp_path).out)["rules"]
    assert (rules["keep_best"], rules["keep_checkpoint_every_n_hours"]) == (None, None)


def test_a_damaged_newest_is_a_finding(cairn, run):
    damage(run, "model-40")
    ran = cairn("state", "--explain", run)
    assert ran.code == 1
    said = reasons(ran)
    assert "left alone and not counted: E_CRC: " in said["model-40"] and said["model-30"].startswith("just saved; ")
    assert ran.out.splitlines()[-1] == "the next save removes nothing"
    quick = cairn("state", "--explain", "--quick", run)
    assert quick.code == 0 and reasons(quick)["model-40"].startswith("just saved; ")


def test_a_run_of_tensorpack(cairn, corpus):
    ran = cairn("state", "--explain", corpus / "tensorpack/train_run")
    assert ran.code == 0 and ran.out.splitlines()[-1] == "rules: not known"
    assert "the rules are not known: " in ran.err and "model-12: has no record of them" in ran.err
    said = {line.split()[0]: line.split("KiB  ")[-1] for line in ran.out.splitlines()[:-1]}
    assert said["model-12"] == "the state file calls it the newest; the state file lists it"
    assert said["min-validation_cost"].startswith("not managed by ModelSaver: never removed; ")
    assert json.loads(cairn("state", "--explain", "--json", corpus / "tensorpack/train_run").out)["rules"] is None


def test_a_run_of_an_earlier_version(cairn, tmp_path):
    for step in (10, 20):
        put(tmp_path, f"model-{step}", step, None)
    name_in_state_file(str(tmp_path), (10, 20))
    ran = cairn("state", "--explain", tmp_path)
    assert ran.code == 0 and "model-20: has no record of them" in ran.err
    assert reasons(ran) == {"model-10": "the state file lists it",
                            "model-20": "the state file calls it the newest; the state file lists it"}


def test_a_record_that_is_no_record(cairn, tmp_path):
    put(tmp_path, "model-10", 10, {"max_to_keep": -1})
    ran = cairn("state", "--explain", tmp_path)
    assert ran.code == 0 and "model-10: retention record: 'max_to_keep' is negative" in ran.err


def test_an_empty_directory(cairn, tmp_path):
    ran = cairn("state", "--explain", tmp_path)
    assert (ran.code, ran.out) == (0, "rules: not known\n") and "no checkpoint is complete" in ran.err


def test_names_and_statistics_are_escaped(cairn, tmp_path):
    best = RULES["keep_best"] | {"statistic": "loss\x1b[2J"}
    put(tmp_path, "model-10", 10, RULES | {"keep_best": best, "values": {"10": 1}})
    put(tmp_path, "a\x1b[2J", 10, None)
    for arguments in ([], ["--json"]):
        ran = cairn("state", "--explain", *arguments, tmp_path)
        assert ran.code == 0 and "\x1b" not in ran.out + ran.err and "[2J" in ran.out


def test_what_is_no_run(cairn, tmp_path):
    ran = cairn("state", "--explain", tmp_path / "not-there")
    assert ran.code == 2 and ran.out == "" and "not-there" in ran.err


def test_options_that_exclude_each_other(cairn, run):
    for other in ("--watch", "--all"):
        ran = cairn("state", "--explain", other, run)
        assert ran.code == 2 and ran.out == "" and "--explain" in ran.err


def test_help_fits_on_a_terminal(cairn):
    lines = cairn("state", "--help").out.splitlines()
    assert len(lines) <= 24 and all(len(line) <= 80 for line in lines)
    assert sum(line.startswith("  cairn state ") for line in lines) == 2
