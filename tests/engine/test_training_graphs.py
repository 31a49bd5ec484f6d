"""Graphs of TensorFlow 1 that Cairn restores: values, and what a further step of training makes of them, equal TensorFlow's to the bit."""
import pathlib
from dataclasses import dataclass

import numpy as np
import pytest
import tensorflow as tf

from conftest import read_all, save_all
from training_graphs import GRAPHS, strings

v1 = tf.compat.v1


@dataclass
class Trained:
    prefix: str
    feeds: dict  # name -> value
    fetches: list  # names
    step: str | None
    values: dict  # of the variables, when the checkpoint was saved
    answers: dict  # what the fetches were then
    values_after: dict  # after one more step


def op_name(node):
    return (node.op if hasattr(node, "op") else node).name


def values_of(session):
    return {variable.op.name: session.run(variable) for variable in v1.global_variables() + v1.local_variables()}


def trained(function, use_resource, directory):
    prefix = str(directory / "model")
    with tf.Graph().as_default():
        built = function(use_resource)
        saver = v1.train.Saver()
        with v1.Session() as session:
            # The initial values of averages read other variables, which then must have a value.
            first = [variable for variable in v1.global_variables() if "Average" not in variable.op.name]
            session.run([v1.variables_initializer(first), v1.local_variables_initializer()])
            session.run(v1.global_variables_initializer())
            for _ in range(3 if built.step is not None else 0):
                session.run(built.step, built.feeds)
            saver.save(session, prefix)
            values = values_of(session)
            answers = {tensor.name: session.run(tensor, built.feeds) for tensor in built.fetches}
            if built.step is not None:
                session.run(built.step, built.feeds)
            return Trained(prefix, {tensor.name: value for tensor, value in built.feeds.items()},
                           [tensor.name for tensor in built.fetches], None if built.step is None else op_name(built.step),
                           values, answers, values_of(session))


def expect_equal(found, expected):
    assert found.keys() == expected.keys()
    for name in expected:
        a, b = np.asarray(found[name]), np.asarray(expected[name])
        assert a.shape == b.shape, name
        if b.dtype.kind in "OSU":
            assert a.tolist() == b.tolist(), name
        else:
            assert a.dtype == b.dtype and a.tobytes() == b.tobytes(), name


@pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
@pytest.mark.parametrize("function", GRAPHS, ids=lambda function: function.__name__)
def test_values_and_the_next_step(probe, tmp_path, function, use_resource):
    graph = trained(function, use_resource, tmp_path)
    feeds = save_all(tmp_path / "feeds", graph.feeds) if graph.feeds else "-"
    steps = ["restore", graph.prefix, "initialize", "missing", "snapshot", tmp_path / "values"]
    if graph.fetches:
        steps += ["run", feeds, tmp_path / "answers", ",".join(graph.fetches), "-"]
    if graph.step:
        steps += ["run", feeds, "-", "-", graph.step]
    lines = probe.run(graph.prefix + ".meta", *steps, "snapshot", tmp_path / "after")
    assert " 0 missing, 0 unexpected" in lines[0] and len(lines) == 1, lines
    expect_equal(read_all(tmp_path / "values"), graph.values)
    if graph.fetches:
        expect_equal(read_all(tmp_path / "answers"), graph.answers)
    expect_equal(read_all(tmp_path / "after"), graph.values_after)


@pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
def test_tensorflow_restores_what_cairn_saves_of_its_session(probe, tmp_path, use_resource):
    graph = trained(GRAPHS[0], use_resource, tmp_path)
    probe.run(graph.prefix + ".meta", "restore", graph.prefix, "initialize", "snapshot", tmp_path / "saved")
    with tf.Graph().as_default():
        saver = v1.train.import_meta_graph(graph.prefix + ".meta")
        with v1.Session() as session:
            saver.restore(session, str(tmp_path / "saved"))
            expect_equal(values_of(session), graph.values)


def test_a_damaged_checkpoint_changes_nothing(probe, tmp_path):
    graph = trained(GRAPHS[0], True, tmp_path)
    damaged = tmp_path / "damaged"
    for suffix in (".index", ".data-00000-of-00001"):
        content = bytearray(pathlib.Path(graph.prefix + suffix).read_bytes())
        if suffix != ".index":
            content[-1] ^= 1
        damaged.with_name(damaged.name + suffix).write_bytes(content)
    done = probe.start(graph.prefix + ".meta", "restore", damaged)
    assert done.returncode != 0 and "checksum" in done.stderr
    lines = probe.run(graph.prefix + ".meta", "restore", graph.prefix, "try", damaged, "snapshot", tmp_path / "values")
    assert "checksum" in lines[-1]
    expect_equal(read_all(tmp_path / "values"), graph.values)


def test_devices_of_another_machine_are_left_out(probe, tmp_path):
    with tf.Graph().as_default(), tf.device("/job:ps/task:3/device:GPU:1"):
        w = v1.get_variable("w", initializer=tf.constant([1.0, 2.0]))
        tf.multiply(w, 3.0, name="tripled")
        v1.train.export_meta_graph(str(tmp_path / "graph.meta"))
    save_all(tmp_path / "model", {"w": np.array([5.0, 6.0], np.float32)})
    probe.run(tmp_path / "graph.meta", "restore", tmp_path / "model", "run", "-", tmp_path / "out", "tripled", "-")
    assert read_all(tmp_path / "out")["tripled"].tolist() == [15.0, 18.0]


def test_restored_strings_stay_when_others_are_restored(probe, tmp_path):
    """TensorFlow would keep views of the memory that it was fed."""
    graph = trained(strings, True, tmp_path)
    other = save_all(tmp_path / "other", {"words": np.array([b"x" * 50] * 4, object), "one": b"y" * 60})
    probe.run(graph.prefix + ".meta", "restore", graph.prefix, "snapshot", tmp_path / "first", "restore", other, "snapshot",
              tmp_path / "second", "restore", graph.prefix, "snapshot", tmp_path / "third")
    expect_equal(read_all(tmp_path / "first"), graph.values)
    expect_equal(read_all(tmp_path / "third"), graph.values)
    assert read_all(tmp_path / "second")["one"] == b"y" * 60


def test_a_step_uses_variables_whose_initial_values_read_others(probe, tmp_path):
    """What the checkpoint lacks gets its first value from what was restored."""
    with tf.Graph().as_default():
        w = v1.get_variable("w", initializer=tf.constant([1.0, 2.0]))
        v1.get_variable("shadow", initializer=w.read_value())
        v1.train.export_meta_graph(str(tmp_path / "graph.meta"))
    save_all(tmp_path / "model", {"w": np.array([5.0, 6.0], np.float32)})
    lines = probe.run(tmp_path / "graph.meta", "restore", tmp_path / "model", "missing", "initialize", "snapshot", tmp_path / "out")
    assert lines == ["1 matched, 1 missing, 0 unexpected", "shadow"]
    assert read_all(tmp_path / "out")["shadow"].tolist() == [5.0, 6.0]


def test_large_ref_variables_take_over_what_was_read(probe, tmp_path):
    """They are staged in one run and assigned in the next; one that the checkpoint lacks is left alone."""
    generator = np.random.default_rng(1)
    first, second = ({name: generator.standard_normal((2048, 1536), np.float32) for name in ("a", "b")} for _ in range(2))
    with tf.Graph().as_default():
        for name in ("a", "b", "other"):
            v1.get_variable(name, [2048, 1536], initializer=v1.ones_initializer(), use_resource=False)
        v1.get_variable("count", initializer=tf.constant(3), use_resource=False)
        v1.assign_add(v1.global_variables()[0], tf.ones([2048, 1536]), name="train")
        v1.train.export_meta_graph(str(tmp_path / "graph.meta"))
    save_all(tmp_path / "first", first)
    save_all(tmp_path / "second", {**second, "count": np.int32(5)})
    lines = probe.run(tmp_path / "graph.meta", "restore", tmp_path / "first", "initialize", "snapshot", tmp_path / "one", "run", "-", "-", "-",
                      "train", "restore", tmp_path / "second", "snapshot", tmp_path / "two")
    assert lines == ["2 matched, 2 missing, 0 unexpected", "3 matched, 1 missing, 0 unexpected"]
    ones = np.ones((2048, 1536), np.float32)
    expect_equal(read_all(tmp_path / "one"), {**first, "other": ones, "count": np.int32(3)})
    expect_equal(read_all(tmp_path / "two"), {**second, "other": ones, "count": np.int32(5)})
