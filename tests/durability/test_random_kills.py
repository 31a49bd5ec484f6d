"""Kills a training at random times, again and again: it resumes where it said it was, or later, and ends as if nobody had killed it.

The judge knows what was acknowledged: the program prints "saved model-N" when that checkpoint was reported as saved. On failure the
seed is shown; CAIRN_SEED=N repeats that sequence of times, though not what the machine did in between. Set
CAIRN=build/release/bin/cairn; the program lies beside it.
"""
import collections
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

from long_form import either
from training_runs import (Ran, assert_nothing_torn, committed_steps, probe_command, probe_files, probe_states, resumed_step,
                           said_saved, said_states, saved_files, temporaries)

SEED = int(os.environ.get("CAIRN_SEED", random.randrange(1 << 32)))
NUM_STEPS = 400
SLOW = ["--microseconds=200"]  # a step takes about as long as a save
# How often each way of saving is killed.
WAYS = {"blocking": ([], either(20, 500)),
        "background": (["--background"], either(70, 4000)),
        "background, the waiting one replaced": (["--background", "--replace", *SLOW], either(40, 2500)),
        "background, skipped": (["--background", "--skip", *SLOW], either(20, 1000)),
        "background, for the process": (["--background", "--replace", "--process", *SLOW], either(30, 1000)),
        "background, safetensors": (["--background", "--safetensors"], either(10, 500)),
        "background, npz": (["--background", "--npz"], either(10, 500))}


class Training:
    """One run, from its first step to its last, in as many processes as it takes."""

    def __init__(self, directory, options):
        self.directory, self.options, self.acknowledged = directory, options, 0
        self.output, self.known = directory.with_suffix(".out"), probe_files(NUM_STEPS, tuple(options))

    def run(self, seconds):
        """One process, killed after so many seconds where it has not ended by then."""
        command = probe_command(self.directory, NUM_STEPS, *self.options)
        with open(self.output, "w+") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            _, err = process.communicate(timeout=60)
        return Ran(process.returncode, self.output.read_text(), err)

    def check(self, ran):
        """Says where it resumed."""
        known, states = self.known, probe_states(NUM_STEPS)
        assert ran.code in (0, -signal.SIGKILL), ran
        resumed, said = resumed_step(ran), said_saved(ran)
        assert resumed is None or resumed >= self.acknowledged, f"{self.acknowledged} was acknowledged: {ran}"
        assert resumed is not None or self.acknowledged == 0 or "state" not in ran.out, f"{self.acknowledged} was acknowledged: {ran}"
        assert said_states(ran) == {step: states[step] for step in said_states(ran)}, f"resumed in another state: {ran}"
        assert said == sorted(set(said)), ran
        self.acknowledged = max([self.acknowledged, *said])
        assert_nothing_torn(self.directory, known, ran)
        assert max(committed_steps(self.directory), default=0) >= self.acknowledged, f"{self.acknowledged} was acknowledged: {ran}"
        return resumed

    def check_end(self, ran):
        """The directory is as the last three saves leave it; which ones those are is certain where none is skipped."""
        steps = committed_steps(self.directory)
        assert not temporaries(self.directory), temporaries(self.directory)
        # A last save that was cut off after its commit was not acknowledged. The process that resumed it finished it.
        newest = max(self.acknowledged, resumed_step(ran) or 0)
        assert 1 <= len(steps) <= 3 and steps[-1] == newest, f"{steps}: {ran}"
        if not {"--replace", "--skip"} & set(self.options):
            assert steps == [NUM_STEPS - 2, NUM_STEPS - 1, NUM_STEPS], ran
        files = saved_files(self.directory)
        assert files == {name: content for name, content in self.known.items() if int(name[6:].split(".")[0]) in steps}, sorted(files)
        state = (self.directory / "checkpoint").read_text()
        assert [f'all_model_checkpoint_paths: "model-{step}' in state for step in steps] == [True] * 3, state


@pytest.mark.parametrize("way", WAYS)
def test_random_kills(tmp_path, way):
    options, num_kills = WAYS[way]
    generator = random.Random(f"{SEED} {way}")
    begin, seen = time.monotonic(), collections.Counter()
    try:
        while seen["kills"] < num_kills:
            training, ran = Training(tmp_path / "run", options), None
            while ran is None or ran.code != 0:
                ran = training.run(generator.choice([0.03, 0.1, 0.3]) * generator.random())
                seen["resumed"] += training.check(ran) is not None
                seen["kills"] += ran.code != 0
                seen["killed beside a file that was being written"] += ran.code != 0 and bool(temporaries(training.directory))
            training.check_end(ran)
            seen["ends"] += 1
            shutil.rmtree(training.directory)
    except BaseException:
        print(f"\nCAIRN_SEED={SEED}")
        raise
    print(f"\nseed {SEED}: {dict(seen)} in {time.monotonic() - begin:.0f} s")
    assert seen["resumed"] > num_kills // 4
