"""Checkpoints that Cairn copies over one another under a fixed name, read by TensorFlow after each time."""
import os

import numpy as np
import tensorflow as tf

import bundles

v1 = tf.compat.v1


def names_of(directory, prefix):
    return sorted(name for name in os.listdir(directory) if name.startswith(prefix))


def assert_tensorflow_reads(prefix, tensors):
    for name, value in bundles.restore(prefix, tensors).items():
        assert bundles.value_hash(value) == bundles.value_hash(tensors[name]), name


def test_replaced_again_and_again(probe, tmp_path, rng):
    best = str(tmp_path / "min-cost")
    for step in range(5):
        tensors = {name: tensor for name, tensor in bundles.random_tensors(rng, 20).items()}
        source = bundles.save(tmp_path / f"model-{step}", tensors)
        probe.replace(source, best)
        assert_tensorflow_reads(best, tensors)
        assert probe.hash(best) == bundles.hashes(tensors)
        assert names_of(tmp_path, "min-cost") == [f"min-cost.data-00000-of-0000{1 + step % 2}", "min-cost.index"]
        assert v1.train.checkpoint_exists(best)


def test_an_index_of_several_blocks(probe, tmp_path, rng):
    best = str(tmp_path / "best")
    for step in range(3):
        tensors = bundles.many_small(rng, 6000)
        probe.replace(bundles.save(tmp_path / f"model-{step}", tensors), best)
        assert_tensorflow_reads(best, tensors)


def test_several_data_files(probe, tmp_path, rng):
    best = str(tmp_path / "best")
    for step in range(4):
        tensors = {b"t%d" % i: tf.constant(rng.random(100), tf.float32) for i in range(6)}
        source = probe.copy(bundles.save(tmp_path / f"whole-{step}", tensors), tmp_path / f"model-{step}", 1, 800)
        assert len(names_of(tmp_path, f"model-{step}.data")) == 3
        probe.replace(source, best)
        assert_tensorflow_reads(best, tensors)
        assert len(names_of(tmp_path, "best")) == 4


def test_saver_restores_slices_and_strings(probe, tmp_path):
    best = str(tmp_path / "best")
    for step in range(3):
        with tf.Graph().as_default(), v1.Session() as session:
            v1.get_variable("parts", [6, 2], initializer=v1.constant_initializer(step),
                            partitioner=v1.fixed_size_partitioner(3))
            v1.get_variable("text", initializer=tf.constant([b"step", str(step).encode()]))
            session.run(v1.global_variables_initializer())
            source = v1.train.Saver().save(session, str(tmp_path / "model"), global_step=step)
        probe.replace(source, best)
        with tf.Graph().as_default(), v1.Session() as session:
            parts = v1.get_variable("parts", [6, 2], initializer=v1.zeros_initializer(),
                                    partitioner=v1.fixed_size_partitioner(2))
            text = v1.get_variable("text", initializer=tf.constant([b"", b""]))
            v1.train.Saver().restore(session, best)
            assert (session.run(tf.convert_to_tensor(parts)) == step).all()
            assert session.run(text).tolist() == [b"step", str(step).encode()]


def test_object_checkpoint(probe, tmp_path):
    for step in range(3):
        source = tf.train.Checkpoint(weights=tf.Variable([step + 0.5, 2.0])).write(str(tmp_path / f"ckpt-{step}"))
        best = probe.replace(source, tmp_path / "best")
        weights = tf.Variable([0.0, 0.0])
        tf.train.Checkpoint(weights=weights).read(best).assert_consumed()
        assert weights.numpy().tolist() == [step + 0.5, 2.0]


def test_what_tensorflow_had_open_stays_readable(probe, tmp_path):
    best = str(tmp_path / "best")
    for step in range(3):
        bundles.save(tmp_path / f"model-{step}", {b"w": tf.constant(np.full(1000, step, np.float32))})
    probe.replace(tmp_path / "model-0", best)
    reader = tf.train.load_checkpoint(best)
    # TensorFlow opens a data file when the first tensor of it is read.
    assert (reader.get_tensor("w") == 0).all()
    probe.replace(tmp_path / "model-1", best)
    probe.replace(tmp_path / "model-2", best)
    assert (reader.get_tensor("w") == 0).all()
    assert (tf.train.load_checkpoint(best).get_tensor("w") == 2).all()


def test_removed(probe, tmp_path):
    for step in (1, 10):
        bundles.save(tmp_path / f"model-{step}", {b"w": tf.constant([1.0])})
    probe.remove(tmp_path / "model-1")
    assert not v1.train.checkpoint_exists(str(tmp_path / "model-1"))
    assert names_of(tmp_path, "model-1") == ["model-10.data-00000-of-00001", "model-10.index"]
    assert tf.train.load_checkpoint(str(tmp_path / "model-10")).get_tensor("w").tolist() == [1.0]
