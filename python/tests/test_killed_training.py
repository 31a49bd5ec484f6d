"""Trainings that are killed at random times end as those that are not: `CAIRN_LONG=1` kills more often."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import cairn

IS_LONG = bool(os.environ.get("CAIRN_LONG"))
EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
RUN_STATE = "_CAIRN_RUN_STATE"


class Program:
    """A program that trains in a directory, and goes on where it was when it is started again."""

    def __init__(self, name, framework, size):
        self.name = name
        self.framework = framework
        self.size = size * (8 if IS_LONG else 1)  # so that no kill comes too late

    def start(self, directory):
        # Threads that add numbers in another order would be another training.
        environment = os.environ | {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
        return subprocess.Popen(
            [sys.executable, EXAMPLES / self.name, directory, str(self.size)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def run_to_the_end(self, directory):
        program = self.start(directory)
        _, errors = program.communicate(timeout=300)
        assert program.returncode == 0, errors


PROGRAMS = [Program("train_torch.py", "torch", 600), Program("train_keras.py", "keras", 20)]


@pytest.fixture(params=PROGRAMS, ids=lambda program: program.framework)
def program(request):
    pytest.importorskip(request.param.framework)
    return request.param


def wait_for_a_checkpoint(program, directory, before):
    """Waits until the program has saved something, so that every start makes some progress."""
    while program.poll() is None:
        if {path.name for path in directory.glob("model-*.index")} - before:
            return
        time.sleep(0.002)


def kill_at_random(program, directory, rng):
    """Starts the program and kills it. Returns whether it has come to its end instead."""
    before = {path.name for path in directory.glob("model-*.index")}
    running = program.start(directory)
    wait_for_a_checkpoint(running, directory, before)
    time.sleep(rng.uniform(0, 0.1))
    running.send_signal(signal.SIGKILL)
    _, errors = running.communicate()
    assert running.returncode in (0, -signal.SIGKILL), errors
    return running.returncode == 0


def tensors_of(path):
    """Returns the bytes of all tensors but the run state, in which generators are that nobody seeded."""
    return {name: value.tobytes() for name, value in cairn.open(path).items() if name != RUN_STATE}


def test_a_killed_training_ends_as_one_that_is_not(program, tmp_path):
    program.run_to_the_end(tmp_path / "whole")
    seed = random.randrange(1 << 30)
    rng = random.Random(seed)
    num_wanted = 40 if IS_LONG else 3
    num_kills = 0
    while num_kills < num_wanted and not kill_at_random(program, tmp_path / "killed", rng):
        num_kills += 1
    program.run_to_the_end(tmp_path / "killed")
    note = f"seed {seed}, {num_kills} kills"
    assert num_kills > 0, note
    names = [
        sorted(path.name for path in (tmp_path / which).iterdir() if path.suffix == ".index")
        for which in ("whole", "killed")
    ]
    assert names[0] == names[1] and len(names[0]) >= 4, note
    for name in names[0]:
        prefix = name.removesuffix(".index")
        assert tensors_of(tmp_path / "whole" / prefix) == tensors_of(
            tmp_path / "killed" / prefix
        ), note
    statistics = [(tmp_path / which / "stats.json").read_bytes() for which in ("whole", "killed")]
    assert statistics[0] == statistics[1], note


def test_a_stopped_training_ends_with_code_75_and_goes_on(program, tmp_path):
    program.run_to_the_end(tmp_path / "whole")
    running = program.start(tmp_path / "stopped")
    wait_for_a_checkpoint(running, tmp_path / "stopped", set())
    running.send_signal(signal.SIGTERM)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == cairn.EXIT_TRY_AGAIN, errors
    program.run_to_the_end(tmp_path / "stopped")
    newest = [cairn.latest_checkpoint(tmp_path / which) for which in ("whole", "stopped")]
    assert tensors_of(newest[0]) == tensors_of(newest[1])
    assert all(np.isfinite(v).all() for n, v in cairn.open(newest[0]).items() if n != RUN_STATE)
