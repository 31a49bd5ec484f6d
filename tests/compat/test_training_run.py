"""The directory of a training run that used no TensorFlow: TensorFlow finds its checkpoints and restores them."""
import hashlib
import os
import subprocess

import numpy as np
import pytest
import tensorflow as tf

import bundles


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("run"))
    subprocess.run([os.environ["EXAMPLES"] + "/train_mlp", directory, "2"], check=True, capture_output=True)
    return directory


def test_the_newest_checkpoint_is_found(run):
    newest = tf.train.latest_checkpoint(run)
    assert newest and os.path.dirname(newest) == run
    state = tf.train.get_checkpoint_state(run)
    assert state.all_model_checkpoint_paths[-1] == state.model_checkpoint_path == newest
    assert len(state.all_model_checkpoint_paths) > 1
    steps = [int(path.rsplit("-", 1)[1]) for path in state.all_model_checkpoint_paths]
    assert steps == sorted(steps)
    for path in state.all_model_checkpoint_paths:
        assert tf.compat.v1.train.checkpoint_exists(path)


def test_every_checkpoint_reads_equal(probe, run):
    for path in tf.train.get_checkpoint_state(run).all_model_checkpoint_paths:
        reader = tf.train.load_checkpoint(path)
        dtypes = reader.get_variable_to_dtype_map()
        tensors = {name.encode(): tf.constant(reader.get_tensor(name), dtypes[name]) for name in dtypes}
        assert probe.hash(path) == bundles.hashes(tensors)


def test_saver_restores_the_variables(probe, run):
    """All that is numeric, into variables of a TensorFlow 1 graph, by the directory alone."""
    v1 = tf.compat.v1
    newest = tf.train.latest_checkpoint(run)
    expected = {name.decode(): entry for name, entry in probe.hash(newest).items() if entry["dtype"] != "string"}
    assert len(expected) > 4
    with tf.Graph().as_default(), v1.Session() as session:
        variables = {name: v1.get_variable(name, entry["shape"], tf.as_dtype(entry["dtype"]), v1.zeros_initializer())
                     for name, entry in expected.items()}
        v1.train.Saver(variables).restore(session, newest)
        restored = session.run(variables)
    for name, value in restored.items():
        assert hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest() == expected[name]["sha256"], name
