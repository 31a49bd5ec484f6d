"""Object checkpoints (tf.train.Checkpoint, SavedModel) that TensorFlow wrote and Cairn copied are restored whole."""
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf

import bundles


def make_model(seed):
    """With an optimizer that has taken a step, so that its slots hold something."""
    tf.keras.utils.set_random_seed(seed)
    model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(4), tf.keras.layers.BatchNormalization(),
                                 tf.keras.layers.Dense(1)])
    model.compile("adam", "mse")
    rng = np.random.default_rng(seed)
    model.optimizer.apply([tf.constant(rng.normal(size=v.shape), tf.float32) for v in model.trainable_variables],
                          model.trainable_variables)
    return model


def make_checkpoint(seed):
    model = make_model(seed)
    return tf.train.Checkpoint(model=model, optimizer=model.optimizer, step=tf.Variable(seed, dtype=tf.int64),
                               text=tf.Variable(b"text %d" % seed), nested={"a": [tf.Variable(True), tf.Variable([2.5 * seed])]})


def values_of(checkpoint):
    variables = [*checkpoint.model.variables, *checkpoint.optimizer.variables, checkpoint.step, checkpoint.text,
                 *checkpoint.nested["a"]]
    return [np.asarray(variable.numpy() if hasattr(variable, "numpy") else variable) for variable in variables]


def assert_equal_values(checkpoint, expected):
    for found, wanted in zip(values_of(checkpoint), expected, strict=True):
        assert found.dtype == wanted.dtype and np.array_equal(found, wanted)


@pytest.mark.parametrize("alignment", [1, 64])
def test_a_copied_checkpoint_is_restored_and_consumed(probe, tmp_path, alignment):
    original = make_checkpoint(1)
    prefix = original.save(str(tmp_path / "theirs"))
    copy = probe.copy(prefix, tmp_path / "ours-1", alignment)
    assert probe.hash(copy) == probe.hash(prefix)

    other = make_checkpoint(2)
    with pytest.raises(AssertionError):
        assert_equal_values(other, values_of(original))
    other.restore(copy).assert_consumed().assert_existing_objects_matched()
    assert_equal_values(other, values_of(original))


def test_values_written_without_tensorflow_are_restored(probe, tmp_path):
    """The same through `make`: every tensor, the object graph among them, leaves TensorFlow and comes back."""
    original = make_checkpoint(3)
    prefix = original.save(str(tmp_path / "theirs"))
    reader = tf.train.load_checkpoint(prefix)
    tensors = {name.encode(): tf.constant(reader.get_tensor(name)) for name, _ in tf.train.list_variables(prefix)}
    made = probe.make(tensors, tmp_path / "ours")
    other = make_checkpoint(4)
    other.restore(made).assert_consumed()
    assert_equal_values(other, values_of(original))
    bundles.assert_same_files(made, probe.copy(prefix, tmp_path / "copy"))


def test_a_saved_model_with_copied_variables_loads(probe, tmp_path):
    module = tf.Module()
    module.w = tf.Variable(np.arange(6, dtype=np.float32).reshape(2, 3))
    module.table = tf.Variable([b"a", b"", b"c\0d"])
    module.double = tf.function(lambda: module.w * 2, input_signature=[])
    original, changed = str(tmp_path / "original"), str(tmp_path / "changed")
    tf.saved_model.save(module, original)
    shutil.copytree(original, changed, ignore=shutil.ignore_patterns("variables.*"))
    probe.copy(original + "/variables/variables", changed + "/variables/variables")
    assert sorted(os.listdir(changed + "/variables")) == ["variables.data-00000-of-00001", "variables.index"]
    loaded = tf.saved_model.load(changed)
    assert np.array_equal(loaded.double().numpy(), module.w.numpy() * 2)
    assert loaded.table.numpy().tolist() == [b"a", b"", b"c\0d"]
