"""SavedModels of TF2 that Cairn opens and restores: their signatures answer what `tf.saved_model.load` answers, to the bit."""
import keras
import numpy as np
import pytest
import tensorflow as tf

from conftest import read_all, save_all


class TwoOfOneName(tf.Module):
    """Names of variables and of their objects do not agree: joined by name, the two are swapped."""

    def __init__(self):
        self.w = tf.Variable([1.0, 2.0], name="w")
        self.sub = [tf.Variable([10.0, 20.0], name="w")]
        self.count = tf.Variable(4, dtype=tf.int64, trainable=False)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    def scale(self, x):
        return {"scaled": x * self.w[0] + self.sub[0][1], "count": self.count + 1}


class Words(tf.Module):
    """A table that is made from a file, one from constants, and a variable of strings."""

    def __init__(self, vocabulary):
        self.ids = tf.lookup.StaticVocabularyTable(tf.lookup.TextFileInitializer(
            vocabulary, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER), 1)
        self.names = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(tf.constant([0, 1], tf.int64), ["zero", "one"]), "other")
        self.suffix = tf.Variable("! and a long end that is not stored within", dtype=tf.string)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "words")])
    def name(self, words):
        return {"names": tf.strings.join([self.names.lookup(self.ids.lookup(words)), self.suffix])}


def network():
    keras.utils.set_random_seed(11)
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(4, "tanh", name="hidden"), keras.layers.BatchNormalization(),
                              keras.layers.Dense(1, name="out")])
    model.compile("adam", "mse")
    generator = np.random.default_rng(3)
    model.fit(generator.standard_normal((32, 3)), generator.standard_normal((32, 1)), epochs=2, verbose=0)
    return model


def save_keras(directory):
    tf.saved_model.save(network(), str(directory))


def export_keras(directory):
    if keras.__version__ < "3":
        pytest.skip("Keras 2 of TensorFlow 2.12 cannot export a model that was trained")
    network().export(str(directory), verbose=False)


def save_two_of_one_name(directory):
    module = TwoOfOneName()
    tf.saved_model.save(module, str(directory), signatures=module.scale)


def save_words(directory):
    vocabulary = directory.parent / "vocabulary.txt"
    vocabulary.write_text("a\nb\n")
    module = Words(str(vocabulary))
    tf.saved_model.save(module, str(directory), signatures=module.name)
    vocabulary.unlink()


NUMBERS = np.array([[0.5, -1.0, 2.0], [0.25, 3.0, -4.0]], np.float32)
MODELS = {
    "keras_saved": (save_keras, NUMBERS),
    "keras_exported": (export_keras, NUMBERS),
    "two_of_one_name": (save_two_of_one_name, NUMBERS[0]),
    "words": (save_words, np.array([b"a", b"b", b"c"], object)),
}


@pytest.mark.parametrize("name", MODELS)
def test_signature(probe, tmp_path, name):
    save, value = MODELS[name]
    model = tmp_path / "model"
    save(model)
    signature = tf.saved_model.load(str(model)).signatures["serving_default"]
    (argument,) = signature.structured_input_signature[1]
    expected = {output: tensor.numpy() for output, tensor in signature(**{argument: tf.constant(value)}).items()}

    feeds = save_all(tmp_path / "feeds", {argument: value})
    lines = probe.run(model, "restore", model, "missing", "initialize", "signature", "serving_default", feeds, tmp_path / "out")
    assert ", 0 missing" in lines[0] and len(lines) == 1, lines
    found = read_all(tmp_path / "out")
    assert found.keys() == expected.keys()
    for output, answer in expected.items():
        assert np.asarray(found[output]).tolist() == answer.tolist(), output


@pytest.mark.parametrize("name", MODELS)
def test_names_are_those_of_the_checkpoint(probe, tmp_path, name):
    model = tmp_path / "model"
    MODELS[name][0](model)
    in_checkpoint = read_all(model / "variables" / "variables")
    probe.run(model, "restore", model, "snapshot", tmp_path / "values")
    values = read_all(tmp_path / "values")
    assert values and values.keys() <= in_checkpoint.keys()
    for key, value in values.items():
        assert np.asarray(value).tolist() == np.asarray(in_checkpoint[key]).tolist(), key


def test_names_without_a_checkpoint_are_made_from_the_objects(probe, tmp_path):
    model = tmp_path / "model"
    save_two_of_one_name(model)
    with_checkpoint = probe.run(model, "list")
    for file in (model / "variables").iterdir():
        file.unlink()
    assert probe.run(model, "list") == with_checkpoint
    assert with_checkpoint[0] == "w/.ATTRIBUTES/VARIABLE_VALUE float32[2] trainable"


def test_a_later_checkpoint_of_the_same_objects(probe, tmp_path):
    """The served model takes what training saved since."""
    module = TwoOfOneName()
    tf.saved_model.save(module, str(tmp_path / "model"), signatures=module.scale)
    module.w.assign([7.0, 8.0])
    module.sub[0].assign([-1.0, 0.25])
    later = tf.train.Checkpoint(module).write(str(tmp_path / "later"))
    feeds = save_all(tmp_path / "feeds", {"x": NUMBERS[0]})
    probe.run(tmp_path / "model", "restore", later, "initialize", "signature", "", feeds, tmp_path / "out")
    assert read_all(tmp_path / "out")["scaled"].tolist() == (NUMBERS[0] * 7.0 + 0.25).tolist()


@pytest.mark.parametrize("feeds, name, message", [
    ({"y": NUMBERS[0]}, "serving_default", "E_ARGUMENT: signature 'serving_default' has no input 'y' (name one of 'x')"),
    ({}, "serving_default", "E_ARGUMENT: signature 'serving_default' needs the input 'x'"),
    ({"x": NUMBERS}, "serving_default", "E_ARGUMENT: input 'x' takes the shape [-1], not [2,3]"),
    ({"x": np.array([1, 2])}, "serving_default", "E_ARGUMENT: input 'x' takes float32, not int64"),
    ({"x": NUMBERS[0]}, "serve", "E_ARGUMENT: the graph has no signature 'serve' (name one of '__saved_model_init_op', 'serving_default')"),
])
def test_wrong_calls(probe, tmp_path, feeds, name, message):
    model = tmp_path / "model"
    save_two_of_one_name(model)
    path = save_all(tmp_path / "feeds", feeds) if feeds else "-"
    done = probe.start(model, "restore", model, "signature", name, path, "-")
    assert done.returncode == 1
    assert done.stderr.strip() == message
