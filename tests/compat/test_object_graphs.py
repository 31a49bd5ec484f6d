"""The object graph of a checkpoint whose tensors were renamed or left out: real TensorFlow and Keras restore what is left, by object and
by name."""
import json
import os
import pathlib
import subprocess

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import trackable_object_graph_pb2
from tensorflow.python.checkpoint import util as tf_util

CAIRN = os.environ.get("CAIRN", "cairn")
GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


def convert(*args):
    done = subprocess.run([CAIRN, "convert", "-q", *map(str, args)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return str(args[-1])


def cairn(*args):
    return subprocess.run([CAIRN, *map(str, args)], capture_output=True, text=True)


def make_model(compiled=True):
    model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(4, name="first"),
                                 tf.keras.layers.BatchNormalization(name="norm"), tf.keras.layers.Dense(1, name="last")])
    if compiled:
        model.compile("adam", "mse")
    return model


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model and its optimizer after a step: (the model, the checkpoint)."""
    model = make_model()
    rng = np.random.default_rng(1)
    model.fit(rng.normal(size=(8, 3)), rng.normal(size=(8, 1)), verbose=0)
    path = str(tmp_path_factory.mktemp("trained") / "ckpt")
    return model, tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(path)


def graph_of(path):
    graph = trackable_object_graph_pb2.TrackableObjectGraph()
    graph.ParseFromString(tf.train.load_checkpoint(path).get_tensor(GRAPH))
    return graph


def keys_of(graph):
    return {attribute.checkpoint_key for node in graph.nodes for attribute in node.attributes}


def tensors_of(path):
    return {name for name, _ in tf.train.list_variables(path)} - {GRAPH}


def full_names(path):
    return {a.full_name: a.checkpoint_key for node in graph_of(path).nodes for a in node.attributes}


def assert_is_true(path):
    """The graph names exactly the tensors that are there."""
    assert keys_of(graph_of(path)) == tensors_of(path)
    assert cairn("verify", "--strict", path).returncode == 0


def assert_same_weights(a, b):
    for x, y in zip(a.weights, b.weights, strict=True):
        np.testing.assert_array_equal(x.numpy(), y.numpy())


# The optimizer's own variables; it lists those of the model under optimizer/_trainable_variables.
WITHOUT_OPTIMIZER = [word for part in ("_variables", "_iterations", "_learning_rate") for word in ("--exclude", f"optimizer/{part}/**")]

WAYS = {
    "a prefix is renamed": ["--rename", "model/=net/"],
    "every key gets a prefix": ["--rename", "=all/"],
    "every key is another": ["--sub", r"s/^optimizer\/(_[tv])\w+\/(\d+)/k\1\2/"],
    "the optimizer is left out": WITHOUT_OPTIMIZER,
    "the model alone is selected": ["--select", "model/**", "--select", "optimizer/_trainable_variables/**"],
    "renamed and left out": [*WITHOUT_OPTIMIZER, "--rename", "optimizer/_trainable_variables/=w/"],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("by", ["tf", "safetensors", "npz"])
def test_keras_restores_what_is_left(trained, tmp_path, way, by):
    model, source = trained
    path = str(tmp_path / "new")
    if by == "tf":
        convert(*WAYS[way], source, path)
    else:
        convert(convert(*WAYS[way], source, tmp_path / f"new.{by}"), path)
    assert_is_true(path)
    again = make_model()
    has_optimizer = "adam/iteration" in full_names(path)
    if has_optimizer:
        again.optimizer.build(again.trainable_variables)
        tf.train.Checkpoint(model=again, optimizer=again.optimizer).restore(path).assert_consumed()
    else:
        again = make_model(compiled=False)
        tf.train.Checkpoint(model=again).read(path).assert_existing_objects_matched().expect_partial()
    assert_same_weights(model, again)
    if has_optimizer:
        for x, y in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
            np.testing.assert_array_equal(x.numpy(), y.numpy())


def test_objects_that_led_to_what_is_left_out_are_gone_and_no_other(trained, tmp_path):
    _, source = trained
    left = graph_of(convert(*WITHOUT_OPTIMIZER, source, tmp_path / "new"))
    edges = {child.local_name for node in left.nodes for child in node.children}
    assert {"optimizer", "_trainable_variables", "_operations", "save_counter", "_inbound_nodes"} < edges
    assert not edges & {"_iterations", "_learning_rate", "_variables", "_momentums", "_velocities"}
    # TensorFlow's own mark of what leads to values is what it would write.
    marks = [node.has_checkpoint_values.value for node in left.nodes]
    tf_util.add_checkpoint_values_check(left)
    assert marks == [node.has_checkpoint_values.value for node in left.nodes]


def test_a_layer_alone(trained, tmp_path):
    model, source = trained
    path = convert("--select", "model/_functional/_operations/3/*", source, tmp_path / "layer")
    assert_is_true(path)
    assert len(tensors_of(path)) == 2  # kernel and bias
    again = make_model()
    before = [v.numpy() for v in again.get_layer("first").weights]
    tf.train.Checkpoint(model=again).read(path).expect_partial()
    for x, y in zip(model.get_layer("last").weights, again.get_layer("last").weights, strict=True):
        np.testing.assert_array_equal(x.numpy(), y.numpy())
    for x, y in zip(before, again.get_layer("first").weights, strict=True):
        np.testing.assert_array_equal(x, y.numpy())


@pytest.mark.parametrize("way", WAYS)
def test_savers_of_tensorflow_1_restore_by_name(trained, tmp_path, way):
    _, source = trained
    path = convert(*WAYS[way], source, tmp_path / "new")
    reader = tf.train.load_checkpoint(path)
    with tf.Graph().as_default():
        values = {name: reader.get_tensor(key) for name, key in full_names(path).items()}
        variables = {name: tf.compat.v1.get_variable(f"v{i}", value.shape, tf.as_dtype(value.dtype))
                     for i, (name, value) in enumerate(values.items())}
        saver = tf.compat.v1.train.Saver(variables)
        with tf.compat.v1.Session() as session:
            saver.restore(session, path)
            for name, variable in variables.items():
                np.testing.assert_array_equal(session.run(variable), values[name])


def test_slots_follow_their_variable(tmp_path):
    """Optimizers with slots: of the two variables one is left out, and its slots with it."""
    def variables():
        return tf.Variable([1.0, 2.0], name="a"), tf.Variable([3.0], name="b"), tf.compat.v1.train.AdamOptimizer(0.1)

    def step(a, b, optimizer):
        optimizer.apply_gradients([(tf.ones_like(a), a), (tf.ones_like(b), b)])

    a, b, optimizer = variables()
    step(a, b, optimizer)
    source = tf.train.Checkpoint(a=a, b=b, o=optimizer).write(str(tmp_path / "ckpt"))
    path = convert("--exclude", "a/**", "--rename", "b/=x/", source, tmp_path / "new")
    assert_is_true(path)
    slots = [(s.slot_name, graph_of(path).nodes[s.slot_variable_node_id].attributes[0].checkpoint_key)
             for node in graph_of(path).nodes for s in node.slot_variables]
    assert slots == [("m", "x/.OPTIMIZER_SLOT/o/m/.ATTRIBUTES/VARIABLE_VALUE"), ("v", "x/.OPTIMIZER_SLOT/o/v/.ATTRIBUTES/VARIABLE_VALUE")]
    c, d, again = variables()
    tf.train.Checkpoint(b=d, o=again).read(path).assert_existing_objects_matched()
    step(a, b, optimizer)
    step(c, d, again)  # with the restored moments
    np.testing.assert_array_equal(b.numpy(), d.numpy())


def test_renaming_there_and_back_gives_the_same_graph(trained, tmp_path):
    _, source = trained
    there = convert("--rename", "model/=net/", "--sub", "s/optimizer/o/", source, tmp_path / "there")
    back = convert("--rename", "net/=model/", "--sub", "s/^o\\//optimizer\\//", there, tmp_path / "back")
    assert graph_of(there) != graph_of(source)
    assert graph_of(back) == graph_of(source) and tensors_of(back) == tensors_of(source)


def test_a_plain_conversion_keeps_the_graph_to_the_bit(trained, tmp_path):
    _, source = trained
    path = convert(source, tmp_path / "new")
    assert tf.train.load_checkpoint(path).get_tensor(GRAPH) == tf.train.load_checkpoint(source).get_tensor(GRAPH)


def test_the_graph_goes_with_the_last_of_its_tensors(trained, tmp_path):
    _, source = trained
    extra = str(tmp_path / "extra")
    reader = tf.train.load_checkpoint(source)
    names = [*tensors_of(source), GRAPH]
    tf.raw_ops.SaveV2(prefix=extra, tensor_names=[*names, "other"], shape_and_slices=[""] * (len(names) + 1),
                      tensors=[*[tf.constant(reader.get_tensor(name)) for name in names], tf.constant(1)])
    for i, args in enumerate((["--select", "other"], ["--exclude", "**/VARIABLE_VALUE"], ["--exclude", GRAPH])):
        path = convert(*args, extra, tmp_path / f"new{i}")
        left = {name for name, _ in tf.train.list_variables(path)}
        assert left == ({*names, "other"} - {GRAPH} if GRAPH in args else {"other"})
    assert GRAPH in {name for name, _ in tf.train.list_variables(convert("--select", "save_counter/**", extra, tmp_path / "new3"))}


def test_a_graph_that_names_what_is_not_there_is_mended_by_a_conversion(trained, tmp_path):
    _, source = trained
    reader = tf.train.load_checkpoint(source)
    kept = sorted(tensors_of(source))[:5]
    tf.raw_ops.SaveV2(prefix=str(tmp_path / "bad"), tensor_names=[*kept, GRAPH], shape_and_slices=[""] * 6, tensors=[
        tf.constant(reader.get_tensor(name)) for name in [*kept, GRAPH]])
    missing = keys_of(graph_of(str(tmp_path / "bad"))) - set(kept)
    ran = cairn("verify", "--json", tmp_path / "bad")
    assert ran.returncode == 1
    assert {(f["reason"], f["tensor"]) for f in json.loads(ran.stdout)["findings"]} == {("E_GRAPH", key) for key in missing}
    assert_is_true(convert(tmp_path / "bad", tmp_path / "good"))


def test_keras_restores_what_a_repair_rescues(trained, tmp_path):
    model, source = trained
    broken = "optimizer/_trainable_variables/0/.ATTRIBUTES/VARIABLE_VALUE"
    bad = convert(source, tmp_path / "bad")
    data = pathlib.Path(bad + ".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    listing = json.loads(cairn("ls", "--json", "--long", bad).stdout)["tensors"]
    content[next(t["offset"] for t in listing if t["name"] == broken)] ^= 1
    data.write_bytes(content)
    path = str(tmp_path / "rescued")
    assert cairn("repair", bad, path).returncode == 1
    assert keys_of(graph_of(path)) == tensors_of(source) - {broken}
    again = make_model(compiled=False)
    tf.train.Checkpoint(model=again).read(path).expect_partial()
    for x, y in zip(model.weights[1:], again.weights[1:], strict=True):
        np.testing.assert_array_equal(x.numpy(), y.numpy())


DAMAGED = {"no message": b"no message", "cut": None, "a child that is not there": b"\x0a\x06\x0a\x04\x08\x09\x12\x00"}


@pytest.mark.parametrize("what", DAMAGED)
@pytest.mark.parametrize("rules", [["--rename", "a/=b/"], ["--select", "a/**"], ["--exclude", "c"], ["--sub", "s/a/b/"]])
def test_a_damaged_graph_is_an_error_that_says_how_to_leave_it_out(trained, tmp_path, what, rules):
    graph = DAMAGED[what] or tf.train.load_checkpoint(trained[1]).get_tensor(GRAPH)[:-3]
    tf.raw_ops.SaveV2(prefix=str(tmp_path / "bad"), tensor_names=[GRAPH, "a/w", "c"], shape_and_slices=[""] * 3,
                      tensors=[tf.constant(graph), tf.constant(1), tf.constant(2)])
    for target in ("new", "new.npz", "new.safetensors"):
        ran = cairn("convert", *rules, tmp_path / "bad", tmp_path / target)
        assert ran.returncode in (1, 2) and "the object graph cannot follow" in ran.stderr
        assert f"--exclude {GRAPH}" in ran.stderr, ran.stderr
        assert not list(tmp_path.glob("new*"))
    convert(*rules, "--exclude", GRAPH, tmp_path / "bad", tmp_path / "new")
    # As it is, it is copied as it is.
    assert tf.train.load_checkpoint(convert(tmp_path / "bad", tmp_path / "same")).get_tensor(GRAPH) == graph
