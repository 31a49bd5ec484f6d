"""Cuts the power of real file systems at the system calls of a save: what was acknowledged is there, and the run goes on.

The program is stopped by SIGKILL at a call, then the file system loses what is not durable. In some of the cuts, an unrelated file is
synced before, which makes renames durable earlier than the data. Set EXAMPLES=build/release/examples. The short form takes a few
points; with CAIRN_LONG=1 there is a cut at every call.
"""
import collections
import shutil

import pytest

from jobs import OwnLoop, Probe, TrainMlp
from long_form import IS_LONG, sample_of
from loop_mount import CannotMount, mounted, sync_unrelated_file
from system_calls import CHANGES

JOBS = {"own_loop, first saves": lambda place: OwnLoop(place, 0), "own_loop, saves that make room": lambda place: OwnLoop(place, 2),
        "train_mlp, first saves": lambda place: TrainMlp(place, 0),
        "train_mlp, saves that make room": lambda place: TrainMlp(place, 2),
        "background, first saves": lambda place: Probe(place, 0, "--background", "--wait"),
        "background, saves that make room": lambda place: Probe(place, 3, "--background", "--wait"),
        "background, while it trains": lambda place: Probe(place, 3, "--background", "--replace"),
        "background, npz": lambda place: Probe(place, 3, "--background", "--wait", "--npz")}


@pytest.fixture(params=["ext4", "xfs"])
def disk(request, tmp_path):
    try:
        with mounted(tmp_path, request.param) as mount:
            yield mount
    except CannotMount as error:
        pytest.skip(f"no power can be cut here: {error}")


@pytest.fixture(params=JOBS)
def job(request, tmp_path, disk):
    """Its program works on the disk; what it is compared with lies elsewhere."""
    made = JOBS[request.param](tmp_path)
    made.directory = disk.path / "run"
    return made


def test_a_cut_at_a_system_call(job, disk):
    points = job.points(CHANGES, "O_CREAT")
    cuts = [(call, n, is_journal_synced) for call, n in points for is_journal_synced in (False, True)]
    outcomes = collections.Counter()
    for call, n, is_journal_synced in sample_of(cuts, 4):
        directory = job.prepare()
        disk.sync()
        ran = job.run(directory, *job.hindering(call, n, "signal=SIGKILL"))
        if is_journal_synced:
            sync_unrelated_file(disk.path)
        disk.cut_power()
        place = f"{call} {n}{', the journal synced' if is_journal_synced else ''}"
        outcomes[job.check(directory, ran, place)] += 1
    print(f"\nafter a cut: {dict(outcomes)}")
    assert not IS_LONG or set(outcomes) == {"old", "new"}


def test_a_cut_after_the_end(job, disk):
    """What the program has reported as saved when it ends needs nobody else to sync it."""
    directory = job.prepare()
    disk.sync()
    ran = job.run(directory)
    assert ran.code == 0, ran
    disk.cut_power()
    assert job.check(directory, ran, "at the end") == "new" or "saved" in ran.out
    shutil.rmtree(directory)
