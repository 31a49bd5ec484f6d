import importlib.util
import os
import subprocess

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest
import tensorflow as tf

PACKAGE = importlib.util.find_spec("tensorflow").submodule_search_locations[0]


class Probe:
    """The program of session_probe.cc, in the TensorFlow that the tests themselves use."""

    def __init__(self, path):
        self.path = path

    def start(self, graph, *steps):
        return subprocess.run([self.path, str(graph), *map(str, steps)], capture_output=True, text=True,
                              env={**os.environ, "CAIRN_TENSORFLOW": PACKAGE})

    def run(self, graph, *steps):
        done = self.start(graph, *steps)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@pytest.fixture(scope="session")
def probe():
    return Probe(os.environ["CAIRN_SESSION_PROBE"])


def read_all(prefix):
    """{name: array} of a checkpoint."""
    reader = tf.train.load_checkpoint(str(prefix))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def save_all(prefix, values):
    """Saves {name: value} as a checkpoint."""
    values = {name: tf.convert_to_tensor(value) for name, value in values.items()}
    tf.raw_ops.SaveV2(prefix=str(prefix), tensor_names=list(values), shape_and_slices=[""] * len(values),
                      tensors=list(values.values()))
    return prefix
