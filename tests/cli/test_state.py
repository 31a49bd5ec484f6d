"""cairn state: text, --json, what a resumed run takes, damage."""
import json
import os
import re
import shutil
import subprocess

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
    assert [line.split()[0] for line in lines] == ["model-9", "model-10", "model-100", "disk:", "run", "resume"]
    assert [line.split()[2] for line in lines[:3]] == ["9", "10", "100"]
    assert ["checkpoint" in line for line in lines[:3]] == [False, False, True]
    assert all(" ok" in line for line in lines[:3])
    assert re.fullmatch(r"disk: 3 checkpoints, \d+ B; [\d.]+ [KMGT]iB free", lines[3])
    assert lines[4] == "run state: saved by another program: only variables and step are resumed"
    assert lines[5].startswith("resume model-100: ")


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
    assert list(document) == ["schema_version", "path", "checkpoint", "resume", "checkpoints", "run_state", "statistics", "lock",
                              "nbytes", "free_nbytes"]
    assert (document["schema_version"], document["path"], document["checkpoint"]) == (1, run, "model-100")
    assert document["resume"]["name"] == "model-100" and document["resume"]["reason"]
    assert list(document["checkpoints"][0]) == ["name", "step", "nbytes", "ok", "reason"]
    sizes = sum(os.path.getsize(f"{run}/model-9{end}") for end in (".index", ".data-00000-of-00001"))
    assert document["checkpoints"][0] == {"name": "model-9", "step": 9, "nbytes": sizes, "ok": True, "reason": None}
    assert document["nbytes"] == sum(checkpoint["nbytes"] for checkpoint in document["checkpoints"])
    assert document["free_nbytes"] > 0
    assert document["run_state"] is document["statistics"] is document["lock"] is None


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


# ---- what a resumed run takes and lacks, and what stands beside the checkpoints


@pytest.fixture(scope="module")
def trained(train_mlp, tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("trained") / "run")
    subprocess.run([train_mlp, directory, "2"], check=True, stdout=subprocess.DEVNULL)
    return directory


def lines_of(ran):
    """The lines beside checkpoints, by their label."""
    return dict(line.split(": ", 1) for line in ran.out.splitlines() if ": " in line)


def test_the_run_state_of_what_would_be_resumed(cairn, trained):
    lines = lines_of(cairn("state", trained))
    assert lines["run state"] == "step 60, epoch 2; callbacks ModelSaver, PrintEpoch; generators noise, random; data position"
    assert json.loads(cairn("state", "--json", trained).out)["run_state"] == {
        "step": 60, "epoch": 2, "callbacks": ["ModelSaver", "PrintEpoch"], "generators": ["noise", "random"], "data_position": True}


def test_the_run_state_is_that_of_the_checkpoint_that_verifies(cairn, trained, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    damage(run, "model-60")
    ran = cairn("state", run)
    assert ran.code == 1 and lines_of(ran)["run state"].startswith("step 40, epoch 1; ")


def test_what_a_run_state_lacks_is_said(cairn, tmp_path):
    run = tmp_path / "run"
    save(f"{run}/model-7", {"w": np.float32(1), "_CAIRN_RUN_STATE": b'{"version":1,"step":7,"epoch":1,"callbacks":{},"generators":{}}'})
    assert lines_of(cairn("state", run))["run state"] == "step 7, epoch 1; no callbacks; no generators; no data position"
    assert json.loads(cairn("state", "--json", run).out)["run_state"] == {
        "step": 7, "epoch": 1, "callbacks": [], "generators": [], "data_position": False}


def test_the_last_statistics(cairn, run):
    with open(f"{run}/stats.json", "w") as stats:
        stats.write('[{"cost": 2.0, "epoch_num": 1, "global_step": 10}, '
                    '{"cost": 1.23456789, "lr": NaN, "low": "-Infinity", "a\\u001b[2J": 3, "note": "x", "epoch_num": 2, "global_step": 100}]')
    ran = cairn("state", run)
    assert lines_of(ran)["statistics"] == "epoch 2, step 100: cost 1.235, lr nan, low -inf, a\\x1b[2J 3"
    assert json.loads(cairn("state", "--json", run).out)["statistics"] == {
        "epoch": 2, "step": 100, "values": {"cost": 1.23456789, "lr": "NaN", "low": "-Inf", "a\x1b[2J": 3}}


@pytest.mark.parametrize("text, said", [("[{]", "stats.json: "), ("", "stats.json: "), ('{"cost": 1}', "a list of objects expected")])
def test_statistics_that_cannot_be_read(cairn, run, text, said):
    with open(f"{run}/stats.json", "w") as stats:
        stats.write(text)
    ran = cairn("state", run)
    assert ran.code == 0 and said in lines_of(ran)["statistics"] and "E_" not in ran.err
    assert said in json.loads(cairn("state", "--json", run).out)["statistics"]["error"]


def test_statistics_without_an_entry(cairn, run):
    with open(f"{run}/stats.json", "w") as stats:
        stats.write("[]")
    assert "statistics" not in lines_of(cairn("state", run))
    assert json.loads(cairn("state", "--json", run).out)["statistics"] is None


def test_who_holds_the_lock(cairn, train_mlp, tmp_path):
    run = str(tmp_path / "run")
    trainer = subprocess.Popen([train_mlp, run, "1000", "--slow"], stdout=subprocess.PIPE, text=True)
    try:
        assert any("saved" in line for line in trainer.stdout)
        assert lines_of(cairn("state", run))["lock"] == f"process {trainer.pid} of this host is running, lease 1"
        lock = json.loads(cairn("state", "--json", run).out)["lock"]
        assert lock == {"lease": 1, "state": "running", "process": trainer.pid, "host": os.uname().nodename, "error": None}
    finally:
        trainer.kill()
        trainer.communicate()
    assert lines_of(cairn("state", run))["lock"] == f"process {trainer.pid} of this host is gone and did not end lease 1"
    assert json.loads(cairn("state", "--json", run).out)["lock"]["state"] == "gone"
    with open(f"{run}/.cairn.lock", "r+") as file:
        text = file.read()
        file.seek(0)
        file.write(re.sub("(host|machine|boot): .*", r"\1: other", text))
        file.truncate()
    assert lines_of(cairn("state", run))["lock"] == (
        f"process {trainer.pid} of host 'other', lease 1; whether it is running cannot be told from this host")
    assert json.loads(cairn("state", "--json", run).out)["lock"]["state"] == "elsewhere"


def test_a_lock_that_is_free_or_damaged(cairn, trained, tmp_path):
    assert lines_of(cairn("state", trained))["lock"] == "free, lease 1 ended well"
    assert json.loads(cairn("state", "--json", trained).out)["lock"]["state"] == "ended"
    shutil.copytree(trained, tmp_path / "run")
    (tmp_path / "run/.cairn.lock").write_text("lease: x\n")
    ran = cairn("state", tmp_path / "run")
    assert ran.code == 0 and ".cairn.lock: holds no lease" in ran.out
    assert json.loads(cairn("state", "--json", tmp_path / "run").out)["lock"]["state"] == "unknown"


def test_a_run_of_tensorpack(cairn, corpus):
    ran = cairn("state", corpus / "tensorpack/train_run")
    lines = lines_of(ran)
    assert ran.code == 0 and "lock" not in lines
    assert lines["statistics"].startswith("epoch 3, step 12: cost 1.262, accuracy 0.3664, ")
    assert lines["run state"] == "saved by another program: only variables and step are resumed"
    assert ran.out.splitlines()[-1] == "resume model-12: the newest by its state file"


# ---- a long run


@pytest.fixture(scope="module")
def long_run(tmp_path_factory):
    directory = tmp_path_factory.mktemp("long") / "run"
    save(f"{directory}/model-1", {"w": np.zeros(4)})
    for step in range(2, 1201):
        for end in (".index", ".data-00000-of-00001"):
            os.link(f"{directory}/model-1{end}", f"{directory}/model-{step}{end}")
    os.remove(f"{directory}/model-7.data-00000-of-00001")
    return directory


def test_a_long_run_fits_a_terminal(cairn, long_run):
    import test_conventions

    code, sent, _ = test_conventions.in_terminal(["state", "--quick", "--color=never", str(long_run)], "stdout")  # 24 rows
    lines = sent.splitlines()
    assert code == 1 and len(lines) < 24
    assert lines[0] == "… 1,181 older, all ok (--all lists them)"
    assert lines[1].startswith("model-7 ") and "E_MISSING" in lines[1]
    assert [line.split()[0] for line in lines[2:20]] == [f"model-{step}" for step in range(1183, 1201)]
    assert lines[-1].startswith("resume model-1200: ")


def test_every_checkpoint_of_a_long_run_has_a_line_elsewhere(cairn, long_run):
    import test_conventions

    everything = cairn("state", "--quick", long_run).out
    assert everything.count("\nmodel-") == 1199 and "older" not in everything
    assert len(json.loads(cairn("state", "--quick", "--json", long_run).out)["checkpoints"]) == 1200
    _, sent, _ = test_conventions.in_terminal(["state", "--quick", "--all", "--color=never", str(long_run)], "stdout")
    assert sent.count("\nmodel-") == 1199 and "older" not in sent
