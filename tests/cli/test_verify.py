"""cairn verify: findings, summaries, several paths, --json, exit codes."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import time

import numpy as np

from conftest import CAIRN, save


def test_a_sound_checkpoint(cairn, small):
    ran = cairn("verify", small)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{small}: 6 tensors, 2.4 KiB: sound\n"


def test_damage_is_one_line_each_and_a_summary(cairn, damaged):
    prefix, name = damaged
    ran = cairn("verify", prefix)
    assert ran.code == 1 and ran.err == ""
    finding, summary = ran.out.splitlines()
    assert finding.startswith(f"{prefix}: E_CRC: {prefix}.data-00000-of-00001: tensor '{name}': offset 0: checksum of ")
    assert summary == f"{prefix}: 2 tensors, 48 B: 1 finding"


def test_several_paths_are_all_judged(cairn, small, damaged, tmp_path):
    missing = str(tmp_path / "not-there")
    ran = cairn("verify", small, missing, damaged[0])
    assert ran.code == 2
    assert ran.err.startswith(f"cairn: error: {missing}: ")
    lines = ran.out.splitlines()
    assert lines[0].endswith(": sound") and lines[2].endswith(": 1 finding")
    assert lines[3] == "2 checkpoints, 8 tensors, 2.4 KiB: 1 finding"
    assert cairn("verify", small, damaged[0]).code == 1
    assert cairn("verify", small, small).code == 0


def test_members_of_one_checkpoint_are_verified_once(cairn, small):
    ran = cairn("verify", small, small + ".index", small + ".data-00000-of-00001")
    assert (ran.code, ran.out) == (0, f"{small}: 6 tensors, 2.4 KiB: sound\n")


def test_all_checkpoints_of_a_run(cairn, tmp_path):
    run = tmp_path / "run"
    for step in (9, 10):
        save(f"{run}/model-{step}", {"w": np.full(4, step, np.float32)})
    shutil.copy(run / "model-9.data-00000-of-00001", run / "model-8.data-00000-of-00001")
    ran = cairn("verify", "--all", run)
    assert ran.code == 1
    assert [line.split(": ")[0].split("/")[-1] for line in ran.out.splitlines()[:-1]] == ["model-9", "model-10", "model-8", "model-8"]
    assert "model-8.index: missing, while its data is there" in ran.out
    assert ran.out.splitlines()[-1] == "3 checkpoints, 2 tensors, 32 B: 1 finding"
    assert [c["ok"] for c in json.loads(cairn("verify", "--all", "--json", run).out)["checkpoints"]] == [True, True, False]
    empty = tmp_path / "empty"
    empty.mkdir()
    ran = cairn("verify", "--all", empty)
    assert ran.code == 2 and "no checkpoint" in ran.err
    ran = cairn("verify", "--all", run / "model-9")
    assert ran.code == 2 and "no such directory" in ran.err and f"the run of a checkpoint is its directory: '{run}'" in ran.err


def test_temporary_files_are_noted(cairn, tmp_path):
    prefix = save(str(tmp_path / "model-1"), {"w": np.zeros(3)})
    for name in ("model-1.index.cairn-tmp0", "model-1.data-00000-of-00001.tempstate7", "model-10.index.cairn-tmp0"):
        (tmp_path / name).write_text("x")
    ran = cairn("verify", prefix)
    assert ran.code == 0 and "left by saves that did not finish, or under way" in ran.err
    assert "model-1.index.cairn-tmp0" in ran.err and "tempstate7" in ran.err and "model-10" not in ran.err


def test_json(cairn, small, damaged, tmp_path):
    ran = cairn("verify", "--json", small, damaged[0], str(tmp_path / "not-there"))
    assert ran.code == 2
    document = json.loads(ran.out)
    assert list(document) == ["schema_version", "checkpoints", "findings", "num_tensors", "num_unprotected", "nbytes"]
    assert document["schema_version"] == 1
    sound, bad, missing = document["checkpoints"]
    assert document["findings"] == bad["findings"] and document["num_tensors"] == sound["tensors"] + bad["tensors"]
    assert document["num_unprotected"] == 0 and document["nbytes"] == sound["nbytes"] + bad["nbytes"]
    assert list(sound) == ["path", "format", "ok", "tensors", "nbytes", "unprotected", "findings", "error"]
    assert (sound["path"], sound["format"], sound["ok"], sound["tensors"]) == (small, "tf-v2", True, 6)
    assert sound["unprotected"] == 0 and sound["findings"] == [] and sound["error"] is None
    (finding,) = bad["findings"]
    assert bad["ok"] is False and finding["reason"] == "E_CRC" and finding["tensor"] == "a" and finding["offset"] == 0
    assert finding["path"] == damaged[0] + ".data-00000-of-00001"
    assert finding["expected"] != finding["found"] and finding["expected"].startswith("0x")
    assert missing["ok"] is False and missing["error"]["reason"] == "E_MISSING"


def test_a_lost_data_file_is_found(cairn, small, tmp_path):
    (tmp_path / "m.index").write_bytes(open(small + ".index", "rb").read())
    ran = cairn("verify", str(tmp_path / "m"))
    assert ran.code == 1
    assert ran.out.count("E_MISSING") == 1 and ran.out.splitlines()[-1].endswith("1 finding")
    assert "is not there, and 6 tensors lie in it" in ran.out.splitlines()[0]


def test_quick_reads_no_tensor_data(cairn, damaged):
    ran = cairn("verify", "--quick", damaged[0])
    assert ran.code == 0 and "metadata and sizes are sound, values were not read" in ran.out
    os.truncate(damaged[0] + ".data-00000-of-00001", 20)
    ran = cairn("verify", "--quick", damaged[0])
    assert ran.code == 1 and "E_BOUNDS" in ran.out


def test_strict_finds_what_changes_no_value(cairn, small, tmp_path):
    for file in glob.glob(small + ".*"):
        shutil.copy(file, tmp_path)
    prefix = str(tmp_path / os.path.basename(small))
    assert cairn("verify", "--strict", prefix).code == 0
    with open(prefix + ".data-00000-of-00001", "ab") as file:
        file.write(b"more")
    assert cairn("verify", prefix).code == 0
    ran = cairn("verify", "--strict", prefix)
    assert ran.code == 1 and "E_PADDING" in ran.out and "4 bytes after the last tensor" in ran.out


def test_quick_and_strict_exclude_each_other(cairn, small):
    ran = cairn("verify", "--quick", "--strict", small)
    assert ran.code == 2 and "exclude each other" in ran.err


def test_plain_progress_is_lines(cairn, large):
    ran = cairn("verify", "--progress=plain", large)
    assert ran.code == 0
    lines = ran.err.splitlines()
    assert lines and all(line.startswith(f"cairn: verify {large}: ") for line in lines)
    assert re.search(r": \d+%  [\d.]+ MiB of 256.0 MiB  [\d.]+ [KMG]iB/s  \d+:\d\d left$", lines[0])
    assert re.search(r": 100%  256.0 MiB of 256.0 MiB  [\d.]+ [KMG]iB/s$", lines[-1]) and len(lines) <= 10
    assert cairn("verify", large).err == ""
    assert cairn("verify", "--progress=none", large).err == ""


def test_a_file_that_is_cut_while_it_is_read(large):
    """Mapped bytes that are gone raise SIGBUS: exit code 1 and one message, however many threads read them."""
    data = large + ".data-00000-of-00001"
    size = os.path.getsize(data)
    seen = 0
    for i in range(60):
        run = subprocess.Popen([CAIRN, "verify", large], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(0.005 * (1 + i % 20))
        os.truncate(data, 0)
        out, err = run.communicate(timeout=60)
        os.truncate(data, size)
        if run.returncode == 0:  # it had ended before
            continue
        assert run.returncode == 1
        assert err == ("cairn: error: a file was cut while it was read\n"
                       "hint: something else is writing there; try again when it has ended\n")
        seen += 1
        if seen == 5:
            break
    assert seen


def test_interrupt_exits_130(large, tmp_path):
    names = [str(tmp_path / f"model-{i}") for i in range(50)]  # each name is verified once
    for name in names:
        for end in (".index", ".data-00000-of-00001"):
            os.link(large + end, name + end)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests may ignore it, and the program would, too
    for i in range(20):
        run = subprocess.Popen([CAIRN, "verify", *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(0.03 * (1 + i))
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
        assert run.returncode in (130, -signal.SIGINT)  # the latter before the program has begun
        if run.returncode == 130:
            break
    assert run.returncode == 130 and err == ""
    assert all(line.endswith(": sound") for line in out.splitlines())


def test_what_is_no_checkpoint_is_trouble(cairn, tmp_path):
    (tmp_path / "notes.md").write_text("# Notes\n")
    ran = cairn("verify", str(tmp_path / "notes.md"))
    assert ran.code == 2 and "is not a checkpoint of any known format" in ran.err
