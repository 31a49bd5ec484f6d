"""The three names of the tensors of a TF2 checkpoint: keys, short paths, and the full names of variables."""
import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

KEY = "optimizer/_trainable_variables/0/.ATTRIBUTES/VARIABLE_VALUE"
PATH = "model/_functional/_operations/1/_kernel"
FULL = "net/conv/kernel"


def make_model():
    model = tf.keras.Sequential([tf.keras.layers.Input((8, 8, 3)), tf.keras.layers.Conv2D(4, 3, name="conv"),
                                 tf.keras.layers.BatchNormalization(name="bn"), tf.keras.layers.Dropout(0.5), tf.keras.layers.Flatten(),
                                 tf.keras.layers.Dense(5, name="top")], name="net")
    model.compile(tf.keras.optimizers.Adam(name="adam"), "mse", metrics=["mae"])
    return model


@pytest.fixture(scope="module")
def keras(tmp_path_factory):
    """(a trained model, its checkpoint)"""
    model = make_model()
    model.fit(tf.random.normal((4, 8, 8, 3), seed=1), tf.zeros((4, 5)), verbose=0)
    path = str(tmp_path_factory.mktemp("keras") / "ckpt")
    return model, tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(path)


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Two variables of one name, and one whose key is that name."""
    root = tf.train.Checkpoint(a=tf.Module(), b=tf.Module(), c=tf.Module())
    root.a.v, root.b.v = tf.Variable([1.0], name="total"), tf.Variable([2.0], name="total")
    root.c.v = tf.Variable([3.0], name="count")
    return root.write(str(tmp_path_factory.mktemp("twins") / "ckpt"))


def listed(cairn, *args):
    return [line.split()[0] for line in cairn("ls", *args).out.splitlines()[:-1]]


@pytest.mark.parametrize("name", [KEY, PATH, FULL])
def test_every_verb_takes_every_name(cairn, keras, tmp_path, name):
    model, path = keras
    npy = cairn("cat", "--npy", path, name)
    np.testing.assert_array_equal(np.load(__import__("io").BytesIO(npy.out_bytes)), model.layers[0].weights[0].numpy())
    assert listed(cairn, path, name) == [KEY]
    assert KEY not in listed(cairn, "--exclude", name, path)
    assert cairn("stats", path, name).out.count("float32") >= 1 and cairn("stats", path, name).code == 0
    for i, (rule, expected) in enumerate(((["--select", name], [KEY]), (["--select", name, "--rename", f"{name}=w"], ["w"]),
                                          (["--select", name, "--sub", f"s#^{name}$#w#"], ["w"]))):
        ran = cairn("convert", *rule, path, tmp_path / f"{i}.npz")
        assert ran.code == 0, ran.err
        assert [n for n in np.load(tmp_path / f"{i}.npz") if not n.startswith("_")] == expected


@pytest.mark.parametrize("name", [KEY, PATH, FULL])
def test_every_change_takes_every_name(cairn, keras, tmp_path, name):
    model, path = keras
    kernel = model.layers[0].weights[0].numpy()
    np.save(tmp_path / "set.npy", np.ones(3, np.float32))
    for i, (options, expected) in enumerate([
            (["--transpose", f"{name}=3,2,1,0"], kernel.T), (["--reshape", f"{name}=-1"], kernel.ravel()), (["--slice", f"{name}=:,0"], kernel[:, 0]),
            (["--pad", f"{name}=0:0,1:0,0:0,0:0"], np.pad(kernel, [(0, 0), (1, 0), (0, 0), (0, 0)])), (["--dtype", f"float64:{name}"], kernel.astype(np.float64)),
            (["--set", f"{name}={tmp_path}/set.npy"], np.ones(3, np.float32)), (["--split", f"{name}=a,{KEY},c"], kernel[1:2]),
            (["--concat", f"{KEY}={name}"], kernel)]):
        ran = cairn("convert", *options, path, tmp_path / f"{i}.npz")
        assert ran.code == 0, (options, ran.err)
        found = np.load(tmp_path / f"{i}.npz")[KEY]
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


def test_a_name_of_several_tensors_is_not_split(cairn, twins, tmp_path):
    for options in (["--split", "total=x"], ["--concat", "x=total"], ["--set", f"total={tmp_path}/set.npy"]):
        np.save(tmp_path / "set.npy", np.ones(3, np.float32))
        ran = cairn("convert", *options, twins, tmp_path / "out.npz")
        assert ran.code == 2 and "'total' is the name of 2 tensors" in ran.err and "name each by its key" in ran.err, ran.err


def test_prefixes_of_every_name_are_renamed(cairn, keras, tmp_path):
    _, path = keras
    select = ["--select", "net/conv/*"]
    for rename, expected in (("net/conv/=c/", {"c/kernel", "c/bias"}), ("model/_functional/_operations/1/=c/", {"c/_kernel", "c/bias"}),
                             ("optimizer/_trainable_variables/=c/", {KEY.replace("optimizer/_trainable_variables", "c"),
                                                                     KEY.replace("optimizer/_trainable_variables/0", "c/1")})):
        target = tmp_path / f"{len(rename)}.npz"
        assert cairn("convert", *select, "--rename", rename, path, target).code == 0
        assert {n for n in np.load(target) if not n.startswith("_")} == expected


def test_ls_lists_by_any_name(cairn, keras):
    model, path = keras
    assert KEY in listed(cairn, path) and listed(cairn, path) == listed(cairn, "--names=key", path)
    assert PATH in listed(cairn, "--names=path", path) and PATH + "/momentum" in listed(cairn, "--names", "path", path)
    full = listed(cairn, "--names=full", path)
    assert full == sorted(full)
    assert {v.path for v in model.variables if "seed" not in v.path} <= set(full) and "adam/net_conv_kernel_momentum" in full
    assert "_CHECKPOINTABLE_OBJECT_GRAPH" in full  # it has no other name
    tree = cairn("ls", "--tree", "--names=full", path).out
    assert tree.splitlines()[1].split()[0] == "adam/" and "  net/" not in tree and "net/ " in tree


def test_json_has_all_names(cairn, keras):
    _, path = keras
    for style, name in (("key", KEY), ("path", PATH), ("full", FULL)):
        tensors = json.loads(cairn("ls", "--json", f"--names={style}", path).out)["tensors"]
        found = [t for t in tensors if t["name"] == name]
        assert len(found) == 1 and (found[0]["key"], found[0]["path"], found[0]["full_name"]) == (KEY, PATH, FULL)
    (graph,) = [t for t in tensors if t["name"] == "_CHECKPOINTABLE_OBJECT_GRAPH"]
    assert "key" not in graph and "path" not in graph


def test_hints_know_every_name(cairn, keras, tmp_path):
    _, path = keras
    assert "did you mean 'net/conv/kernel'" in cairn("cat", path, "net/conv/kernl").err
    assert "did you mean 'net/conv/kernel'" in cairn("ls", path, "net/conv/kernl").err
    assert "write 'net/conv/**' for all" in cairn("ls", path, "net/conv").err
    ran = cairn("convert", "--rename", "net/conv/kernl=x", path, tmp_path / "x")
    assert ran.code == 2 or ran.code == 1
    assert "'net/conv/kernel'" in ran.err


@pytest.mark.parametrize("target", ["full.npz", "full.safetensors", "full"])
def test_full_names_are_written(cairn, keras, tmp_path, target):
    model, path = keras
    ran = cairn("convert", "--names=full", path, tmp_path / target)
    assert ran.code == 0, ran.err
    assert ("not by object (tf.train.Checkpoint)" in ran.err) == (target == "full")
    back = cairn("convert", tmp_path / target, tmp_path / "back")
    assert back.code == 0, back.err
    reader = tf.train.load_checkpoint(str(tmp_path / "back"))
    for v in model.weights:
        np.testing.assert_array_equal(reader.get_tensor(v.path), v.numpy())
    assert cairn("verify", tmp_path / target).code == 0  # the graph names these names
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        variables = {n: tf.compat.v1.get_variable(f"v{i}", s) for i, (n, s) in enumerate(tf.train.list_variables(str(tmp_path / "back")))
                     if n.startswith("net/")}
        tf.compat.v1.train.Saver(variables).restore(session, str(tmp_path / "back"))
        np.testing.assert_array_equal(session.run(variables[FULL]), reader.get_tensor(FULL))


def test_paths_are_written(cairn, keras, tmp_path):
    _, path = keras
    assert cairn("convert", "--names=path", "--rename", "model/=net/", "--select", "model/**", path, tmp_path / "p.npz").code == 0
    names = {n for n in np.load(tmp_path / "p.npz") if not n.startswith("_")}
    assert "net/_functional/_operations/1/_kernel" in names and all(n.startswith("net/") for n in names)


def test_a_name_of_two_variables_lists_their_keys(cairn, twins, tmp_path):
    keys = ["a/v/.ATTRIBUTES/VARIABLE_VALUE", "b/v/.ATTRIBUTES/VARIABLE_VALUE"]
    for ran in (cairn("cat", twins, "total"), cairn("convert", "--rename", "total=x", twins, tmp_path / "x.npz")):
        assert ran.code == 2 and f"'total' is the name of 2 tensors: {keys[0]!r}, {keys[1]!r}" in ran.err, ran.err
    ran = cairn("ls", twins, "total")
    assert ran.code == 0 and "2 of 4 tensors" in ran.out and keys[0] in ran.err and keys[1] in ran.err
    assert listed(cairn, "--names=full", twins).count("total") == 2
    ran = cairn("convert", "--names=full", twins, tmp_path / "x.npz")
    assert ran.code == 2 and keys[0] in ran.err and keys[1] in ran.err and not (tmp_path / "x.npz").exists()
    assert cairn("convert", "--names=full", "--exclude", "b/**", twins, tmp_path / "x.npz").code == 0
    assert "total" in np.load(tmp_path / "x.npz")


def test_a_plain_key_wins(cairn, twins, tmp_path):
    """A checkpoint in which the key of one tensor is the full name of others."""
    ran = cairn("convert", "--rename", "c/v/.ATTRIBUTES/VARIABLE_VALUE=total", twins, tmp_path / "m")
    assert ran.code == 0, ran.err
    assert cairn("cat", tmp_path / "m", "total").out == "[3.]\n"
    assert cairn("convert", "--rename", "total=x", tmp_path / "m", tmp_path / "n").code == 0
    assert cairn("cat", tmp_path / "n", "x").out == "[3.]\n"


def test_the_model_is_counted_apart_from_training_state(cairn, keras):
    model, path = keras
    count = model.count_params()
    said = json.loads(cairn("info", "--json", path).out)
    optimizer = sum(int(np.prod(v.shape)) for v in model.optimizer.variables)
    assert (said["parameters"], said["training_parameters"]) == (count, optimizer + 1)  # and the save counter
    text = f"{count:,} parameters and {optimizer + 1:,} of training state"
    assert text in cairn("ls", path).out.splitlines()[-1] and text in cairn("info", path).out
    assert text in cairn("ls", "--tree", path).out.splitlines()[-1]


def test_resnet50_with_adam(cairn, tmp_path):
    model = tf.keras.applications.ResNet50(weights=None, classes=100)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    path = tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(str(tmp_path / "ckpt"))
    assert model.count_params() == 23792612
    said = json.loads(cairn("info", "--json", path).out)
    assert said["parameters"] == 23792612 and said["parameters"] + said["training_parameters"] == 71271599
    assert cairn("cat", "--slice", "0,0,0,0", path, "conv1_conv/kernel").code == 0
    assert "23,792,612 parameters" in cairn("ls", path, "conv1_conv/**", "**/*").out.splitlines()[-1]


OPTIMIZERS = {
    "sgd": lambda: tf.keras.optimizers.SGD(0.1),
    "averages": lambda: tf.keras.optimizers.SGD(0.1, momentum=0.9, use_ema=True),
    "loss scale": lambda: tf.keras.optimizers.LossScaleOptimizer(tf.keras.optimizers.Adam()),
    "accumulated": lambda: tf.keras.optimizers.Adam(gradient_accumulation_steps=2),
    "schedule": lambda: tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)),
    "rmsprop": lambda: tf.keras.optimizers.RMSprop(centered=True),
    "ftrl": lambda: tf.keras.optimizers.Ftrl(),
    "adafactor": lambda: tf.keras.optimizers.Adafactor(),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("layout", ["model", "both", "under other names", "the optimizer first"])
def test_the_state_of_every_optimizer(cairn, tmp_path, optimizer, layout):
    model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(2), tf.keras.layers.BatchNormalization()])
    model.compile(OPTIMIZERS[optimizer](), "mse")
    model.fit(tf.zeros((4, 3)), tf.zeros((4, 2)), verbose=0)
    objects = {"model": {"model": model}, "both": {"model": model, "optimizer": model.optimizer},
               "under other names": {"net": model, "trainer": model.optimizer, "step": tf.Variable(1.0)},
               "the optimizer first": {"a": model.optimizer, "z": model}}[layout]
    path = tf.train.Checkpoint(**objects).save(str(tmp_path / "ckpt"))
    extra = 1 if "step" in objects else 0
    assert json.loads(cairn("info", "--json", path).out)["parameters"] == model.count_params() + extra


def test_completion_offers_every_name(cairn, keras):
    _, path = keras
    names = cairn("completion", "bash", "--names", path).out.splitlines()
    assert {KEY, PATH, FULL, "_CHECKPOINTABLE_OBJECT_GRAPH"} <= set(names) and len(names) == len(set(names))


def test_damage_of_the_graph_leaves_the_keys(cairn, keras, tmp_path):
    _, path = keras
    assert cairn("convert", path, tmp_path / "m").code == 0
    listing = json.loads(cairn("ls", "--json", "--long", tmp_path / "m").out)["tensors"]
    (offset,) = [t["offset"] for t in listing if t["name"] == "_CHECKPOINTABLE_OBJECT_GRAPH"]
    data = pathlib.Path(str(tmp_path / "m") + ".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[offset + 40] ^= 1
    data.write_bytes(content)
    ran = cairn("ls", "--names=full", tmp_path / "m")
    assert ran.code == 0 and KEY in ran.out and ran.err.count("warning: the object graph cannot be read") == 1
