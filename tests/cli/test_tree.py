"""ls --tree, and the short paths of TF2 checkpoints."""
import json

import numpy as np
import pytest
import tensorflow as tf

from conftest import save


def test_groups_by_the_parts_of_names(cairn, small):
    ran = cairn("ls", "--tree", "--bytes", small)
    assert ran.code == 0
    lines = [line.rstrip() for line in ran.out.splitlines()]
    assert [line.split("  ")[0] if not line.startswith(" ") else line.strip().split("  ")[0] for line in lines[:-1]] == [
        "conv0/", "W", "fc/", "W", "W/", "Adam", "b", "global_step", "labels"]
    assert lines[2].split()[1:] == "3 tensors, 16 parameters and 12 of training state 112".split()
    assert lines[-1] == cairn("ls", "--bytes", small).out.splitlines()[-1]


def test_objects_are_shown_by_their_short_paths(cairn, corpus):
    out = cairn("ls", "--tree", corpus / "tf2_loss_scale_optimizer/lso_ckpt_tf2.2").out
    assert "layer_with_weights-0/ " in out and "    momentum " in out
    assert ".ATTRIBUTES" not in out and ".OPTIMIZER_SLOT" not in out


def test_short_paths_name_tensors(cairn, corpus):
    path = corpus / "tf_features/tf2_objects/ckpt-3"
    key = "optimizer/_trainable_variables/0/.ATTRIBUTES/VARIABLE_VALUE"
    ran = cairn("cat", path, "model/_functional/_operations/1/_kernel")
    assert ran.code == 0 and ran.out == cairn("cat", path, key).out and repr(key) in ran.err
    names = {line.split()[0] for line in cairn("ls", path, "model/**/_kernel").out.splitlines()[:-1]}
    assert names == {key, "optimizer/_trainable_variables/4/.ATTRIBUTES/VARIABLE_VALUE"}
    assert "2 of 28 tensors" in cairn("ls", path, "model/**/_kernel").out
    assert cairn("stats", path, "model/**/_kernel").code == 0


def test_what_an_optimizer_keeps_stands_beside_its_variable(cairn, corpus):
    """Of Keras 3 too, where it lies in lists."""
    path = corpus / "tf_features/tf2_objects/ckpt-3"
    values = {}
    for slot, key in (("momentum", "_variables/2"), ("velocity", "_variables/3")):
        ran = cairn("cat", path, f"model/_functional/_operations/1/_kernel/{slot}")
        assert f"optimizer/{key}/.ATTRIBUTES" in ran.err
        values[slot] = ran.out
    assert values["momentum"] != values["velocity"]


@pytest.mark.parametrize("optimizer,slots", [("adam", ["momentum", "velocity"]), ("rmsprop", ["velocity"]),
                                             ("adagrad", ["accumulator"]), ("lion", ["momentum"])])
def test_slots_of_the_optimizers_of_keras(cairn, tmp_path, optimizer, slots):
    model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(2)])
    model.compile(optimizer, "mse")
    model.fit(tf.zeros((4, 3)), tf.zeros((4, 2)), verbose=0)
    path = tf.train.Checkpoint(model=model).save(str(tmp_path / "ckpt"))
    said = json.loads(cairn("info", "--json", path).out)
    assert said["slots"] == [{"name": slot, "variables": 2} for slot in slots]


def test_keras_models_of_today(cairn, tmp_path):
    model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(2, name="first"), tf.keras.layers.Dense(1)])
    model.compile("adam", "mse")
    path = tf.train.Checkpoint(model=model).save(str(tmp_path / "ckpt"))
    out = cairn("ls", "--tree", path).out
    assert "model/ " in out and "_kernel" in out and "save_counter" in out and ".ATTRIBUTES" not in out
    assert out.splitlines()[-1] == cairn("ls", path).out.splitlines()[-1]


def test_a_damaged_graph_is_a_warning(cairn, tmp_path):
    prefix = save(str(tmp_path / "model"), {"_CHECKPOINTABLE_OBJECT_GRAPH": tf.constant(b"no message"), "a/b": tf.constant(1)})
    ran = cairn("ls", "--tree", prefix)
    assert ran.code == 0 and "warning: the object graph cannot be read" in ran.err
    assert "a/ " in ran.out and "  b " in ran.out


def test_tree_excludes_long(cairn, small):
    for tree in (["--tree"], ["--depth", "1"]):
        ran = cairn("ls", *tree, "--long", small)
        assert ran.code == 2 and "excludes" in ran.err


def test_depth_shows_the_totals_of_what_is_below(cairn, small):
    whole = cairn("ls", "--tree", small).out.splitlines()
    top = cairn("ls", "--tree", "--depth", "1", small).out.splitlines()
    assert [line.split()[0] for line in top[:-1]] == ["conv0/", "fc/", "global_step", "labels"]
    assert [line.split() for line in top] == [line.split() for line in whole if not line.startswith(" ")]
    assert cairn("ls", "--depth", "1", small).out.splitlines() == top
    second = cairn("ls", "--depth", "2", small).out
    assert [line.split() for line in second.splitlines()] == [line.split() for line in whole if "Adam" not in line]
    assert cairn("ls", "--depth", "0", small).code == 2


def test_tree_as_json(cairn, small):
    document = json.loads(cairn("ls", "--tree", "--json", small).out)
    assert list(document) == ["schema_version", "format", "path", "tree"] and document["path"] == small
    conv, fc, step, _ = document["tree"]
    assert conv["name"] == "conv0" and [child["tensor"] for child in conv["children"]] == ["conv0/W"]
    assert {key: fc[key] for key in ("name", "tensors", "parameters", "training_parameters", "nbytes")} == {
        "name": "fc", "tensors": 3, "parameters": 16, "training_parameters": 12, "nbytes": 112}
    assert [(child["name"], "children" in child) for child in fc["children"]] == [("W", False), ("W", True), ("b", False)]
    assert step == {"name": "global_step", "tensor": "global_step", "dtype": "int64", "shape": [], "nbytes": 8}
    top = json.loads(cairn("ls", "--depth", "1", "--json", small).out)["tree"]
    assert top == [{key: value for key, value in node.items() if key != "children"} for node in document["tree"]]


def test_objects_in_json_have_both_names(cairn, corpus):
    path = corpus / "tf_features/tf2_objects/ckpt-3"
    tensors = {}

    def walk(nodes, above):
        for node in nodes:
            walk(node.get("children", []), [*above, node["name"]])
            if "tensor" in node:
                tensors[node["tensor"]] = "/".join([*above, node["name"]])

    walk(json.loads(cairn("ls", "--tree", "--json", path).out)["tree"], [])
    assert set(tensors) == {tensor["name"] for tensor in json.loads(cairn("ls", "--json", path).out)["tensors"]}
    assert tensors["optimizer/_trainable_variables/0/.ATTRIBUTES/VARIABLE_VALUE"] == "model/_functional/_operations/1/_kernel"


def test_dots_separate_where_no_name_has_a_slash(cairn, tmp_path):
    prefix = save(str(tmp_path / "dots"), {f"h.{i}.w": np.float32(i) for i in (0, 1, 10)})
    lines = [line.split()[0] for line in cairn("ls", "--tree", prefix).out.splitlines()]
    assert lines[:-1] == ["h.", "0.", "w", "1.", "w", "10.", "w"]
    mixed = save(str(tmp_path / "mixed"), {"h.0.w": np.float32(0), "a/b": np.float32(0)})
    assert [line.split()[0] for line in cairn("ls", "--tree", mixed).out.splitlines()][:-1] == ["a/", "b", "h.0.w"]


def test_the_tree_is_sorted(cairn, tmp_path):
    prefix = save(str(tmp_path / "m"), {f"{name}/{i}": np.zeros(n * (i + 1), np.int8) for name, n in (("a", 1), ("b", 9))
                                        for i in (2, 10)})
    def order(*options):
        return [line.split()[0] for line in cairn("ls", "--tree", *options, prefix).out.splitlines()][:-1]

    assert order() == ["a/", "10", "2", "b/", "10", "2"]
    assert order("--sort", "name") == ["a/", "2", "10", "b/", "2", "10"]
    assert order("--sort", "size") == ["b/", "10", "2", "a/", "10", "2"]


def test_many_parts_are_cut(cairn, tmp_path):
    prefix = save(str(tmp_path / "model"), {"/".join("x" * 200): tf.constant(1)})
    assert len(cairn("ls", "--tree", prefix).out.splitlines()) == 33
