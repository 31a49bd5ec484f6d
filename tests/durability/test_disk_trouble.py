"""A disk that is full, slow, gone or odd while a training saves, with a thread that writes and without one.

What was acknowledged stays; where the trouble ends, the next run goes on from there to the same end. Set
CAIRN=build/release/bin/cairn; the program lies beside it.
"""
import collections
import contextlib
import os
import re
import shutil
import stat
import subprocess
import time

import pytest

from jobs import FAULT
from long_form import either, sample_of
from loop_mount import CannotMount, small_disk
from system_calls import preloading
from training_runs import (assert_nothing_torn, assert_one_error, assert_only_known_files, committed_steps, probe, probe_command,
                           probe_files, probe_states, resumed_step, said_saved, said_states, temporaries)

NUM_STEPS = 12
BACKGROUND = ["--background"]


@pytest.fixture(params=["blocking", "background"], name="options")
def make_options(request):
    return BACKGROUND if request.param == "background" else []


def check_end(directory, ran, steps=NUM_STEPS):
    """The run has come to its end, as one that nobody disturbed."""
    assert ran.code == 0, ran
    assert said_states(ran) == {step: probe_states()[step] for step in said_states(ran)}, ran
    assert_only_known_files(directory, probe_files(), ran)
    # One more may be kept each so many hours, which have passed where the clock jumps.
    assert committed_steps(directory)[-3:] == [steps - 2, steps - 1, steps], ran


def check_after_trouble(directory, ran, options):
    """Nothing acknowledged is lost, and without the trouble the next run comes to its end."""
    assert ran.code in (0, 1), ran
    if ran.code == 1:
        assert_one_error(ran)
    said = max(said_saved(ran), default=0)
    assert_nothing_torn(directory, probe_files(), ran)
    newest = max(committed_steps(directory), default=0)
    assert newest >= said, ran
    again = probe(directory, NUM_STEPS + 3, *options)
    assert (resumed_step(again) or 0) == newest, f"{again} after {ran}"
    check_end(directory, again, NUM_STEPS + 3)


# ENOSPC

VALUES = 4000


@pytest.fixture(scope="module")
def needed(tmp_path_factory):
    """The room that the run takes at the most, and what it leaves: of three checkpoints, and of a fourth while it is written."""
    directory = tmp_path_factory.mktemp("needed") / "run"
    assert probe(directory, NUM_STEPS, f"--values={VALUES}").code == 0
    each = sum(path.stat().st_blocks * 512 for path in directory.glob("model-12.*"))
    return 4 * each + (64 << 10)


def test_a_full_disk(tmp_path, options, needed):
    """The training goes on in the background; when there is room again, the next run ends it."""
    words, endings = [f"--values={VALUES}", *options], []
    known = None
    try:
        for nbytes in sample_of(range(4096, needed + 8192, 4096), 8):
            with small_disk(tmp_path, nbytes) as (disk, resize):
                ran = probe(disk / "run", NUM_STEPS, *words)
                endings.append(ran.code)
                if ran.code == 1:
                    assert_one_error(ran)
                    assert re.search(r"No space left|bytes (are )?needed, \d+ free", ran.err), ran
                said = max(said_saved(ran), default=0)
                resize(needed * 2)
                again = probe(disk / "run", NUM_STEPS + 1, *words)
                assert again.code == 0 and (resumed_step(again) or 0) >= said, f"{nbytes}: {again} after {ran}"
                known = known or said_states(again)[NUM_STEPS + 1]
                assert said_states(again)[NUM_STEPS + 1] == known and not temporaries(disk / "run"), again
    except CannotMount as error:
        pytest.skip(f"no small disk here: {error}")
    print(f"\n{endings.count(0)} runs had room, {endings.count(1)} had not")
    assert {0, 1} == set(endings)


def test_room_comes_back(tmp_path):
    """A training that lives through a full disk: it goes on, says each save that fails, and later saves are made."""
    try:
        with small_disk(tmp_path, 1 << 20) as (disk, _):
            command = probe_command(disk / "run", 400, "--microseconds=5000", f"--values={VALUES}", *BACKGROUND)
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
                lines = read_until(process, "saved model-")
                filler = disk / "filler"
                with open(filler, "wb", buffering=0) as file, pytest.raises(OSError):
                    while True:
                        file.write(b"x" * 4096)
                time.sleep(0.5)
                filler.unlink()
                out, err = process.communicate(timeout=60)
            failed = [int(step) for step in re.findall(r"^warning: model-(\d+) is not saved, the training goes on: ", err, re.MULTILINE)]
            saved = [int(step) for step in re.findall(r"saved model-(\d+)", lines + out)]
            assert failed and saved and saved[-1] == 400 and max(failed) < 400, err
            assert "bytes are needed" in err and "free" in err, err
            assert committed_steps(disk / "run") == [398, 399, 400]
            # The trouble was logged, and is also what Wait returns at the end.
            assert process.returncode == 1 and len(re.findall("^error: ", err, re.MULTILINE)) == 1, err
    except CannotMount as error:
        pytest.skip(f"no small disk here: {error}")


def read_until(process, words):
    text = ""
    for line in process.stdout:
        text += line
        if words in line:
            return text
    raise AssertionError(f"ended without {words!r}: {text}{process.stderr.read()}")


# Errors and odd behaviour of single calls

def check_given_up(path, later):
    """A file is removed, and neither synced again nor renamed before that. Another one may get its name."""
    name = path.rsplit("/", 1)[1]
    if "cairn-tmp" not in name:
        return
    removed = re.search(rf"unlinkat\([^\n]*{re.escape(name)}", later)
    assert removed, later
    before = later[:removed.start()]
    assert f"<{path}>" not in before[before.index("\n"):] and not re.search(rf"renameat2?\([^\n]*\"{re.escape(name)}\", ", before), later


def test_a_sync_that_fails_is_not_repeated(tmp_path, options):
    """After EIO nobody knows what the disk holds, and a second fsync may lie: the file is given up."""
    assert probe(tmp_path / "run", 3).code == 0
    for n in range(1, either(4, 12)):
        log, run = tmp_path / "log", tmp_path / f"run-{n}"
        shutil.copytree(tmp_path / "run", run)
        ran = probe(run, NUM_STEPS, *options, before=["strace", "-f", "-qq", "-y", "-o", log, "-e", "trace=fsync,fdatasync,renameat,"
                                                      "renameat2,unlinkat", "-e", f"inject=fsync:error=EIO:when={n}"])
        text = log.read_text()
        failed = re.findall(r"^\d+ +fsync\(\d+<([^>]*)>\) = -1 EIO", text, re.MULTILINE)
        assert failed, text
        for path in failed:
            check_given_up(path, text[text.index(f"<{path}>) = -1 EIO"):])
        # A directory that cannot be synced while old ones are removed is a warning.
        assert ran.code == 1 or not any("cairn-tmp" in path for path in failed), ran
        check_after_trouble(run, ran, options)


@pytest.mark.parametrize("nbytes", [1, 100, 4096])
def test_short_reads_and_writes(tmp_path, options, nbytes):
    ran = probe(tmp_path / "run", NUM_STEPS, *options, before=preloading(FAULT, CAIRN_SHORT=nbytes))
    check_end(tmp_path / "run", ran)


@pytest.mark.parametrize("jumps", ["-1e9", "4e9", "0,-1e9,4e9,-1.7e9", "-1.7e9,1e9"])
def test_clock_jumps(tmp_path, options, jumps):
    """The order is that of the steps, in the run and after it."""
    before = preloading(FAULT, CAIRN_CLOCK=jumps)
    assert probe(tmp_path / "run", 5, *options, before=before).code == 0
    ran = probe(tmp_path / "run", NUM_STEPS, *options, before=preloading(FAULT, CAIRN_CLOCK=",".join(reversed(jumps.split(",")))))
    assert resumed_step(ran) == 5, ran
    check_end(tmp_path / "run", ran)


def test_limits_on_files(tmp_path, options):
    """RLIMIT_FSIZE below what a checkpoint takes, and every number of descriptors up to enough."""
    for limit in [f"--fsize={nbytes}" for nbytes in (0, 100, 1000, 2000)] + [f"--nofile={n}" for n in range(3, either(16, 40))]:
        run = tmp_path / "run"
        shutil.rmtree(run, ignore_errors=True)
        assert probe(run, 3).code == 0
        ran = probe(run, NUM_STEPS, *options, before=["prlimit", limit])
        if "error while loading shared libraries" in ran.err or "prlimit" in ran.err:
            continue  # too few for the loader
        check_after_trouble(run, ran, options)


def test_a_limit_on_memory(tmp_path, options):
    """There is an error, or success, but the process is never ended by what it could not have."""
    codes, values = [], 1 << 20
    for megabytes in range(6, 60, either(3, 1)):
        run = tmp_path / "run"
        shutil.rmtree(run, ignore_errors=True)
        ran = probe(run, 3, f"--values={values}", *options, before=["prlimit", f"--as={megabytes << 20}"])
        if "error while loading shared libraries" in ran.err or "prlimit" in ran.err or "terminate called" in ran.err and not run.exists():
            continue  # too little for the loader, or for the model
        codes.append(ran.code)
        assert ran.code in (0, 1), f"{megabytes} MiB: {ran}"
        if ran.code == 1:
            assert_one_error(ran)
    print(f"\n{codes}")
    assert codes[-1] == 0 and 1 in codes


# The directory

def hung(call, n, seconds):
    return ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={call}", "-e",
            f"inject={call}:delay_enter={int(seconds * 1e6)}:when={n}"]


def test_the_training_goes_on_while_the_disk_hangs(tmp_path):
    """Steps are done between the beginning of a save and its end, where a save that blocks lets none be done."""
    words = ["--every=10", "--progress=1", "--microseconds=1000"]
    run = tmp_path / "run"
    ran = probe(run, 600, "--skip", *BACKGROUND, *words, before=hung("fsync", 3, 0.3))
    assert ran.code == 0, ran
    assert steps_before_first_save(ran) >= 50, ran
    assert "model-20 is skipped" in ran.err, ran  # said, and no error
    blocking = probe(tmp_path / "blocking", 30, *words, before=hung("fsync", 3, 0.3))
    assert steps_before_first_save(blocking) == 10, blocking


def steps_before_first_save(ran):
    return ran.out[:ran.out.index("saved model-10\n")].count("step ") - ran.out[:ran.out.index("saved model-10\n")].count(": step ")


@pytest.mark.parametrize("what", ["renamed", "renamed and replaced", "removed"])
def test_the_directory_goes_while_a_save_is_written(tmp_path, options, what):
    """No file is written elsewhere, and what was renamed is whole. The program ends with one error."""
    run, moved = tmp_path / "run", tmp_path / "moved"
    command = [*hung("fsync", "20+5", 0.2), *probe_command(run, 1000, *options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        read_until(process, "saved model-3")
        time.sleep(0.1)
        if what == "removed":
            remove(run)
        else:
            run.rename(moved)
        if what == "renamed and replaced":
            run.mkdir()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1 and len(re.findall("^error: ", err, re.MULTILINE)) == 1, err
    assert "run" in err, err
    assert {path.name for path in tmp_path.iterdir()} == {"renamed": {"moved"}, "renamed and replaced": {"moved", "run"}, "removed": set()}[what]
    assert not run.exists() or not list(run.iterdir())
    if what != "removed":
        assert_nothing_torn(moved, probe_files(1000), err)
        newest = committed_steps(moved)[-1]
        assert newest >= 3
        ran = probe(moved, newest + 3, *options)
        assert ran.code == 0 and resumed_step(ran) == newest, ran


def remove(directory):
    """Files may be made while it is being removed."""
    for _ in range(100):
        shutil.rmtree(directory, ignore_errors=True)
        if not directory.exists():
            return
    raise AssertionError("the directory cannot be removed")


def test_copies_of_a_live_run(tmp_path, options):
    """Whatever a backup caught, it resumes in the state of its step, or says that there is nothing to resume."""
    outcomes = collections.Counter()
    command = probe_command(tmp_path / "run", 1_000_000, "--microseconds=500", *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = int(read_until(process, "saved model-3").rsplit("-", 1)[1])
            for _ in range(either(10, 200)):
                copy = tmp_path / "copy"
                with contextlib.suppress(shutil.Error):  # a file may be removed before it is copied
                    shutil.copytree(tmp_path / "run", copy)
                newest = max(committed_steps(copy), default=0)
                ran = probe(copy, newest + 2, *options)
                outcomes[ran.code] += 1
                assert ran.code in (0, 1), ran
                assert_one_error(ran) if ran.code == 1 else None
                states = said_states(ran)
                known = probe_states(max(states, default=0) // 1000 * 1000 + 1000)
                assert states == {step: known[step] for step in states}, ran
                shutil.rmtree(copy)
        finally:
            process.kill()
    print(f"\n{dict(outcomes)} from step {said} on")
    assert outcomes[0] > 0


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o027, 0o077])
def test_umask(tmp_path, options, mask):
    ran = probe(tmp_path / "run", NUM_STEPS, *options, before=["sh", "-c", f'umask {mask:o}; exec "$@"', "sh"])
    check_end(tmp_path / "run", ran)
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o777 & ~mask
    for path in (tmp_path / "run").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask, path


NAMES = {"spaces and a percent sign": b"a run of %d 100%", "a line break": b"run\nmodel-9", "not UTF-8": b"run-\xff\xfe",
         "quotes": b"\"run\" 'run' \\", "255 bytes": b"n" * 255, "letters that combine": "ru\u0308n-ü".encode(), "a glob": b"[run]*?",
         "a dash": b"-run"}


@pytest.mark.parametrize("words", NAMES)
def test_names(tmp_path, options, words):
    directory = os.fsdecode(os.fsencode(tmp_path) + b"/" + NAMES[words])
    assert probe(directory, 5, *options).code == 0
    path = type(tmp_path)(directory)
    ran = probe(directory, NUM_STEPS, *options)
    assert resumed_step(ran) == 5, ran
    check_end(path, ran)


def test_a_name_that_is_too_long(tmp_path, options):
    ran = probe(tmp_path / ("n" * 256), NUM_STEPS, *options)
    assert_one_error(ran)
    assert list(tmp_path.iterdir()) == []
