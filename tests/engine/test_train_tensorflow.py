"""Trains graphs of TensorFlow with examples/train_tensorflow.cc: killed and resumed, and in turns with the Saver of Python.

Set EXAMPLES=build/release/examples.
"""
import os
import pathlib
import random
import subprocess

import numpy as np
import pytest
import tensorflow as tf

from conftest import PACKAGE
from killed_runs import files_of, kill_after_lines, last_checkpoint

v1 = tf.compat.v1
PROGRAM = pathlib.Path(os.environ["EXAMPLES"]) / "train_tensorflow"
ROWS = 8

OPTIMIZERS = {"adam": lambda: v1.train.AdamOptimizer(0.01), "momentum": lambda: v1.train.MomentumOptimizer(0.05, 0.9)}


def write_graph(path, use_resource, optimizer):
    """A net of two layers with random first values, and its metagraph as a Saver of all variables would write it."""
    with tf.Graph().as_default():
        x = v1.placeholder(tf.float32, [None, 3], "x")
        y = v1.placeholder(tf.float32, [None, 1], "y")

        def dense(name, value, size, seed):
            weights = v1.get_variable(f"{name}/w", [value.shape[1], size], initializer=v1.random_normal_initializer(seed=seed),
                                      use_resource=use_resource)
            bias = v1.get_variable(f"{name}/b", [size], initializer=v1.zeros_initializer(), use_resource=use_resource)
            return tf.matmul(value, weights) + bias

        answers = dense("second", tf.tanh(dense("first", x, 16, seed=1)), 1, seed=2)
        loss = tf.reduce_mean(tf.square(answers - y), name="loss")
        global_step = v1.get_variable("global_step", [], tf.int64, v1.zeros_initializer(), trainable=False, use_resource=use_resource,
                                      collections=[v1.GraphKeys.GLOBAL_VARIABLES, v1.GraphKeys.GLOBAL_STEP])
        OPTIMIZERS[optimizer]().minimize(loss, global_step=global_step, name="train")
        v1.train.export_meta_graph(str(path), saver_def=v1.train.Saver().as_saver_def())


def data_of(step, count):
    """The same numbers as in train_tensorflow.cc."""
    return ((step * 31 + np.arange(count) * 17) % 101 - 50).astype(np.float32) / 64


class PythonSession:
    """The graph in a session of Python, on one thread as that of the program."""

    def __init__(self, graph):
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.saver = v1.train.import_meta_graph(str(graph))
            self.initializer = v1.global_variables_initializer()
        self.session = v1.Session(graph=self.graph, config=v1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.close()

    def initialize(self):
        self.session.run(self.initializer)

    def train_to(self, end):
        for step in range(self.values()["global_step"], end):
            self.session.run("train", {"x:0": data_of(step, ROWS * 3).reshape(ROWS, 3), "y:0": data_of(step + 7, ROWS).reshape(ROWS, 1)})

    def restore(self, prefix):
        with self.graph.as_default():
            self.saver.restore(self.session, str(prefix))

    def save(self, prefix, step):
        with self.graph.as_default():
            return self.saver.save(self.session, str(prefix), global_step=step)

    def values(self):
        with self.graph.as_default():
            return {variable.op.name: self.session.run(variable) for variable in v1.global_variables()}


def trained_in_python(graph, steps):
    with PythonSession(graph) as session:
        session.initialize()
        session.train_to(steps)
        return session.values()


def train(graph, directory, steps):
    done = subprocess.run([PROGRAM, graph, directory, str(steps)], capture_output=True, text=True, timeout=100,
                          env={**os.environ, "CAIRN_TENSORFLOW": PACKAGE})
    assert done.returncode == 0, done
    return done.stdout.splitlines()


def expect_equal(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype and found[name].tobytes() == value.tobytes(), name


def values_in_python(graph, prefix):
    """What the Saver of the graph restores."""
    with PythonSession(graph) as session:
        session.restore(prefix)
        return session.values()


@pytest.fixture(scope="module", params=["ref adam", "ref momentum", "resource adam", "resource momentum"])
def graph(request, tmp_path_factory):
    kind, optimizer = request.param.split()
    path = tmp_path_factory.mktemp("graph") / "graph.meta"
    write_graph(path, kind == "resource", optimizer)
    return path


def test_a_killed_run_ends_with_the_same_bytes_and_those_of_python(graph, tmp_path, monkeypatch):
    monkeypatch.setenv("CAIRN_TENSORFLOW", PACKAGE)
    train(graph, tmp_path / "whole", 50)
    generator = random.Random(str(graph.parent.name))
    killed = tmp_path / "killed"
    kills = [kill_after_lines([PROGRAM, graph, killed, "50", "--slow"], generator.randint(5, 20), "step ") for _ in range(2)]
    assert any(kills)  # on a busy machine the last one can come too late
    lines = train(graph, killed, 50)
    assert lines[0].startswith("resumed from "), lines
    assert files_of(killed) == files_of(tmp_path / "whole")
    expect_equal(values_in_python(graph, last_checkpoint(killed)), trained_in_python(graph, 50))


def test_programs_and_python_take_turns(graph, tmp_path):
    """40 steps by the program, 25 by Python, 35 by the program: the values are those of 100 steps in Python, whose Saver is that of the
    metagraph that the program wrote beside its checkpoints."""
    train(graph, tmp_path / "first", 40)
    (written,) = (tmp_path / "first").glob("graph-*.meta")
    assert written.read_bytes() == graph.read_bytes()
    with PythonSession(written) as session:
        session.restore(tmp_path / "first" / "model-40")
        session.train_to(65)
        prefix = session.save(tmp_path / "second" / "model", 65)
        expect_equal(values_in_python(graph, prefix), trained_in_python(graph, 65))
    lines = train(graph, tmp_path / "second", 100)
    assert lines[0].startswith("resumed from ") and ": step 65" in lines[0], lines
    assert [line.split(":")[0] for line in lines if line.startswith("step ")][0] == "step 66"
    expect_equal(values_in_python(graph, tmp_path / "second" / "model-100"), trained_in_python(graph, 100))
