"""CheckpointReader beside the one of the running TensorFlow: the same maps, the same lines."""
import os

import pytest
import tensorflow as tf

import bundles
from test_partitioned import random_wholes, save_in_slices, train_partitioned

v1 = tf.compat.v1


def assert_same_answers(probe, prefix):
    theirs = v1.train.NewCheckpointReader(str(prefix))
    ours = probe.reader(prefix)
    assert ours["shapes"] == {as_bytes(name): shape for name, shape in theirs.get_variable_to_shape_map().items()}
    assert ours["dtypes"] == {as_bytes(name): dtype.name for name, dtype in theirs.get_variable_to_dtype_map().items()}
    # TensorFlow's V1 reader lists its tensors in no order.
    assert sorted(ours["debug_string"].split(b"\n")) == sorted(theirs.debug_string().split(b"\n"))


def as_bytes(name):
    return name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")


def test_random_bundles(probe, tmp_path, rng):
    tensors = {name: tensor for name, tensor in bundles.random_tensors(rng, 100).items() if is_text(name)}
    assert_same_answers(probe, bundles.save(tmp_path / "model", tensors))


def is_text(name):
    """What TensorFlow's Python maps can show."""
    try:
        return "\0" not in name.decode()
    except UnicodeDecodeError:
        return False


def test_slices(probe, tmp_path, rng):
    assert_same_answers(probe, save_in_slices(rng, tmp_path / "model", random_wholes(rng)))


@pytest.mark.parametrize("sharded", [False, True])
def test_v1(probe, tmp_path, sharded):
    saver_path = {}

    def save(session):
        saver = v1.train.Saver(write_version=v1.train.SaverDef.V1, sharded=sharded)
        saver_path["path"] = saver.save(session, str(tmp_path / "model"), write_meta_graph=False)

    train_partitioned(save)
    assert_same_answers(probe, saver_path["path"])


def test_v1_of_several_blocks(probe, tmp_path):
    with tf.Graph().as_default(), v1.Session() as session:
        for i in range(200):
            v1.get_variable(f"scope_{i:03d}/kernel", [i % 7, 1000], initializer=v1.random_normal_initializer(seed=i))
        v1.get_variable("large", [400_000], initializer=v1.random_normal_initializer(seed=5))
        session.run(v1.global_variables_initializer())
        path = v1.train.Saver(write_version=v1.train.SaverDef.V1).save(session, str(tmp_path / "model"),
                                                                       write_meta_graph=False)
    assert os.path.getsize(path) > 2 * 2**20
    assert_same_answers(probe, path)
    theirs = v1.train.NewCheckpointReader(path)
    tensors = {name.encode(): tf.constant(theirs.get_tensor(name)) for name in theirs.get_variable_to_shape_map()}
    assert probe.hash(path) == bundles.hashes(tensors)


@pytest.mark.skipif("CAIRN_CORPUS" not in os.environ, reason="CAIRN_CORPUS does not name the corpus")
@pytest.mark.parametrize("prefix", [
    "tf_features/slices/ckpt", "tf_features/weird_names/ckpt", "tf_features/strings/ckpt", "tf_features/variants/ckpt",
    "tf_features/tf1_v1/model", "tf_features/tf1_v1_sharded/model-?????-of-00001", "tf_features/v1_dtypes/model",
    "tf_features/tf1_run/model-3", "tf_features/merged_parts/ckpt", "tf_features/tf2_objects/ckpt-3",
    "tf_features/tf2_shard_policy/ckpt-1", "v1_sharded_half_plus_two/export-?????-of-00001",
    "v1_unsharded_half_plus_two/export", "sonnet/mean_2x2/checkpoint-1", "index_only/transformer"])
def test_corpus(probe, prefix):
    assert_same_answers(probe, os.path.join(os.environ["CAIRN_CORPUS"], prefix))
