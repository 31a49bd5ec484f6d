"""Disks that do not keep what they promise: one that lies about its syncs, one that becomes read-only, and one that is a program (FUSE).

Set CAIRN=build/release/bin/cairn; the program that trains lies beside it.
"""
import collections
import contextlib
import re
import shutil
import subprocess

import pytest

from long_form import sample_of
from loop_mount import CannotMount, call, enter_own_namespace, mounted, sync_unrelated_file
from training_runs import (assert_nothing_torn, committed_steps, probe, probe_command, probe_files, probe_states,
                           resumed_step, said_saved, said_states)

NUM_SAFE = 3
NUM_STEPS = 12


@contextlib.contextmanager
def served_by_a_program(place):
    """A directory that bindfs serves from another one, by FUSE."""
    if not shutil.which("bindfs"):
        raise CannotMount("bindfs is missing: run tools/setup test")
    enter_own_namespace()
    (place / "served").mkdir()
    (place / "fuse").mkdir()
    call("bindfs", place / "served", place / "fuse")
    try:
        yield place / "fuse"
    finally:
        call("umount", place / "fuse")


@pytest.fixture(params=[[], ["--background"]], ids=["blocking", "background"])
def options(request):
    return request.param


def test_a_disk_that_lies_about_its_syncs(tmp_path, options):
    """What it took and did not keep is lost, but nothing that is not whole is resumed, and what was safe before stays."""
    resumed = collections.Counter()
    try:
        with mounted(tmp_path, "ext4") as disk:
            directory = disk.path / "run"
            # The n-th sync and all later ones lie.
            for n, is_journal_synced in [(n, synced) for n in sample_of(range(1, 30, 2), 3) for synced in (False, True)]:
                shutil.rmtree(directory, ignore_errors=True)
                assert probe(directory, NUM_SAFE, "--keep=0").code == 0
                disk.sync()
                lying = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
                         f"inject=fsync,fdatasync:retval=0:when={n}+"]
                ran = probe(directory, NUM_STEPS, "--keep=0", *options, before=lying)
                assert ran.code == 0 and max(said_saved(ran)) == NUM_STEPS, ran  # nobody can notice it now
                if is_journal_synced:
                    sync_unrelated_file(disk.path)
                disk.cut_power()
                again = probe(directory, NUM_STEPS + 1, "--keep=0", *options)
                assert again.code == 0 and resumed_step(again) >= NUM_SAFE, f"{n}: {again} after {ran}"
                states = said_states(again)
                assert states == {step: probe_states()[step] for step in states}, f"{n}: {again}"
                resumed[resumed_step(again)] += 1
    except CannotMount as error:
        pytest.skip(f"no power can be cut here: {error}")
    print(f"\nresumed at steps {dict(sorted(resumed.items()))}")
    assert min(resumed) < NUM_STEPS  # the disk did lie


def test_a_disk_that_becomes_read_only(tmp_path, options):
    """ext4 does so after an error: the training goes on in the background, else it ends with one error; nothing is lost."""
    try:
        with mounted(tmp_path, "ext4") as disk:
            directory = disk.path / "run"
            command = probe_command(directory, 1000, "--microseconds=2000", *options)
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
                for line in process.stdout:
                    if line.startswith("saved model-5"):
                        break
                disk.become_read_only()
                out, err = process.communicate(timeout=120)
            assert process.returncode == 1 and len(re.findall("^error: ", err, re.MULTILINE)) == 1, err
            assert "Read-only file system" in err or "read-only" in err, err
            if options:
                assert re.search(r"^state 1000 ", out, re.MULTILINE) or "is not saved, the training goes on" in err, err
            said = max(map(int, re.findall(r"^saved model-(\d+)$", out, re.MULTILINE)), default=5)
            disk.unmount()
            disk.mount()
            assert_nothing_torn(directory, probe_files(1000), err)
            assert max(committed_steps(directory)) >= said
            newest = max(committed_steps(directory))
            again = probe(directory, newest + 3, *options)
            assert again.code == 0 and resumed_step(again) == newest, again
    except CannotMount as error:
        pytest.skip(f"no disk can become read-only here: {error}")


def test_a_file_system_that_is_a_program(tmp_path, options):
    """A run is saved and resumed there as elsewhere, and a warning says once what nobody can promise."""
    try:
        with served_by_a_program(tmp_path) as disk:
            for steps in (5, NUM_STEPS):
                ran = probe(disk / "run", steps, *options)
                assert ran.code == 0, ran
                assert len(re.findall("^warning: .* lies on a FUSE file system: ", ran.err, re.MULTILINE)) == 1, ran
            assert resumed_step(ran) == 5 and said_states(ran)[NUM_STEPS] == probe_states()[NUM_STEPS], ran
            assert_nothing_torn(disk / "run", probe_files(), ran)
    except CannotMount as error:
        pytest.skip(f"no FUSE here: {error}")
