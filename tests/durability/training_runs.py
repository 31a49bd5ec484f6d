"""Runs the training programs of the examples to their end or their death, and knows the bytes that they must write.

Set EXAMPLES where the programs are not in build/release/examples. Both give equal bytes for equal steps, so a run that was disturbed is
compared, file by file, with runs that nobody disturbed.
"""
import collections
import functools
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess

import numpy as np

from in_memory import new_directory
from system_calls import injecting

RELEASE = pathlib.Path(__file__).parents[2] / "build" / "release"
EXAMPLES = pathlib.Path(os.environ.get("EXAMPLES", RELEASE / "examples")).resolve()
BIN = pathlib.Path(os.environ.get("CAIRN", RELEASE / "bin" / "cairn")).resolve().parent
DATA = ".data-00000-of-00001"

Ran = collections.namedtuple("Ran", "code out err")


def run_program(command, *, cwd=None, timeout=60):
    """Runs it to its end. A program that hangs is killed and fails the test; none may fill the machine, which is shared."""
    done = subprocess.run(["prlimit", f"--fsize={1 << 30}", *map(str, command)], cwd=cwd, capture_output=True, text=True, errors="replace", timeout=timeout)
    return Ran(done.returncode, done.stdout, done.stderr)


def own_loop(directory, *before):
    """Trains 20 steps more and saves every fifth."""
    return run_program([*before, EXAMPLES / "own_loop", directory])


def train_mlp(directory, epochs, *before):
    """Trains up to `epochs` epochs of 30 steps and saves every twentieth and the last."""
    return run_program([*before, EXAMPLES / "train_mlp", directory, epochs])


def probe_command(directory, steps, *options):
    return [str(BIN / "training_probe"), str(directory), str(steps), *options]


def probe(directory, steps, *options, before=(), timeout=60):
    """Trains up to so many steps, and saves as the options of training_probe.cc say."""
    return run_program([*before, *probe_command(directory, steps, *options)], timeout=timeout)


def said_saved(ran):
    """The steps of the checkpoints that the program reported as saved, in that order."""
    return [int(step) for step in re.findall(r"^saved model-(\d+)(?:\.npz|\.safetensors)?$", ran.out, re.MULTILINE)]


def said_states(ran):
    """The hash of the state at each step that the program printed."""
    return {int(step): state for step, state in re.findall(r"^state (\d+) (\w{16})$", ran.out, re.MULTILINE)}


def resumed_step(ran):
    """The step at which the program resumed, or nothing where it began from scratch."""
    found = re.findall(r"^resumed from .*: step (\d+), ", ran.out, re.MULTILINE)
    assert len(found) <= 1, ran
    return int(found[0]) if found else None


def assert_one_error(ran):
    """The program ended with one line about what is wrong: neither silently nor by a signal."""
    assert ran.code in (1, 2), ran
    lines = [line for line in ran.err.splitlines() if not line.startswith(("hint: ", "note: ", "warning: "))]
    assert len(lines) == 1 and re.match(r"(cairn: )?error: ", lines[0]), ran


def is_regular(path):
    return stat.S_ISREG(path.lstat().st_mode)


def is_readable(path):
    """A regular file that is not one of the sparse ones, which would take all memory."""
    return is_regular(path) and path.stat().st_size < 1 << 30


def saved_files(directory):
    """The content of every regular `model-STEP` file under its final name."""
    names = [path for path in directory.glob("model-*") if "cairn-tmp" not in path.name] if directory.exists() else []
    return {path.name: path.read_bytes() for path in names if is_readable(path)}


def temporaries(directory):
    return [path.name for path in directory.rglob("*cairn-tmp*")]


def committed_steps(directory):
    """The steps that have an index under its final name, or the one file of a format that has no index, in order."""
    ends = re.compile(r"model-(\d+)\.(index|npz|safetensors)")
    found = [(ends.fullmatch(path.name), path) for path in directory.glob("model-*")]
    return sorted(int(match[1]) for match, path in found if match and is_regular(path))


def assert_nothing_torn(directory, known, place=""):
    """Each checkpoint under a final name has the bytes that an undisturbed run writes, in all its files."""
    files = saved_files(directory)
    for step in committed_steps(directory):
        of_step = [name for name in known if name.startswith(f"model-{step}.")]
        assert of_step, f"{place}: nobody saves step {step}"
        for name in of_step:
            assert files.get(name) == known[name], f"{place}: {name} is torn, or of another step"


def assert_only_known_files(directory, known, place=""):
    """Nothing is left of a disturbed run but whole checkpoints."""
    assert not temporaries(directory), f"{place}: {temporaries(directory)}"
    for name, content in saved_files(directory).items():
        assert content == known[name], f"{place}: {name} has other bytes"


def copy_run(source, target):
    """Copies a run for one experiment; what was there is removed."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
    return target


@functools.cache
def own_loop_files():
    """Every file that undisturbed runs of own_loop write up to step 120, by name."""
    known = {}
    with new_directory() as place:
        # Killed when it first makes room, a run still holds model-5. From model-10 on, the second one ends at other steps.
        first, second = place / "first", place / "second"
        own_loop(first, *injecting("unlink,unlinkat", 1, "signal=SIGKILL"))
        known |= saved_files(first)
        copy_run(first, second)
        for name in [f"model-{step}{end}" for step in (15, 20) for end in (".index", DATA)]:
            (second / name).unlink()
        (second / "checkpoint").unlink()
        for directory in [first, second] * 5:
            assert own_loop(directory).code == 0
            known |= saved_files(directory)
    return known


@functools.cache
def train_mlp_files():
    """Every file that undisturbed runs of train_mlp write up to 5 epochs, by name."""
    known = {}
    with new_directory() as place:
        for epochs in (1, 2, 3, 4, 5):
            assert train_mlp(place, epochs).code == 0
            known |= saved_files(place)
    return known


FORMATS = ("--npz", "--safetensors")


@functools.cache
def probe_files(steps=40, options=()):
    """Every file that an undisturbed run of training_probe writes, by name, whether it saves in the background or not."""
    with new_directory() as place:
        ran = probe(place / "run", steps, "--archive", *[option for option in options if option in FORMATS])
        assert ran.code == 0, ran
        return saved_files(place / "run.archive")


@functools.cache
def probe_states(steps=40):
    """The hash of the state of an undisturbed run of training_probe, by step."""
    with new_directory() as place:
        states = said_states(probe(place, steps, f"--every={steps}", "--states"))
    assert sorted(states) == list(range(steps + 1))
    return states


@functools.cache
def weights_of_steps(last):
    """What own_loop computes, computed here: the step of each value of its weights."""
    numbers = np.random.RandomState(1).randint(0, 1 << 32, size=(last, 4), dtype=np.uint32)
    weights, steps = np.zeros(4, np.float32), {}
    for step, row in enumerate(numbers, 1):
        weights = weights + np.float32(1e-10) * row.astype(np.float32)
        steps[weights.tobytes()] = step
    return steps


def step_of_weights(json_text, last=100):
    """The step of the weights that `cairn cat --json` shows; nothing where they are those of no step."""
    return weights_of_steps(last).get(np.array(json.loads(json_text)["values"], np.float32).tobytes())


@functools.cache
def probe_weights(last):
    """The step of each piece of the files of training_probe that can be its weights."""
    return {content[start:start + 256]: int(name.split(".")[0][6:]) for name, content in probe_files(last).items()
            for start in range(0, len(content), 64)}


def probe_step(json_text, last):
    """The same for training_probe."""
    return probe_weights(last).get(np.array(json.loads(json_text)["values"], np.float32).tobytes())
