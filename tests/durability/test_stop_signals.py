"""Stops a training by signals: a checkpoint of exactly this step, exit code 75, and the resumed run ends as one that was not stopped.

Set CAIRN=build/release/bin/cairn; the probe is beside it.
"""
import functools
import json
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from in_memory import new_directory
from jobs import CAIRN
from training_runs import committed_steps, saved_files, temporaries

PROBE = CAIRN.parent / "stop_probe"
TRY_AGAIN = 75
STEPS = 12
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1]


class Training:
    """A training that waits in each of its steps."""

    def __init__(self, directory, ignored=()):
        def before():  # who runs the tests may ignore the signals, and the program would, too
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)

        self.process = subprocess.Popen([PROBE, directory], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, bufsize=1, preexec_fn=before)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def wait_in(self, step):
        """Lets it go on until it waits in this step."""
        while (said := self.process.stdout.readline()) != f"step {step}\n":
            assert said.startswith("step "), f"{said!r}: {self.process.communicate()}"
            self.say("")

    def say(self, line):
        self.process.stdin.write(line + "\n")

    def send(self, number):
        """Returns when it has handled the signal."""
        self.process.send_signal(number)
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        for _ in range(1000):
            text = status.read_text()
            pending = [int(line.split()[1], 16) for line in text.splitlines() if line.startswith(("SigPnd:", "ShdPnd:"))]
            if not any(pending):
                return
            time.sleep(0.005)
        raise AssertionError(f"signal {number} stays pending")

    def notice(self):
        self.say("notice")
        assert self.process.stdout.readline() == "noticed\n"

    def end(self):
        """Lets this step end. Returns the exit code and what was said after it; a step after it would go on without waiting."""
        out, err = self.process.communicate("\n", timeout=60)
        assert "error" not in err, err
        return self.process.returncode, out


def train_to_end(directory):
    done = subprocess.run([PROBE, directory], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    return done.stdout.splitlines()


@functools.cache
def undisturbed():
    """The last checkpoint and the statistics of a run that nobody stopped."""
    with new_directory() as place:
        assert train_to_end(place / "run") == [f"step {step}" for step in range(1, STEPS + 1)]
        return end_of(place / "run")


def end_of(directory):
    last = {name: content for name, content in saved_files(directory).items() if name.startswith(f"model-{STEPS}.")}
    assert len(last) == 2
    return last, json.loads((directory / "stats.json").read_text())


def assert_goes_on(directory, step):
    """It goes on after this step and ends as every run."""
    assert train_to_end(directory) == [f"step {number}" for number in range(step + 1, STEPS + 1)]
    assert end_of(directory) == undisturbed()
    assert not temporaries(directory)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("step", [1, 4, 6, 7, 8, 11])
def test_a_signal_stops_after_the_step(tmp_path, number, step):
    """Steps 4 and 8 are the last of their epochs."""
    run = tmp_path / "run"
    with Training(run) as training:
        training.wait_in(step)
        training.send(number)
        assert training.end() == (TRY_AGAIN, "")
    assert committed_steps(run) == [step]
    assert_goes_on(run, step)


def test_a_signal_in_the_last_step_is_no_stop(tmp_path):
    with Training(tmp_path / "run") as training:
        training.wait_in(STEPS)
        training.send(signal.SIGTERM)
        assert training.end() == (0, "")
    assert end_of(tmp_path / "run") == undisturbed()


def test_a_run_may_be_stopped_in_every_step(tmp_path):
    run = tmp_path / "run"
    for step in range(1, STEPS):
        with Training(run) as training:
            training.wait_in(step)
            training.send(SIGNALS[step % 3])
            assert training.end() == (TRY_AGAIN, "")
    assert_goes_on(run, STEPS - 1)


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", SIGNALS)
def test_a_second_signal_ends_it_at_once(tmp_path, first, second):
    run = tmp_path / "run"
    with Training(run) as training:
        training.wait_in(6)
        training.send(first)
        training.process.send_signal(second)
        assert training.process.wait(timeout=60) == -second  # it was waiting in its step
    assert committed_steps(run) == []
    assert_goes_on(run, 0)


def test_a_notice_is_a_stop(tmp_path):
    run = tmp_path / "run"
    with Training(run) as training:
        training.wait_in(5)
        training.notice()
        assert training.end() == (TRY_AGAIN, "")
    assert committed_steps(run) == [5]
    assert_goes_on(run, 5)


def test_the_signal_after_a_notice_ends_nothing(tmp_path):
    with Training(tmp_path / "run") as training:
        training.wait_in(5)
        training.notice()
        training.send(signal.SIGTERM)
        assert training.end() == (TRY_AGAIN, "")
    assert committed_steps(tmp_path / "run") == [5]


def test_what_the_process_ignores_stays_ignored(tmp_path):
    with Training(tmp_path / "run", ignored=[signal.SIGINT]) as training:
        training.wait_in(5)
        training.send(signal.SIGINT)
        training.send(signal.SIGINT)
        training.say("")
        training.wait_in(6)
        training.send(signal.SIGTERM)
        assert training.end() == (TRY_AGAIN, "")
    assert committed_steps(tmp_path / "run") == [6]


def test_kills_between_stops_do_not_matter(tmp_path):
    run = tmp_path / "run"
    for step in (3, 6, 10):
        with Training(run) as training:
            training.wait_in(step - 1)
            training.process.kill()
        with Training(run) as training:
            training.wait_in(step)
            training.send(signal.SIGTERM)
            assert training.end() == (TRY_AGAIN, "")
        shutil.copytree(run, tmp_path / f"run{step}")
    for step in (3, 6, 10):
        assert_goes_on(tmp_path / f"run{step}", step)
