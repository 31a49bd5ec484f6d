"""cairn info: what a checkpoint is."""
import json
import shutil

import pytest
import tensorflow as tf
from tensorflow.python.saved_model.loader_impl import parse_saved_model


def info(cairn, path, code=0):
    ran = cairn("info", "--json", path)
    assert ran.code == code, ran.err
    return json.loads(ran.out)


def test_a_run_of_tf1(cairn, corpus):
    said = info(cairn, corpus / "tf_features/tf1_run")
    assert (said["format"], said["version"], said["endianness"], said["compression"]) == ("tf-v2", "1", "little", "none")
    assert (said["tensors"], said["parameters"], said["training_parameters"], said["nbytes"], said["step"]) == (14, 60, 98, 636, 6)
    assert said["state_file"] == "model-6" and said["objects"] is None
    assert said["writer"] == "TensorFlow 2.21.0" and said["save_counter"] is None and said["signatures"] == []
    assert said["slots"] == [{"name": "Adam", "variables": 3}, {"name": "Adam_1", "variables": 3}]
    assert said["training_nbytes"] == 360 + 32  # Adam's slots, two powers, averages: all but the variables and the step
    assert [file["nbytes"] for file in said["files"]] == [885, 636]


def test_objects_and_snappy(cairn, corpus):
    said = info(cairn, corpus / "sonnet/mean_2x2")
    assert said["compression"] == "snappy" and said["objects"] == 5 and len(said["files"]) == 3


def test_an_object_checkpoint_of_keras(cairn, corpus):
    said = info(cairn, corpus / "tf_features/tf2_objects")
    assert (said["save_counter"], said["step"], said["writer"]) == (3, 3, None)
    assert said["slots"] == [{"name": "momentum", "variables": 6}, {"name": "velocity", "variables": 6}]
    assert said["training_nbytes"] == 232 + 8 + 4 + 8  # slots, iterations, learning rate, save counter
    reader = tf.train.load_checkpoint(str(corpus / "tf_features/tf2_objects/ckpt-3"))
    steps, rate = (reader.get_tensor(f"optimizer/_{name}/.ATTRIBUTES/VARIABLE_VALUE") for name in ("iterations", "learning_rate"))
    assert said["optimizer"] == [{"name": "optimizer/_iterations", "value": steps},
                                 {"name": "optimizer/_learning_rate", "value": float(str(rate))}]
    assert f"optimizer       optimizer/_iterations {steps}, optimizer/_learning_rate {str(rate)}\n" in cairn(
        "info", corpus / "tf_features/tf2_objects").out


def test_an_optimizer_whose_state_is_damaged_is_said_and_left_out(cairn, corpus, tmp_path):
    shutil.copytree(corpus / "tf_features/tf2_objects", tmp_path / "run")
    name = "optimizer/_learning_rate/.ATTRIBUTES/VARIABLE_VALUE"
    prefix = tmp_path / "run/ckpt-3"
    (entry,) = json.loads(cairn("ls", "--long", "--json", prefix, name).out)["tensors"]
    with open(f"{prefix}.data-00000-of-00001", "r+b") as file:
        file.seek(entry["offset"])
        file.write(b"\xff")
    ran = cairn("info", prefix)
    assert ran.code == 0 and "optimizer/_learning_rate cannot be read" in ran.err
    assert "optimizer       optimizer/_iterations 2\n" in ran.out


def test_the_signatures_of_a_saved_model(cairn, corpus):
    said = info(cairn, corpus / "tf_features/tf2_export")
    assert said["writer"] == "TensorFlow 2.21.0"
    tensor = {"name": "keras_tensor", "dtype": "float32", "shape": [-1, 3]}
    signature = next(signature for signature in said["signatures"] if signature["name"] == "serving_default")
    assert signature["inputs"] == [tensor] and [output["name"] for output in signature["outputs"]] == ["output_0"]
    out = cairn("info", corpus / "tf_features/tf2_export").out
    assert "serving_default(keras_tensor float32[?,3]) -> output_0 float32[?,1]" in out and "TensorFlow 2.21.0, by saved_model.pb" in out


@pytest.fixture(scope="module")
def graph_alone(tmp_path_factory):
    """Two versions of a SavedModel that TensorFlow writes without a variable."""
    base = tmp_path_factory.mktemp("export") / "doubler"

    class Doubler(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, "x"), tf.TensorSpec(None, tf.string, "label")])
        def double(self, x, label):
            return {"twice": 2 * x, "label": label}

    module = Doubler()
    for version in ("9", "10"):
        tf.saved_model.save(module, str(base / version), signatures={"double": module.double})
        for file in (base / version / "variables").iterdir():
            file.unlink()
    return base


@pytest.mark.parametrize("path", ["9", "9/saved_model.pb", "."])
def test_a_saved_model_without_variables(cairn, graph_alone, path):
    said = info(cairn, graph_alone / path)
    version = "9" if path != "." else "10"
    assert said["path"].endswith(f"{version}/saved_model.pb") and said["format"] == "saved-model" and said["tensors"] == 0
    wanted = parse_saved_model(str(graph_alone / version)).meta_graphs[0].signature_def["double"]
    signature = next(signature for signature in said["signatures"] if signature["name"] == "double")
    for key in ("inputs", "outputs"):
        specs = getattr(wanted, key)
        assert [tensor["name"] for tensor in signature[key]] == sorted(specs)
        for tensor in signature[key]:
            spec = specs[tensor["name"]]
            shape = tf.TensorShape(spec.tensor_shape)
            assert tensor["dtype"] == tf.as_dtype(spec.dtype).name
            assert tensor["shape"] == (None if shape.rank is None else [-1 if dim is None else dim for dim in shape])
    out = cairn("info", graph_alone / path).out
    assert "a SavedModel without variables" in out and "double(label string, x float32[?,3]) -> label string, twice float32[?,3]" in out
    assert cairn("ls", graph_alone / path).code == 2


def test_the_step_without_one_in_the_name(cairn, corpus):
    assert info(cairn, corpus / "tf_features/tf1_v2_sharded")["step"] == 6


def test_a_damaged_graph_is_said_and_no_more(cairn, corpus, tmp_path):
    shutil.copytree(corpus / "tf_features/tf1_run", tmp_path / "run")
    (tmp_path / "run/model-6.meta").write_bytes(b"\x0a\xff\xff")
    ran = cairn("info", tmp_path / "run/model-6")
    assert ran.code == 0 and "model-6.meta: MetaGraphDef: " in ran.err and "writer" not in ran.out


def test_v1(cairn, corpus):
    said = info(cairn, corpus / "tf_features/tf1_v1_sharded")
    assert said["format"] == "tf-v1" and said["tensors"] == 14 and said["step"] == 6 and len(said["files"]) == 1


def test_a_missing_data_file_is_a_finding(cairn, corpus):
    said = info(cairn, corpus / "index_only/style", code=1)
    assert [file["nbytes"] is None for file in said["files"]] == [False, True]
    assert "missing" in cairn("info", corpus / "index_only/style").out


def test_text(cairn, small):
    lines = cairn("info", small).out.splitlines()
    assert [line.split()[0] for line in lines] == ["path", "format", "tensors", "training", "step", "file", "file"]
    assert "tf-v2, version 1, little-endian" in lines[1]


@pytest.mark.parametrize("what", ["no/such", "tests"])
def test_what_is_not_there(cairn, tmp_path, what):
    assert cairn("info", str(tmp_path / what)).code == 2


def keras_model():
    model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(2)])
    model.compile("adam", "mse")
    return model


@pytest.mark.parametrize("verb", ["info", "ls", "verify", "stats"])
@pytest.mark.parametrize("name,what", [("model.keras", "Keras"), ("model.weights.h5", "HDF5")])
def test_files_of_keras_are_known_and_not_read(cairn, tmp_path, verb, name, what):
    model = keras_model()
    path = tmp_path / name
    model.save(path) if name == "model.keras" else model.save_weights(path)
    ran = cairn(verb, path)
    assert ran.code == 2 and what in ran.err and "which is not supported" in ran.err and "hint: " in ran.err
