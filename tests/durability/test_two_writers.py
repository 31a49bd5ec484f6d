"""Two trainers of one run: one saves and the other is refused, or takes over what a dead one held; readers beside a live trainer.

Set CAIRN=build/release/bin/cairn and EXAMPLES=build/release/examples.
"""
import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from jobs import cairn
from long_form import either
from training_runs import (BIN, EXAMPLES, Ran, assert_nothing_torn, assert_one_error, assert_only_known_files, committed_steps, copy_run,
                           own_loop, own_loop_files, probe, probe_command, probe_files, probe_step, resumed_step, said_saved, step_of_weights, train_mlp, train_mlp_files)

LOCK = ".cairn.lock"
REFUSED = re.compile("E_LOCKED|is locked by")


def start(program, *words):
    return subprocess.Popen([(BIN if program == "training_probe" else EXAMPLES) / program, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end_of(process):
    out, err = process.communicate(timeout=60)
    return Ran(process.returncode, out, err)


def lease(directory):
    """The lines of the lock file: {"host": …, "process": …}."""
    return dict(line.split(": ", 1) for line in (directory / LOCK).read_text().splitlines() if ": " in line)


def start_slow(directory, is_background):
    """A trainer that goes on slowly; in the background, a save begins before the one before it has ended."""
    if is_background:
        command = probe_command(directory, 10_000, "--background", "--replace", "--microseconds=2000")
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return start("train_mlp", directory, 50, "--slow")


@pytest.fixture(params=["blocking", "background"])
def is_background(request):
    return request.param == "background"


def run_again(directory, newest, is_background):
    return probe(directory, newest + 5, "--background") if is_background else train_mlp(directory, newest // 30 + 1)


@contextlib.contextmanager
def holder(directory, is_background):
    """A trainer that has saved and goes on slowly. Killed at the end."""
    process = start_slow(directory, is_background)
    try:
        for line in process.stdout:
            if line.startswith("saved "):
                break
        yield process
    finally:
        process.kill()
        process.communicate()


def assert_refused_naming(ran, process):
    assert ran.code == 1 and REFUSED.search(ran.err), ran
    assert_one_error(ran)
    assert socket.gethostname() in ran.err and str(process) in ran.err, f"names not its holder: {ran}"


RACES = {"own_loop": (own_loop_files, own_loop, []), "train_mlp": (train_mlp_files, lambda directory: train_mlp(directory, 1), [2]),
         "training_probe": (probe_files, lambda directory: probe(directory, 3, "--background"), [20, "--background"])}


@pytest.mark.parametrize("program", RACES)
def test_races(tmp_path, program):
    """Started in one moment, both end well one after the other, or the later one is refused; nothing that was saved is lost."""
    known_files, run_before, words = RACES[program]
    assert run_before(tmp_path / "base").code == 0
    endings = []
    for race in range(either(10, 200)):
        directory = copy_run(tmp_path / "base", tmp_path / "run") if race % 2 else tmp_path / f"new-{race}"
        processes = [start(program, directory, *words) for _ in range(2)]
        ends = [end_of(process) for process in processes]
        check_race(directory, processes, ends, known_files())
        endings.append(sorted(ran.code for ran in ends))
    print(f"\n{endings.count([0, 0])} times both, {endings.count([0, 1])} times one")


def check_race(directory, processes, ends, known):
    assert 0 in [ran.code for ran in ends], ends
    for ran, other in zip(ends, reversed(processes)):
        if ran.code == 0:
            continue
        # The other one may have saved the same or later steps in between, and ended.
        # In the moment between locking and writing the lease, the holder has no name yet.
        has_saved_since = "exists and verifies" in ran.err or "is of a later step than" in ran.err
        if not has_saved_since and "is locked by another process" not in ran.err:
            assert_refused_naming(ran, other.pid)
        assert_one_error(ran)
    assert_nothing_torn(directory, known, ends)
    assert_only_known_files(directory, known, ends)
    steps = committed_steps(directory)
    assert steps[-1] >= max((step for ran in ends for step in said_saved(ran)), default=20), ends
    assert not (directory / "damaged").exists(), ends
    for step in steps:
        assert cairn("verify", directory / f"model-{step}").code == 0, ends
    assert "process" not in lease(directory), "the lease is not given back"


def test_the_lease_of_a_killed_holder_is_taken_over(tmp_path, is_background):
    with holder(tmp_path / "run", is_background) as process:
        assert lease(tmp_path / "run")["process"] == str(process.pid)
        assert lease(tmp_path / "run")["host"] == socket.gethostname()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert lease(tmp_path / "run")["process"] == str(process.pid)
        newest = committed_steps(tmp_path / "run")[-1]
        ran = run_again(tmp_path / "run", newest, is_background)
    assert ran.code == 0 and resumed_step(ran) == newest and REFUSED.search(ran.err) is None, ran
    assert "process" not in lease(tmp_path / "run")


def test_each_writer_counts(tmp_path):
    numbers = []
    for _ in range(3):
        assert own_loop(tmp_path / "run").code == 0
        numbers.append(int(lease(tmp_path / "run")["lease"]))
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


def test_a_live_holder_keeps_others_out(tmp_path, is_background):
    with holder(tmp_path / "run", is_background) as process:
        text = (tmp_path / "run" / LOCK).read_text()
        assert_refused_naming(run_again(tmp_path / "run", 1_000_000, is_background), process.pid)
        assert (tmp_path / "run" / LOCK).read_text() == text
        assert cairn("verify", tmp_path / "run").code == 0  # reading needs no lock


def test_a_stopped_holder_keeps_others_out(tmp_path, is_background):
    with holder(tmp_path / "run", is_background) as process:
        process.send_signal(signal.SIGSTOP)
        before = committed_steps(tmp_path / "run")
        assert_refused_naming(run_again(tmp_path / "run", 1_000_000, is_background), process.pid)
        assert committed_steps(tmp_path / "run") == before
        process.send_signal(signal.SIGCONT)
        for line in process.stdout:
            if line.startswith("saved "):  # it goes on as if nothing had been
                break
        assert process.poll() is None


def test_the_lease_of_another_host_is_not_taken_over(tmp_path, is_background):
    """Nobody can tell from here whether that process is running; the error names the host and the option that takes over."""
    run = tmp_path / "run"
    with holder(run, is_background) as process:
        pass
    text = (run / LOCK).read_text()
    assert f"process: {process.pid}\n" in text
    text = re.sub(r"^host: .*$", "host: another.example", text, flags=re.MULTILINE)
    text = re.sub(r"^machine: .*$", "machine: 0123456789abcdef0123456789abcdef", text, flags=re.MULTILINE)
    (run / LOCK).write_text(text)
    ran = run_again(run, 1_000_000, is_background)
    assert_one_error(ran)
    assert ran.code == 1 and REFUSED.search(ran.err) and "another.example" in ran.err and str(process.pid) in ran.err, ran
    assert re.search(r"\bk?[Tt]ake_?[Oo]ver\b", ran.err), f"does not name the option: {ran}"
    assert (run / LOCK).read_text() == text


CONTENTS = {"nothing": "", "zeros": "\0" * 4096, "half a line": "lease: ", "a process without a host": "process: 1\n",
            "noise": "noise \x01\x02" * 1000, "a number that is too large": "lease: 99999999999999999999\n"}


@pytest.mark.parametrize("words", CONTENTS)
def test_a_lock_file_of_any_content(tmp_path, words):
    """A power cut can leave anything in it. It holds nobody, so nobody is kept out."""
    assert own_loop(tmp_path / "run").code == 0
    (tmp_path / "run" / LOCK).write_text(CONTENTS[words])
    ran = own_loop(tmp_path / "run")
    assert ran.code == 0 and resumed_step(ran) == 20, ran
    assert int(lease(tmp_path / "run")["lease"]) > 0


NO_FILE = {"a FIFO": os.mkfifo, "a directory": lambda path: path.mkdir(), "a dangling link": lambda path: path.symlink_to("elsewhere"),
           "a link to /dev/zero": lambda path: path.symlink_to("/dev/zero")}


@pytest.mark.parametrize("words", NO_FILE)
def test_a_lock_file_that_is_none(tmp_path, words):
    """It cannot be locked, so nothing is saved; nothing is made elsewhere, and nobody waits."""
    assert own_loop(tmp_path / "run").code == 0
    (tmp_path / "run" / LOCK).unlink()
    NO_FILE[words](tmp_path / "run" / LOCK)
    ran = own_loop(tmp_path / "run")
    assert_one_error(ran)
    assert ran.code == 1 and LOCK in ran.err, ran
    assert committed_steps(tmp_path / "run") == [10, 15, 20] and not (tmp_path / "run" / "elsewhere").exists()


class Trainer(threading.Thread):
    """Trains in a directory, one run after the other, until it is told to end."""

    def __init__(self, directory, is_background):
        super().__init__()
        self.directory, self.is_background, self.is_over, self.runs = directory, is_background, threading.Event(), []

    def train(self):
        steps = 20 * (len(self.runs) + 1)
        self.runs.append(probe(self.directory, steps, "--background", "--microseconds=500") if self.is_background else own_loop(self.directory))

    def run(self):
        while not self.is_over.is_set() and all(ran.code == 0 for ran in self.runs):
            self.train()




@contextlib.contextmanager
def training(directory, is_background):
    trainer = Trainer(directory, is_background)
    trainer.train()
    trainer.start()
    try:
        yield trainer
    finally:
        trainer.is_over.set()
        trainer.join()
    assert all(ran.code == 0 for ran in trainer.runs), trainer.runs[-1]


def moments():
    end = time.monotonic() + either(3, 120)
    while time.monotonic() < end:
        yield


def test_readers_during_rotation(tmp_path, is_background):
    """A reader sees one checkpoint, or is told that it is gone. It never finds damage, nor the values of two steps."""
    seen, variable = [], "w" if is_background else "weights"
    with training(tmp_path / "run", is_background) as trainer:
        for _ in moments():
            for verb, words in [("verify", []), ("ls", []), ("cat", ["--json", variable])]:
                ran = cairn(verb, tmp_path / "run", *words)
                assert ran.code == 0 or ran.code == 2 and "was removed" in ran.err, f"{verb}: {ran}"
                seen.append((verb, ran.code, ran.out))
    last = 20 * len(trainer.runs)
    step_of = probe_step if is_background else step_of_weights
    steps = [step_of(out, last) for verb, code, out in seen if verb == "cat" and code == 0]
    assert None not in steps and steps == sorted(steps), steps
    print(f"\n{len(seen)} reads beside {len(trainer.runs)} runs; {sum(code != 0 for _, code, _ in seen)} times it was gone")


def test_state_during_rotation(tmp_path, is_background):
    """What is removed while it is looked at is not damaged."""
    with training(tmp_path / "run", is_background):
        for _ in moments():
            ran = cairn("state", tmp_path / "run")
            assert ran.code == 0 or ran.code == 2 and "was removed" in ran.err, ran
