"""The tests of the Python package: `PYTHONPATH=build/dev/python python3 -m pytest python/tests`."""

import os
import pathlib
import struct
import subprocess
import sys

import numpy as np
import pytest

import cairn

# A name for each format that is written.
NAMES = {"tf": "run/model-10", "npz": "model.npz", "safetensors": "model.safetensors"}


@pytest.fixture(scope="session")
def corpus():
    """Returns the directory of files that TensorFlow wrote."""
    path = os.environ.get("CAIRN_CORPUS")
    if path is None:
        pytest.skip("CAIRN_CORPUS is not set")
    return pathlib.Path(path)


@pytest.fixture(params=NAMES)
def new_path(request, tmp_path):
    """Returns the path of a new checkpoint of each format."""
    path = tmp_path / NAMES[request.param]
    path.parent.mkdir(exist_ok=True)
    return path


@pytest.fixture
def arrays():
    return {
        "conv0/W": np.arange(12, dtype=np.float32).reshape(3, 4),
        "conv0/b": np.ones(4, np.float32),
        "step": np.array(7, np.int64),
        "mask": np.array([True, False]),
        "empty": np.zeros((0, 3), np.float64),
    }


@pytest.fixture
def saved(tmp_path, arrays):
    """Returns the path of a TensorFlow checkpoint whose tensors can all be viewed."""
    path = tmp_path / "run" / "model-10"
    path.parent.mkdir()
    cairn.save(path, arrays, alignment=64)
    return path


@pytest.fixture
def run_python():
    """Runs a program in another Python, and returns what it prints."""

    def run(program, *args):
        environment = os.environ | {"PYTHONWARNINGS": "default"}
        done = subprocess.run(
            [sys.executable, "-c", program, *map(str, args)],
            capture_output=True,
            text=True,
            timeout=120,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run


def sparse_safetensors(path, rows, columns):
    """Makes a file with one array of float32 zeros, "x", which has no blocks on the disk."""
    nbytes = rows * columns * 4
    header = f'{{"x":{{"dtype":"F32","shape":[{rows},{columns}],"data_offsets":[0,{nbytes}]}}}}'
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header.encode())
        file.truncate(8 + len(header) + nbytes)
