"""What Cairn writes is read by every reader of TensorFlow, and is byte for byte what TensorFlow would have written."""
import os

import numpy as np
import pytest
import tensorflow as tf

import bundles

v1 = tf.compat.v1


def in_utf8(tensors):
    """Those that TensorFlow's Python readers can list."""
    def is_utf8(name):
        try:
            return bool(name.decode())
        except UnicodeDecodeError:
            return False
    return {name: tensor for name, tensor in tensors.items() if is_utf8(name)}


def assert_readers_agree(prefix, tensors):
    """NewCheckpointReader and RestoreV2 give exactly `tensors`."""
    assert bundles.hashes(bundles.restore(prefix, tensors)) == bundles.hashes(tensors)
    if len(in_utf8(tensors)) < len(tensors):
        return
    reader = v1.train.NewCheckpointReader(prefix)
    assert reader.get_variable_to_shape_map() == {n.decode(): t.shape.as_list() for n, t in tensors.items()}
    assert reader.get_variable_to_dtype_map() == {n.decode(): t.dtype for n, t in tensors.items()}
    for name, tensor in tensors.items():
        value = reader.get_tensor(name.decode())
        assert value == tensor.numpy() if isinstance(value, bytes) else same_bits(value, tensor.numpy()), name


def same_bits(value, expected):
    if expected.dtype == object:
        return value.shape == expected.shape and value.tolist() == expected.tolist()
    return value.shape == expected.shape and value.tobytes() == expected.tobytes()


def big_and_small(rng):
    sizes = (1, 4 * 2**20 - 1, 0, 4 * 2**20 + 5, 63, 9 * 2**20)
    return {b"%02d" % i: tf.constant(np.frombuffer(rng.bytes(nbytes), np.uint8)) for i, nbytes in enumerate(sizes)}


CASES = {
    "random_0": lambda rng: bundles.random_tensors(rng, 300), "random_1": lambda rng: bundles.random_tensors(rng, 300),
    "random_utf8": lambda rng: in_utf8(bundles.random_tensors(rng, 200)), "one": lambda rng: {b"x": tf.constant(1.5)},
    "every_dtype": bundles.every_dtype, "strings": lambda rng: bundles.strings_of_every_kind(), "big": big_and_small,
    "several_blocks": lambda rng: bundles.many_small(rng, 9_500),
    "long_names": lambda rng: {b"%05d" % i + b"/scope" * 1500: tf.constant(i) for i in range(100)},
    "a_name_of_64_KiB": lambda rng: {b"n" * 65_536: tf.constant(1), b"n" * 65_535: tf.constant(2)},
}


@pytest.fixture(scope="module", params=CASES)
def tensors(request):
    return CASES[request.param](np.random.default_rng(list(CASES).index(request.param)))


def test_made_files_are_tensorflows_byte_for_byte(probe, tmp_path, tensors):
    prefix = probe.make(tensors, tmp_path / "ours")
    bundles.assert_same_files(prefix, bundles.save(tmp_path / "theirs", tensors))
    assert_readers_agree(prefix, tensors)


def test_copied_files_are_tensorflows_byte_for_byte(probe, tmp_path, tensors):
    original = bundles.save(tmp_path / "theirs", tensors)
    bundles.assert_same_files(probe.copy(original, tmp_path / "ours"), original)


def test_aligned_copies_are_read_equal(probe, tmp_path, tensors):
    original = bundles.save(tmp_path / "theirs", tensors)
    prefix = probe.copy(original, tmp_path / "ours", alignment=64)
    assert_readers_agree(prefix, tensors)
    if len(tensors) > 1:
        assert os.path.getsize(prefix + ".data-00000-of-00001") > os.path.getsize(original + ".data-00000-of-00001")


def test_a_checkpoint_of_several_shards_becomes_one(probe, tmp_path, rng):
    tensors = bundles.random_tensors(rng, 60)
    names = sorted(tensors)
    parts = [bundles.save(tmp_path / f"part-{k}", {name: tensors[name] for name in names[k::3]}) for k in range(3)]
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=str(tmp_path / "three"))
    ours = probe.copy(tmp_path / "three", tmp_path / "ours")
    bundles.assert_same_files(ours, bundles.save(tmp_path / "theirs", tensors))


def test_an_empty_checkpoint(probe, tmp_path):
    prefix = probe.make({}, tmp_path / "empty")
    assert v1.train.NewCheckpointReader(prefix).get_variable_to_shape_map() == {}
    assert os.path.getsize(prefix + ".data-00000-of-00001") == 0


def test_tensorflow_merges_what_we_write(probe, tmp_path):
    rng = np.random.default_rng(5)
    tensors = in_utf8(bundles.random_tensors(rng, 60))
    names = sorted(tensors)
    parts = [probe.make({name: tensors[name] for name in names[k::2]}, tmp_path / f"part-{k}") for k in range(2)]
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=str(tmp_path / "model"))
    assert_readers_agree(str(tmp_path / "model"), tensors)


def test_the_functions_of_tf_train(probe, tmp_path):
    tensors = bundles.every_dtype(np.random.default_rng(6))
    ours = probe.make(tensors, tmp_path / "ours")
    theirs = bundles.save(tmp_path / "theirs", tensors)
    assert tf.train.list_variables(ours) == tf.train.list_variables(theirs)
    assert v1.train.checkpoint_exists(ours)
    reader, expected = tf.train.load_checkpoint(ours), tf.train.load_checkpoint(theirs)
    assert reader.debug_string() == expected.debug_string()
    for name in tensors:
        assert reader.has_tensor(name.decode())
    value = tf.train.load_variable(ours, "float64/2x3x4")
    assert same_bits(value, tensors[b"float64/2x3x4"].numpy())


def test_saver_restores_into_variables(probe, tmp_path):
    """Graph mode: ref and resource variables, as a tensorflow 1 program has them."""
    rng = np.random.default_rng(7)
    values = {f"net/{dtype.name}": bundles.random_numeric(rng, dtype, (3, 2))
              for dtype in (tf.float32, tf.float64, tf.float16, tf.bfloat16, tf.int32, tf.int64, tf.complex64, tf.bool)}
    values["global_step"] = tf.constant(77, tf.int64)
    prefix = probe.make({name.encode(): tensor for name, tensor in values.items()}, tmp_path / "model-77")
    arrays = {name: tensor.numpy() for name, tensor in values.items()}
    with tf.Graph().as_default(), v1.Session() as session:
        variables = {name: v1.get_variable(name, initializer=np.zeros_like(array), use_resource=i % 2 == 0)
                     for i, (name, array) in enumerate(arrays.items())}
        v1.train.Saver().restore(session, prefix)
        restored = session.run(variables)
    for name, array in arrays.items():
        assert same_bits(np.asarray(restored[name]), np.asarray(array)), name


def test_saver_saves_what_we_would(probe, tmp_path):
    """A whole TensorFlow 1 save, copied: byte-identical, and the copy restores."""
    with tf.Graph().as_default(), v1.Session() as session:
        w = v1.get_variable("w", [40, 3])
        v1.train.AdamOptimizer().minimize(tf.reduce_sum(w * w), global_step=v1.train.get_or_create_global_step())
        session.run(v1.global_variables_initializer())
        saver = v1.train.Saver()
        original = saver.save(session, str(tmp_path / "model"), global_step=3)
        expected = session.run(w)
        copy = probe.copy(original, tmp_path / "copy")
        session.run(w.assign(tf.zeros_like(w)))
        saver.restore(session, copy)
        assert same_bits(session.run(w), expected)
    bundles.assert_same_files(copy, original)
