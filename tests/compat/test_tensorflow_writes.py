"""What TensorFlow writes here and now is read bit for bit."""
import os

import numpy as np
import tensorflow as tf

import bundles


def assert_read(probe, prefix, tensors):
    assert probe.hash(prefix) == bundles.hashes(tensors)


def test_random_bundles(probe, tmp_path, rng):
    tensors = bundles.random_tensors(rng, 300)
    prefix = bundles.save(tmp_path / "model", tensors)
    assert probe.hash(prefix) == bundles.hashes(bundles.restore(prefix, tensors))
    assert_read(probe, prefix, tensors)


def test_every_dtype(probe, tmp_path):
    tensors = bundles.every_dtype(np.random.default_rng(11))
    assert len({tensor.dtype for tensor in tensors.values()}) == len(bundles.NUMERIC) + 1 == 31
    assert_read(probe, bundles.save(tmp_path / "model", tensors), tensors)


def test_strings_of_every_kind(probe, tmp_path):
    tensors = bundles.strings_of_every_kind()
    assert_read(probe, bundles.save(tmp_path / "model", tensors), tensors)


def test_an_index_of_several_blocks(probe, tmp_path):
    tensors = bundles.many_small(np.random.default_rng(12), 9_500)
    prefix = bundles.save(tmp_path / "model", tensors)
    assert os.path.getsize(prefix + ".index") > 262_144
    assert_read(probe, prefix, tensors)


def test_an_index_of_many_long_names(probe, tmp_path):
    tensors = {b"%05d" % i + b"/scope" * 1500: tf.constant(i) for i in range(100)}
    assert_read(probe, bundles.save(tmp_path / "model", tensors), tensors)


def test_tensors_larger_than_a_transfer_chunk(probe, tmp_path):
    tensors = {b"%d" % nbytes: tf.constant(np.frombuffer(np.random.default_rng(13).bytes(nbytes), np.uint8))
               for nbytes in (4 * 2**20 - 1, 4 * 2**20, 4 * 2**20 + 1, 9 * 2**20 + 3)}
    assert_read(probe, bundles.save(tmp_path / "model", tensors), tensors)


def test_several_merged_shards(probe, tmp_path, rng):
    tensors = bundles.random_tensors(rng, 60)
    names = sorted(tensors)
    parts = [bundles.save(tmp_path / f"part-{k}", {name: tensors[name] for name in names[k::3]}) for k in range(3)]
    prefix = str(tmp_path / "model")
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=prefix)
    assert os.path.exists(prefix + ".data-00002-of-00003")
    assert_read(probe, prefix, tensors)
