"""Interrupts long conversions and repairs by SIGINT, SIGTERM and SIGHUP: no temporary file is left, and nothing half-made.

Set CAIRN=build/release/bin/cairn.
"""
import collections
import filecmp
import random
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from jobs import CAIRN, cairn
from long_form import either
from training_runs import Ran, temporaries

MEGABYTES = either(100, 200)
# Who runs the tests may ignore these signals, and the programs would, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
CONVERT = ["convert", "source.npz"]
COMMANDS = {
    "to tf": [*CONVERT, "new/model"], "to npz": [*CONVERT, "new/model.npz"],
    "to npz, replaced": [*CONVERT, "--force", "new/model.npz"], "to safetensors": [*CONVERT, "new/model.safetensors"],
    "to safetensors, sharded": [*CONVERT, "--max-shard-size", "20MiB", "new/model.safetensors"],
    "to tf, sharded": [*CONVERT, "--max-shard-size", "20MiB", "new/model"], "repair": ["repair", "damaged/model-1", "new/model"],
    "cast": [*CONVERT, "--dtype", "float64:*", "new/model"], "average": ["average", "--take-last", "source.npz", "source.npz", "new/model.npz"],
    "merge": ["merge", "source.npz", "source.npz", "new/model.safetensors"],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A large checkpoint that is sound, and the same with one tensor damaged."""
    directory = tmp_path_factory.mktemp("large")
    generator = np.random.default_rng(1)
    np.savez(directory / "source.npz", **{f"w{i}": generator.integers(0, 1 << 62, size=MEGABYTES * 6250) for i in range(20)})
    assert cairn(*CONVERT, "damaged/model-1", cwd=directory).code == 0
    with open(directory / "damaged" / "model-1.data-00000-of-00001", "r+b") as data:
        data.write(b"\xff" * 8)
    yield directory
    shutil.rmtree(directory)


class Interrupted:
    """One command, and what it leaves when nobody interrupts it."""

    def __init__(self, place, words):
        self.place, self.words, self.is_replaced = place, words, "--force" in words
        self.new, self.whole = place / "new", place / "whole"
        self.clean()
        begin = time.monotonic()
        self.code = cairn(*words, cwd=place).code
        self.seconds = time.monotonic() - begin
        assert self.code == (1 if words[0] == "repair" else 0)  # a repair says that something is lost
        shutil.rmtree(self.whole, ignore_errors=True)
        self.new.rename(self.whole)

    def clean(self):
        shutil.rmtree(self.new, ignore_errors=True)
        self.new.mkdir()
        if self.is_replaced:
            (self.new / "model.npz").write_bytes(b"old")

    def run(self, number, delay):
        """Sends the signal after so many seconds. A program that has ended by then is none the worse."""
        self.clean()
        process = subprocess.Popen([CAIRN, *self.words], cwd=self.place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(delay)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        return Ran(process.returncode, out, err)

    def is_old(self):
        names = [path.name for path in self.new.iterdir()]
        return not names if not self.is_replaced else names == ["model.npz"] and (self.new / "model.npz").read_bytes() == b"old"

    def is_whole(self):
        names = sorted(path.name for path in self.whole.iterdir())
        return names == sorted(path.name for path in self.new.iterdir()) and \
            filecmp.cmpfiles(self.whole, self.new, names, shallow=False)[0] == names


@pytest.mark.parametrize("words", COMMANDS)
def test_old_or_new(place, words):
    codes = collections.Counter()
    command, generator = Interrupted(place, COMMANDS[words]), random.Random(words)
    for number in generator.sample(list(EXIT_CODES), 2) * either(1, 11):
        delay = generator.uniform(0, 0.9) * command.seconds
        ran = command.run(number, delay)
        what = f"{number.name} after {delay:.3f} s: {ran}, {sorted(path.name for path in command.new.iterdir())}"
        assert not temporaries(command.new), what
        codes[ran.code] += 1
        # A signal before the program has begun to run ends it without its doing.
        assert ran.code in (command.code, EXIT_CODES[number]) or ran.code == -number and delay < 0.02, what
        if ran.code == command.code:
            assert command.is_whole(), what
        else:
            assert command.is_old() or command.is_whole(), what
            assert len(ran.err.splitlines()) <= 2, what
    print(f"\nexit codes: {dict(codes)}")
