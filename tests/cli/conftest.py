"""Runs the program (CAIRN=path of the binary) on checkpoints that TensorFlow writes here and now, and on the corpus."""
import os
import pathlib
import signal
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

CAIRN = os.environ.get("CAIRN", "cairn")
VERBS = ["ls", "cat", "info", "stats", "verify", "diff", "state", "meta", "convert", "prune", "merge", "average", "add", "subtract", "restore", "repair", "completion", "help"]


class Ran:
    """What a run of the program gave."""

    def __init__(self, code, out, err):
        self.code, self.out_bytes, self.err = code, out, err

    @property
    def out(self):
        return self.out_bytes.decode()


def run_cairn(*args, env=None, cwd=None, stdin=None):
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR",)} | (env or {})
    done = subprocess.run([CAIRN, *args], capture_output=True, env=environment, cwd=cwd, stdin=stdin, timeout=120)
    return Ran(done.returncode, done.stdout, done.stderr.decode(errors="surrogateescape"))


# A process of its own starts the program, since a child begins with the peak of the process that starts it.
MEASURE = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
                       file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024)
"""


def peak_nbytes(*args):
    """The most memory that a run of the program had at once, in bytes. It must succeed."""
    out = subprocess.run([sys.executable, "-I", "-S", "-c", MEASURE, CAIRN, *map(str, args)],
                         capture_output=True, text=True, timeout=120, check=True).stdout
    code, peak = map(int, out.split())
    assert code == 0
    return peak


@pytest.fixture(scope="session")
def cairn():
    return run_cairn


@pytest.fixture
def signals_arrive():
    """A shell may have had SIGINT ignored for the tests, and the program would ignore it, too."""
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, old)


def example(name):
    """The path of a program of examples/."""
    path = pathlib.Path(os.environ.get("EXAMPLES", "")) / name
    if not path.is_file():
        pytest.skip(f"EXAMPLES names no directory with {name}")
    return str(path.resolve())


@pytest.fixture(scope="session")
def train_mlp():
    """Trains a small network: train_mlp DIRECTORY EPOCHS [--slow]."""
    return example("train_mlp")


@pytest.fixture(scope="session")
def train_spirals():
    """Does so with statistics, a log and a copy of the best checkpoint: train_spirals DIRECTORY EPOCHS [--slow]."""
    return example("train_spirals")


@pytest.fixture(scope="session")
def corpus():
    path = os.environ.get("CAIRN_CORPUS")
    if not path or not os.path.isdir(path):
        pytest.skip("CAIRN_CORPUS names no directory of real TensorFlow files")
    return pathlib.Path(path)


def save(prefix, tensors):
    """tensors: name -> value, written by TensorFlow itself."""
    import tensorflow as tf

    os.makedirs(os.path.dirname(prefix), exist_ok=True)
    names = list(tensors)
    values = [v if tf.is_tensor(v) else tf.constant(v) for v in tensors.values()]
    tf.raw_ops.SaveV2(prefix=prefix, tensor_names=names, shape_and_slices=[""] * len(names), tensors=values)
    return prefix


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A checkpoint of a few tensors."""
    prefix = str(tmp_path_factory.mktemp("small") / "model-1")
    rng = np.random.default_rng(1)
    return save(prefix, {
        "fc/W": rng.normal(size=(3, 4)).astype(np.float32),
        "fc/b": np.arange(4, dtype=np.float32),
        "fc/W/Adam": np.zeros((3, 4), np.float32),
        "conv0/W": np.ones((3, 3, 8, 16), np.float16),
        "global_step": np.int64(1),
        "labels": np.array([b"cat", b"\xff dog"]),
    })


@pytest.fixture(scope="session")
def large(tmp_path_factory):
    """A checkpoint that takes a while to read: 256 MiB of zeros, so that a cut file can be made whole by truncate."""
    return save(str(tmp_path_factory.mktemp("large") / "model"), {str(i): np.zeros(1 << 24, np.float32) for i in range(4)})


@pytest.fixture
def damaged(tmp_path):
    """A checkpoint with one byte of one tensor changed: (prefix, the tensor's name)."""
    prefix = save(str(tmp_path / "model-1"), {"a": np.arange(6, dtype=np.float32), "b": np.arange(3)})
    data = pathlib.Path(prefix + ".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[5] ^= 1
    data.write_bytes(content)
    return prefix, "a"
