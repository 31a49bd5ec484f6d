"""Kills the real programs at their system calls, and lets each call fail: the old state or the new one is left, whole.

Set CAIRN=build/release/bin/cairn and EXAMPLES=build/release/examples. The short form takes a sample of the points of each job; with
CAIRN_LONG=1 every fault happens at every call.
"""
import collections

import pytest

from jobs import JOBS
from long_form import IS_LONG, sample_of
from system_calls import CHANGES, INTERRUPTIBLE, LOOKS, OPENS
from training_runs import assert_one_error

# Reading takes no room, nor does giving some back.
NEEDS_ROOM = set(CHANGES) - {"close", "ioctl", "unlink", "unlinkat"}
# An error, the calls that can have it, and how often: at one call, or at it and every later one.
ERRORS = [("EIO", set(CHANGES + LOOKS), ("", "+")), ("ENOSPC", NEEDS_ROOM, ("", "+")), ("EDQUOT", NEEDS_ROOM, ("", "+")),
          ("EROFS", NEEDS_ROOM - {"write", "fsync"}, ("+",)), ("EMFILE", OPENS, ("", "+")), ("EINTR", INTERRUPTIBLE, ("",))]


@pytest.fixture(params=JOBS, name="job")
def make_job(request, tmp_path):
    return JOBS[request.param](tmp_path)


def disturb(job, call, n, what):
    """One run with a fault: what it printed, whether the old or the new is left, and where that was."""
    place = f"{call} {n}: {what}"
    directory = job.prepare()
    ran = job.run(directory, *job.hindering(call, n, what))
    return ran, job.check(directory, ran, place), place


def test_a_kill_at_a_system_call(job):
    outcomes = collections.Counter()
    for call, n in sample_of(job.points(CHANGES, "O_CREAT"), 8):
        ran, outcome, place = disturb(job, call, n, "signal=SIGKILL")
        # With several threads, it can happen that none comes to its n-th call this time.
        assert ran.code in (-9, 137, job.clean_code), f"{place}: {ran}"
        outcomes[outcome] += 1
    print(f"\nafter a kill: {dict(outcomes)}")
    assert not IS_LONG or set(outcomes) == {"old", "new"}


def test_an_error_of_a_system_call(job):
    points = job.points(CHANGES + LOOKS)
    faults = [(call, f"{n}{often}", error) for error, calls, how_often in ERRORS for often in how_often
              for call, n in points if call in calls]
    outcomes = collections.Counter()
    for call, n, error in sample_of(faults, 15):
        ran, outcome, place = disturb(job, call, n, f"error={error}")
        outcomes[outcome] += 1
        if "error while loading shared libraries" in ran.err:
            continue  # the n-th call of some thread is that of the loader in another one
        if ran.code != job.clean_code:
            assert_one_error(ran)
            assert error != "EINTR", f"{place}: an interrupted call was not made again: {ran}"
    print(f"\nafter an error: {dict(outcomes)}")
