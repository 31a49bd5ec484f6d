"""cairn state: text, --json, what a resumed run takes, damage."""
import json
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf

from conftest import save


@pytest.fixture
def run(tmp_path):
    directory = str(tmp_path / "run")
    for step in (9, 10, 100):
        save(f"{directory}/model-{step}", {"w": np.full(4, step, np.float32)})
    tf.compat.v1.train.update_checkpoint_state(directory, "model-100", ["model-9", "model-10", "model-100"])
    return directory


def damage(directory, name):
    with open(f"{directory}/{name}.data-00000-of-00001", "r+b") as data:
        data.write(b"\xff")


def test_text(cairn, run):
    ran = cairn("state", run)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines] == ["model-9", "model-10", "model-100", "resume"]
    assert [line.split()[2] for line in lines[:3]] == ["9", "10", "100"]
    assert ["checkpoint" in line for line in lines[:3]] == [False, False, True]
    assert all(" ok" in line for line in lines[:3])
    assert lines[3].startswith("resume model-100: ")


def test_quick_reads_no_values(cairn, run):
    damage(run, "model-100")
    ran = cairn("state", "--quick", run)
    assert ran.code == 0 and ran.out.splitlines()[-1].startswith("resume model-100: ")
    assert json.loads(cairn("state", "--quick", "--json", run).out)["resume"]["name"] == "model-100"


def test_a_directory_is_what_state_quick_would_resume(cairn, run, tmp_path):
    os.remove(f"{run}/model-100.data-00000-of-00001")
    quick = json.loads(cairn("state", "--quick", "--json", run).out)["resume"]["name"]
    for path in (run, f"{run}/checkpoint"):
        ran = cairn("ls", path)
        assert ran.code == 0 and f"taken as {run}/{quick} (the highest step; passed over model-100: E_MISSING: " in ran.err
        assert "TensorFlow's latest_checkpoint gives model-100" in ran.err


def test_names_without_a_step_follow_the_state_file(cairn, tmp_path):
    run = str(tmp_path)
    for name in ("model15000", "model9000"):
        save(f"{run}/{name}", {"w": np.zeros(4)})
    tf.compat.v1.train.update_checkpoint_state(run, "model15000", ["model9000", "model15000"])
    ran = cairn("state", run)
    assert ran.out.splitlines()[-1] == "resume model15000: the newest by its state file"
    assert tf.train.latest_checkpoint(run) == f"{run}/model15000"


def test_names_with_control_characters_are_escaped(cairn, tmp_path):
    save(f"{tmp_path}/a\x1b[2J-20", {"w": np.zeros(4)})
    save(f"{tmp_path}/model-10", {"w": np.zeros(4)})
    os.remove(f"{tmp_path}/a\x1b[2J-20.data-00000-of-00001")
    for arguments in (("state",), ("state", "--quick"), ("ls",), ("verify", "--all")):
        ran = cairn(*arguments, tmp_path)
        assert "\x1b" not in ran.out + ran.err and "\\x1b[2J-20" in ran.out + ran.err, arguments


def test_json(cairn, run):
    document = json.loads(cairn("state", "--json", run).out)
    assert list(document) == ["schema_version", "path", "checkpoint", "resume", "checkpoints"]
    assert (document["schema_version"], document["path"], document["checkpoint"]) == (1, run, "model-100")
    assert document["resume"]["name"] == "model-100" and document["resume"]["reason"]
    assert list(document["checkpoints"][0]) == ["name", "step", "nbytes", "ok", "reason"]
    sizes = sum(os.path.getsize(f"{run}/model-9{end}") for end in (".index", ".data-00000-of-00001"))
    assert document["checkpoints"][0] == {"name": "model-9", "step": 9, "nbytes": sizes, "ok": True, "reason": None}


def test_a_damaged_newest_is_passed_over(cairn, run):
    damage(run, "model-100")
    ran = cairn("state", run)
    assert ran.code == 1
    assert "E_CRC" in ran.out.splitlines()[2] and "checkpoint" in ran.out.splitlines()[2]
    assert ran.out.splitlines()[-1].startswith("resume model-10: ")
    document = json.loads(cairn("state", "--json", run).out)
    assert document["resume"]["name"] == "model-10"
    assert [c["ok"] for c in document["checkpoints"]] == [True, True, False]
    assert document["checkpoints"][2]["reason"].startswith("E_CRC: ")


def test_none_good_is_no_start_from_scratch(cairn, run):
    for name in ("model-9", "model-10", "model-100"):
        damage(run, name)
    ran = cairn("state", run)
    assert ran.code == 1 and ran.out.splitlines()[-1].startswith("resume not possible: ")
    document = json.loads(cairn("state", "--json", run).out)
    assert document["resume"]["name"] is None
    assert [c["ok"] for c in document["checkpoints"]] == [False, False, False]
    assert all(c["reason"].startswith("E_CRC: ") for c in document["checkpoints"])


def test_an_empty_directory_begins_from_scratch(cairn, tmp_path):
    ran = cairn("state", str(tmp_path))
    assert (ran.code, ran.out) == (0, "resume from scratch: no checkpoint\n")
    document = json.loads(cairn("state", "--json", str(tmp_path)).out)
    assert document["checkpoint"] is None and document["resume"]["name"] is None and document["checkpoints"] == []


def test_a_moved_directory(cairn, run, tmp_path):
    tf.compat.v1.train.update_checkpoint_state(run, f"{run}/model-100", [f"{run}/model-100"])
    moved = str(tmp_path / "elsewhere")
    shutil.move(run, moved)
    ran = cairn("state", moved)
    assert ran.code == 0 and "checkpoint" in ran.out.splitlines()[2]


def test_what_is_no_run(cairn, small, tmp_path):
    ran = cairn("state", str(tmp_path / "not-there"))
    assert ran.code == 2 and ran.out == "" and ran.err.startswith("cairn: error: ") and "not-there" in ran.err
    ran = cairn("state", small + ".index")
    assert ran.code == 2 and "is not a directory" in ran.err and os.path.dirname(small) in ran.err.splitlines()[1]


@pytest.mark.parametrize("directory,newest", [("tf_features/tf1_v1", "model"), ("tf_features/tf1_v1_sharded", "model-?????-of-00001"),
                                              ("v1_unsharded_half_plus_two", "export"), ("tf_features/tf2_objects", "ckpt-3"),
                                              ("tf1_estimator_two_shards", "model.ckpt-1000")])
def test_directories_of_every_kind(cairn, corpus, directory, newest):
    document = json.loads(cairn("state", "--json", corpus / directory).out)
    assert document["checkpoint"] == document["resume"]["name"] == newest
    assert all(checkpoint["ok"] for checkpoint in document["checkpoints"])


def test_a_damaged_v1_checkpoint_is_judged(cairn, corpus, tmp_path):
    shutil.copytree(corpus / "tf_features/tf1_v1", tmp_path / "run")
    content = bytearray((tmp_path / "run/model").read_bytes())
    content[100] ^= 1
    (tmp_path / "run/model").write_bytes(content)
    ran = cairn("state", tmp_path / "run")
    assert ran.code == 1 and ran.out.startswith("model ") and "E_" in ran.out and "not possible" in ran.out


def test_a_saved_model_is_no_run(cairn, corpus):
    ran = cairn("state", corpus / "tf_features/tf2_export")
    assert ran.code == 2 and "is a SavedModel, no run" in ran.err and "hint: see what it holds: cairn info " in ran.err


def test_parts_and_leftovers_are_noted(cairn, corpus, run):
    ran = cairn("state", corpus / "tf_features/merged_parts/unmerged_temp")
    assert ran.out == "resume from scratch: no checkpoint\n"
    assert "'part-00000-of-00003', 'part-00001-of-00003', 'part-00002-of-00003'" in ran.err
    os.makedirs(f"{run}/model-101_temp_0123")
    open(f"{run}/model-101.index.tempstate7", "w").close()
    ran = cairn("state", run)
    assert ran.code == 0 and ran.out.splitlines()[-1].startswith("resume model-100: ")
    assert "left by saves that did not finish, or under way: 'model-101.index.tempstate7', 'model-101_temp_0123'" in ran.err
