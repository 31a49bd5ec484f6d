"""A run whose newest checkpoint is ruined goes on from the one before, and ends with the bytes of a run that nobody ruined.

Set CAIRN=build/release/bin/cairn and EXAMPLES=build/release/examples.
"""
import os
import re
import shutil

import pytest

import ruins
from system_calls import injecting
from training_runs import (DATA, assert_one_error, assert_only_known_files, committed_steps, copy_run, own_loop, own_loop_files,
                           resumed_step)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A run of 40 steps. It keeps model-30, model-35 and model-40."""
    directory = tmp_path_factory.mktemp("base") / "run"
    for _ in range(2):
        assert own_loop(directory).code == 0
    assert committed_steps(directory) == [30, 35, 40]
    return directory


@pytest.fixture
def run(base, tmp_path):
    return copy_run(base, tmp_path / "run")


@pytest.fixture
def outside(tmp_path):
    """A directory beside the run that has a file."""
    directory = tmp_path / "outside"
    directory.mkdir()
    (directory / "kept").write_text("nobody's business")
    return directory


def file_of(run, step, end):
    return run / f"model-{step}{end}"


def ruin_bytes(ruin, ends):
    def apply(run):
        for end in ends:
            ruin(file_of(run, 40, end), file_of(run, 35, end))
    return apply


def ruin_kind(make, ends):
    def apply(run):
        for end in ends:
            ruins.replace(file_of(run, 40, end), make)
    return apply


def mix_older_steps(run):
    shutil.copyfile(file_of(run, 30, ".index"), file_of(run, 40, ".index"))
    shutil.copyfile(file_of(run, 35, DATA), file_of(run, 40, DATA))


WHICH = {"data": [DATA], "index": [".index"], "index and data": [".index", DATA]}
RUINED = {f"{which}: {words}": ruin_bytes(ruin, ends) for which, ends in WHICH.items() for words, ruin in ruins.BYTES.items()
          # The files of one step under the name of another are a sound checkpoint.
          if (which, words) != ("index and data", "that of an older step")}
RUINED |= {f"{which} is {words}": ruin_kind(make, ends) for which, ends in WHICH.items() for words, make in ruins.SPECIAL.items()}
RUINED["index of step 30, data of step 35"] = mix_older_steps


def identities(directory):
    """Which files, not only which contents, bear the names of the newest checkpoint. A rename keeps them."""
    return {path.name: (path.lstat().st_ino, path.lstat().st_mode) for path in directory.glob("model-40.*")}


def contents(directory):
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in directory.iterdir()}


def assert_passed_over(ran, needs_verdict):
    """The resume says which checkpoint it did not take, and why. One without an index is none, and is only noted."""
    pattern = r"^passed over (\S*/)?model-40: E_[A-Z_]+: ." if needs_verdict else r"^(passed over|note: ).*model-40"
    assert re.search(pattern, ran.out, re.MULTILINE), ran


@pytest.mark.parametrize("words", RUINED)
def test_the_one_before_is_taken(run, outside, words):
    RUINED[words](run)
    ruined, beside, passwd = identities(run), contents(outside), os.stat("/etc/passwd")

    first = own_loop(run)
    assert first.code == 0 and resumed_step(first) == 35, first
    assert_passed_over(first, "model-40.index" in ruined)
    assert committed_steps(run) == [45, 50, 55]
    second = own_loop(run)
    assert second.code == 0 and resumed_step(second) == 55 and "passed over" not in second.out, second

    assert committed_steps(run) == [65, 70, 75]
    assert_only_known_files(run, own_loop_files(), words)
    assert (identities(run / "damaged") if ruined else {}) == ruined
    assert contents(outside) == beside
    assert (os.stat("/etc/passwd").st_ino, os.stat("/etc/passwd").st_mtime) == (passwd.st_ino, passwd.st_mtime)


def test_two_newest_ruined(run):
    ruins.zero(file_of(run, 40, DATA))
    ruins.replace(file_of(run, 35, ".index"), os.mkfifo)
    ran = own_loop(run)
    assert ran.code == 0 and resumed_step(ran) == 30, ran
    assert re.search(r"^passed over \S*model-35: E_", ran.out, re.MULTILINE) and "passed over" in ran.out
    assert {path.name for path in (run / "damaged").iterdir()} >= {"model-35.index", "model-40.index", f"model-40{DATA}"}
    assert_only_known_files(run, own_loop_files())


def test_ruined_again_and_again(run):
    for step in (40, 55, 70):
        ruins.zero(file_of(run, step, DATA))
        ran = own_loop(run)
        assert ran.code == 0 and resumed_step(ran) == step - 5, ran
    assert {f"model-{step}{DATA}" for step in (40, 55, 70)} <= {path.name for path in (run / "damaged").iterdir()}
    assert_only_known_files(run, own_loop_files())


@pytest.mark.parametrize("words", ["a link to another directory", "a regular file", "a dangling link", "a FIFO"])
def test_damaged_is_not_a_directory(run, outside, words):
    """The ruined files cannot be moved into the folder `damaged`, so the save is refused. Nothing leaves the run."""
    make = {"a link to another directory": lambda path: path.symlink_to(outside),
            "a regular file": lambda path: path.write_text("mine"),
            "a dangling link": lambda path: path.symlink_to(outside / "new"),
            "a FIFO": os.mkfifo}[words]
    make(run / "damaged")
    ruins.zero(file_of(run, 40, DATA))
    ruined, beside, before = identities(run), contents(outside), (run / "damaged").lstat()
    ran = own_loop(run)
    assert_one_error(ran)
    assert ran.code == 1 and "damaged" in ran.err, ran
    assert identities(run) == ruined and contents(outside) == beside
    assert ((run / "damaged").lstat().st_ino, (run / "damaged").lstat().st_mtime) == (before.st_ino, before.st_mtime)

    (run / "damaged").unlink()
    ran = own_loop(run)
    assert ran.code == 0 and resumed_step(ran) == 35, ran
    assert identities(run / "damaged") == ruined


@pytest.mark.parametrize("error", ["EIO", "EACCES", "ESTALE", "ENOMEM", "EMFILE"])
@pytest.mark.parametrize("end", [".index", DATA], ids=["index", "data"])
@pytest.mark.parametrize("call", ["openat", "read,pread64,preadv,mmap"])
def test_trouble_of_the_machine_moves_nothing(run, call, end, error):
    """The newest is sound, but cannot be read now. Whatever the program makes of that, the next run begins there."""
    newest = identities(run)
    ran = own_loop(run, *injecting(call, "1+", f"error={error}"), "-P", file_of(run, 40, end))
    assert ran.code == 0 or "error: " in ran.err, ran
    assert identities(run).items() >= newest.items() or max(committed_steps(run)) >= 40, ran
    assert not (run / "damaged").exists(), ran
    if ran.code == 0:
        return
    assert_one_error(ran)
    ran = own_loop(run)
    assert ran.code == 0 and resumed_step(ran) == 40, ran


@pytest.mark.parametrize("call", ["openat", "read,pread64,preadv,mmap"])
def test_trouble_with_the_state_file_forgets_nothing(run, call):
    """A state file that cannot be read now is not replaced by one that has lost the checkpoints of others."""
    for end in (".index", DATA):
        shutil.copyfile(file_of(run, 30, end), run / f"best{end}")
    state = (run / "checkpoint").read_text()
    state = state.replace('all_model_checkpoint_paths: "model-30"', 'all_model_checkpoint_paths: "best"', 1)
    (run / "checkpoint").write_text(state)
    ran = own_loop(run, *injecting(call, "1+", "error=EIO"), "-P", run / "checkpoint")
    assert ran.code in (0, 1), ran
    assert '"best"' in (run / "checkpoint").read_text(), ran


@pytest.mark.parametrize("words", ruins.SPECIAL)
def test_a_ruined_state_file_stops_nobody(run, words):
    """It only names what the directory shows. It is replaced, whatever lies in its place, except what has to be kept for its owner."""
    ruins.replace(run / "checkpoint", ruins.SPECIAL[words])
    ran = own_loop(run)
    if words == "a directory with a file in it" and ran.code == 1:
        assert_one_error(ran)
        assert (run / "checkpoint" / "inside").exists() and "checkpoint" in ran.err, ran
        return
    assert ran.code == 0 and resumed_step(ran) == 40, ran
    assert "model-60" in (run / "checkpoint").read_text() and not (run / "checkpoint").is_symlink()
