"""Kills the real training program at every system call of its saves that changes the disk.

Run with EXAMPLES=build/dev/examples. After each kill the directory must hold what was acknowledged before, bit for bit; the
program started again must take the last acknowledged checkpoint or the one being saved, and must end with the bytes of a run that
nobody killed and with no leftovers.
"""
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from system_calls import find_points, injecting

TRAIN = pathlib.Path(os.environ["EXAMPLES"]).resolve() / "train_mlp"


def train(directory, epochs, *strace):
    """Runs the program to its end or its death; its output as text."""
    run = subprocess.run([*strace, TRAIN, directory, str(epochs)], capture_output=True, text=True, timeout=120)
    assert run.returncode in (0, 128 + signal.SIGKILL, -signal.SIGKILL), run.stderr
    return run.returncode, run.stdout


def steps(pattern, text):
    return [int(step) for step in re.findall(pattern, text, re.MULTILINE)]


def contents(directory):
    """The files of a run by name, without the state file (it has the clock in it)."""
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file() and path.name != "checkpoint"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of 3 epochs that nobody killed: it has saved 20, 40, 60, 80, 90 and keeps three."""
    directory = tmp_path_factory.mktemp("whole") / "run"
    assert train(directory, 3)[0] == 0
    return directory


def check_committed(directory, known):
    """No checkpoint under a final name is torn or made of two."""
    files = contents(directory) if directory.exists() else {}
    for name, content in files.items():
        if name.endswith(".index"):
            data = name.removesuffix(".index") + ".data-00000-of-00001"
            assert content == known[name], f"{name} is torn"
            assert files[data] == known[data], f"{data} is torn"
    return {int(name[6:-6]) for name in files if name.endswith(".index")}


@pytest.mark.parametrize("before, epochs", [(0, 1), (2, 3)], ids=["first saves", "saves that make room"])
def test_sigkill_at_every_call(tmp_path, whole, before, epochs):
    base, reference = tmp_path / "base", tmp_path / "reference"
    base.mkdir()
    if before:
        assert train(base, before)[0] == 0
    assert train(reference, epochs)[0] == 0
    further = tmp_path / "further"
    shutil.copytree(reference, further)
    assert train(further, epochs + 1)[0] == 0
    known = contents(base) | contents(reference) | contents(whole)

    counted = tmp_path / "counted"
    shutil.copytree(base, counted)
    points = find_points(tmp_path / "counted.strace", lambda *strace: train(counted, epochs, *strace))
    outcomes = collections.Counter()
    for call, n in points:
        directory = tmp_path / "run"
        shutil.copytree(base, directory)
        code, output = train(directory, epochs, *injecting(call, n, "signal=SIGKILL"))
        place = f"{call} {n}"
        assert code != 0, f"{place}: was not killed"
        acknowledged = max(steps(r"^saved model-(\d+)$", output) + [before * 30])
        committed = check_committed(directory, known)
        assert acknowledged == 0 or acknowledged in committed, f"{place}: {acknowledged} was acknowledged and is gone"

        code, output = train(directory, epochs)
        assert code == 0, place
        resumed = steps(r"^resumed from .*/model-(\d+): ", output)
        assert len(resumed) <= 1 and "passed over" not in output, f"{place}: {output}"
        step = resumed[0] if resumed else 0
        assert step == max(committed, default=0) and step in (acknowledged, acknowledged + 20, acknowledged + 10), f"{place}: {output}"
        outcomes["new" if step > acknowledged else "old"] += 1
        train(directory, epochs + 1)  # a run killed in its last save has nothing to do but to go further
        assert contents(directory) == contents(further), f"{place}: ends with other bytes, or leftovers"
        # Only before there is a state file can data without an index be somebody's, and not a leftover.
        assert acknowledged == 0 or not (directory / "damaged").exists(), place
        shutil.rmtree(directory)
    print(f"\nkilled at {len(points)} calls: {dict(outcomes)}")
    assert outcomes["old"] > 10 and outcomes["new"] > 0
