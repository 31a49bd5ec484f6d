"""`cairn prune` against the recorded runs of dump-model-params, and what comes out against TensorFlow, numpy and safetensors."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from conftest import CAIRN, save

# What ours does otherwise, with the reason: `code` of a run that ends in an error and what it says, or the values that are kept.
BARE = ("everything would be kept, which is `cairn convert`: a checkpoint without metagraph is an error", 2, "--meta ")
EXPECTED = {
    "training run without --meta, npz: everything": BARE,
    "training run without --meta, checkpoint: everything": BARE,
    "keys with :0, no --meta, output is a checkpoint": BARE,
    "entry of two slices, no --meta": BARE,
    "output exists already, npz: overwritten": BARE,
    "output .npy is refused": BARE,
    "output in a directory that does not exist, npz": BARE,
    "output in a directory that does not exist, checkpoint": BARE,
    "training run, directory without --meta: the metagraph is chosen, said, and NOT used: everything":
        ("the metagraph of the directory is used", "training run, directory with --meta"),
    "training run, directory with a --meta that does not exist: the one of the directory is used instead":
        ("a given metagraph always wins, and is not there", 2, "gone.meta"),
    "partitioned variable: its parts are not in the checkpoint (which of the two is named is chance)":
        ("the parts are saved as slices of the whole", {"emb:0": np.float32([[0, 0]] * 3 + [[1, 1]] * 2)}),
    "metagraph without collections: an empty npz": ("an empty result helps nobody", 2, "--outputs NAME or --signature NAME"),
    "metagraph with an unknown op": ("the metagraph is read as data", {"w:0": np.float32([1, 1])}),
    # Which checkpoint a directory means is decided by its state file, in every verb.
    "directory: two metagraphs, three models; --meta": ("a given metagraph always wins", {"w:0": np.float32([10, 10]), "b:0": np.float32([10, 10])}),
    "directory: two metagraphs, three models; no --meta":
        ("the newest metagraph of the directory is used", {n + ":0": np.float32([10, 10]) for n in ("model", "resource", "trained")}),
}


def rows():
    corpus = os.environ.get("CAIRN_CORPUS", "")
    path = os.path.join(corpus, "tensorpack", "dump", "dump.json")
    return json.load(open(path)) if os.path.exists(path) else []


@pytest.fixture
def work(corpus, tmp_path):
    """The folder in which the runs were recorded."""
    recorded = corpus / "tensorpack" / "dump"
    for name in ("m", "c", "d"):
        shutil.copytree(recorded / name, tmp_path / name, copy_function=shutil.copyfile)
    shutil.copytree(corpus / "tensorpack" / "train_run", tmp_path / "run", copy_function=shutil.copyfile)
    for folder in [tmp_path, *tmp_path.rglob("*")]:
        if folder.is_dir():
            folder.chmod(0o755)
    (tmp_path / "d" / "nothing").mkdir(exist_ok=True)
    (tmp_path / "out").mkdir()
    shutil.copyfile(recorded / "out" / "run_all.npz", tmp_path / "out" / "run_all.npz")
    return tmp_path


def read(path):
    import tensorflow as tf

    if str(path).endswith(".npz"):
        with np.load(path) as file:
            return {name: file[name] for name in file.files}
    reader = tf.train.load_checkpoint(str(path))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def described(arrays):
    return {name: [str(a.dtype), list(a.shape), hashlib.sha256(a.tobytes()).hexdigest()] for name, a in arrays.items()}


def written(row):
    return {name: [t["dtype"], t["shape"], t["sha256"]] for name, t in row["outcome"]["written"].items()}


def test_all_recorded_runs_are_there(corpus):
    assert len(rows()) == 38 and set(EXPECTED) <= {row["description"] for row in rows()}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["description"][:60])
def test_recorded_run(cairn, work, row):
    meta = next((work / "run").glob("graph-*.meta")).name
    arguments = [a.replace("graph-$TIME.meta", meta) for a in row["command"][1:]]
    if "run_all" in "".join(arguments[-1:]):
        (work / arguments[-1]).unlink(missing_ok=True)
    ran = cairn("prune", *arguments, cwd=work)
    expected = EXPECTED.get(row["description"])
    if expected is None and row["outcome"]["error"]:
        assert ran.code in (1, 2) and ran.err, ran.out
        return
    if expected is None:
        assert ran.code == 0, ran.err
        assert described(read(work / arguments[-1])) == written(row)
        return
    if isinstance(expected[1], int):
        assert ran.code == expected[1] and expected[2] in ran.err, ran.err
        assert not os.path.exists(work / arguments[-1])
        return
    assert ran.code == 0, ran.err
    if isinstance(expected[1], str):
        expected = (expected[0], {name: value for name, value in written(next(r for r in rows() if r["description"] == expected[1])).items()})
        assert described(read(work / arguments[-1])) == expected[1]
    else:
        assert described(read(work / arguments[-1])) == described(expected[1])


def test_the_report_counts_every_entry(cairn, work):
    ran = cairn("prune", "--json", "run", "model.npz", cwd=work)
    told = json.loads(ran.out)
    assert ran.code == 0 and told["schema_version"] == 1 and told["graph"].endswith(".meta")
    kept, dropped = {t["source"] for t in told["kept"]}, {t["name"] for t in told["dropped"]}
    everything = read(work / "run" / "model-12")
    assert kept | dropped == set(everything) and not kept & dropped
    assert all(t["why"] for t in told["dropped"])
    assert told["nbytes_before"] == sum(a.nbytes for a in everything.values())
    assert told["nbytes_after"] == sum(everything[name].nbytes for name in kept)
    assert told["written"] == os.path.getsize(work / "model.npz")


def test_a_dry_run_writes_nothing(cairn, work):
    ran = cairn("prune", "--dry-run", "run", "model.npz", cwd=work)
    assert ran.code == 0 and not (work / "model.npz").exists()
    lines = ran.out.splitlines()
    assert sum(line.startswith("keep  ") for line in lines) == 7 and sum(line.startswith("drop  ") for line in lines) == 14
    assert "drop  conv0/W/Adam  is neither trainable nor a model variable" in lines
    assert json.loads(cairn("prune", "--dry-run", "--json", "run", "model.npz", cwd=work).out)["written"] is None


def test_options_of_making(cairn, work):
    ran = cairn("prune", "--exclude", "fc0/*", "--rename", "conv0/W=first", "run", "model.npz", cwd=work)
    assert ran.code == 0, ran.err
    assert set(read(work / "model.npz")) == {"first:0", "bn0/beta:0", "bn0/gamma:0", "bn0/mean/EMA:0", "bn0/variance/EMA:0"}
    assert cairn("prune", "run", "model.npz", cwd=work).code == 2  # it is there
    assert cairn("prune", "--force", "run", "model.npz", cwd=work).code == 0
    assert cairn("prune", "--select", "nothing", "run", "other.npz", cwd=work).code == 1
    told = json.loads(cairn("prune", "--json", "--dry-run", "--select", "conv0/W", "run", "other.npz", cwd=work).out)
    assert {"name": "fc0/W", "why": "is not selected"} in told["dropped"]


def test_what_comes_out_is_read_by_others(cairn, work):
    import tensorflow.compat.v1 as tf
    from safetensors.numpy import load_file

    for name in ("model", "model.safetensors"):
        assert cairn("prune", "run", name, cwd=work).code == 0
    everything = read(work / "run" / "model-12")
    loaded = load_file(work / "model.safetensors")
    with tf.Graph().as_default(), tf.Session() as session:
        variables = [tf.get_variable(name, a.shape, dtype=a.dtype) for name, a in loaded.items()]
        tf.train.Saver(variables).restore(session, str(work / "model"))
        restored = session.run({v.op.name: v for v in variables})
    assert len(loaded) == 7
    for name, array in loaded.items():
        np.testing.assert_array_equal(array, everything[name])
        np.testing.assert_array_equal(restored[name], everything[name])


def test_moving_averages_of_tensorflow_1(cairn, tmp_path):
    import tensorflow.compat.v1 as tf

    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", initializer=np.float32([1, 2]), use_resource=False)
        b = tf.get_variable("b", initializer=np.float32([5]), use_resource=False)
        frozen = tf.get_variable("frozen", initializer=np.float32([7]), trainable=False, collections=["variables", "model_variables"])
        with tf.control_dependencies([tf.train.ExponentialMovingAverage(0.5).apply([w, b])]):
            train = tf.assign_add(w, [1.0, 1.0]), frozen
        session.run([w.initializer, b.initializer])  # the averages begin with their values
        session.run(tf.global_variables_initializer())
        session.run(train)
        session.run(train)
        saver = tf.train.Saver()
        saver.save(session, str(tmp_path / "m"))
    before = read(tmp_path / "m")
    ran = cairn("prune", "--ema", str(tmp_path / "m"), str(tmp_path / "averages.npz"))
    assert ran.code == 0, ran.err
    after = read(tmp_path / "averages.npz")
    assert set(after) == {"w:0", "b:0", "frozen:0"}
    np.testing.assert_array_equal(after["w:0"], before["w/ExponentialMovingAverage"])
    np.testing.assert_array_equal(after["frozen:0"], before["frozen"])
    ran = cairn("convert", "--ema", str(tmp_path / "m"), str(tmp_path / "all"))
    assert ran.code == 0, ran.err
    assert set(read(tmp_path / "all")) == {"w", "b", "frozen"}
    np.testing.assert_array_equal(read(tmp_path / "all")["b"], before["b/ExponentialMovingAverage"])


def test_no_averages(cairn, work):
    # EMA/… of tensorpack are averages of summaries, and bn0/mean/EMA is a variable of its own.
    for verb in ("prune", "convert"):
        ran = cairn(verb, "--ema", "run", "x.npz", cwd=work)
        assert ran.code in (1, 2) and "no weight has a moving average" in ran.err


def test_drop_training_state_in_convert(cairn, work):
    ran = cairn("convert", "--drop-training-state", "run", "by_metagraph", cwd=work)
    assert ran.code == 0 and "left out 14 tensors" in ran.err
    assert len(read(work / "by_metagraph")) == 7
    # Without a metagraph names tell, by tensorpack's rule.
    ran = cairn("convert", "--drop-training-state", "run/model-12", "by_name", cwd=work)
    assert ran.code == 0, ran.err
    assert set(read(work / "run" / "model-12")) - set(read(work / "by_name")) == {
        f"{name}/{slot}" for name in ("bn0/beta", "bn0/gamma", "conv0/W", "fc0/W", "fc0/b") for slot in ("Adam", "Adam_1")}


@pytest.fixture(scope="module")
def keras_run(tmp_path_factory):
    """A checkpoint of a trained Keras model and its optimizer, whose kernels lie under optimizer/_trainable_variables."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(4, name="hidden"), keras.layers.BatchNormalization(),
                              keras.layers.Dense(2, name="out")])
    model.compile(keras.optimizers.Adam(use_ema=True), "mse", metrics=["mae"])
    rng = np.random.default_rng(1)
    model.fit(rng.normal(size=(8, 3)), rng.normal(size=(8, 2)), verbose=0)
    prefix = tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(str(tmp_path_factory.mktemp("keras") / "ck"))
    return prefix, model


def test_the_kernels_of_keras_stay(cairn, keras_run, tmp_path):
    prefix, model = keras_run
    assert any("optimizer/_trainable_variables" in name for name in read(prefix))
    for verb in ("prune", "convert --drop-training-state"):
        out = str(tmp_path / verb[:5])
        assert cairn(*verb.split(), prefix, out).code == 0
        kept = read(out)
        kept.pop("_CHECKPOINTABLE_OBJECT_GRAPH", None)
        assert sorted(a.tobytes() for a in kept.values()) == sorted(np.asarray(w).tobytes() for w in model.get_weights())
    told = json.loads(cairn("prune", "--dry-run", "--json", prefix, str(tmp_path / "x")).out)
    why = {t["name"].split("/.ATTRIBUTES")[0]: t["why"] for t in told["dropped"]}
    assert why["save_counter"] == "the number of saves" and why["optimizer/_iterations"] == "a variable of an optimizer"
    assert "a slot variable of an optimizer" in why.values()


def test_moving_averages_of_keras(cairn, keras_run, tmp_path):
    prefix, model = keras_run
    assert cairn("prune", "--ema", prefix, str(tmp_path / "averages")).code == 0
    kept = read(tmp_path / "averages")
    averages = [np.asarray(v) for v in model.optimizer._model_variables_moving_average]
    for i, average in enumerate(averages):
        np.testing.assert_array_equal(kept[f"optimizer/_trainable_variables/{i}/.ATTRIBUTES/VARIABLE_VALUE"], average)


def test_an_object_graph_stays_where_nothing_is_dropped(cairn, corpus, tmp_path):
    assert cairn("prune", str(corpus / "saved_model_java"), str(tmp_path / "m")).code == 0
    assert "_CHECKPOINTABLE_OBJECT_GRAPH" in read(tmp_path / "m")


def test_a_bare_checkpoint_is_told_what_to_name(cairn, work):
    ran = cairn("prune", "c/wb/model-10", "x.npz", cwd=work)
    assert ran.code == 2 and all(option in ran.err for option in ("--meta GRAPH", "--outputs NAME", "--signature NAME"))
    ran = cairn("prune", "run/model-12", "x.npz", cwd=work)
    assert ran.code == 2 and "add --meta run/graph-" in ran.err


def test_what_is_asked_for_must_be_there(cairn, work):
    meta = "run/" + next((work / "run").glob("graph-*.meta")).name
    for arguments, said in ((["--outputs", "fc0/outpu", "run", "x"], "did you mean"), (["--signature", "serve", "run", "x"], "it has none"),
                            (["--outputs", "y", "c/wb/model-10", "x"], "name it with --meta"),
                            (["--meta", meta, "--outputs", "fc0/W/read", "c/wb/model-10", "x"], "the graph needs 'fc0/W'")):
        ran = cairn("prune", *arguments, cwd=work)
        assert ran.code in (1, 2) and said in ran.err, ran.err


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A checkpoint of 96 MiB with a slot of as much, and a metagraph that tells them apart."""
    import tensorflow.compat.v1 as tf

    folder = tmp_path_factory.mktemp("large")
    with tf.Graph().as_default():
        tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_mean(tf.get_variable("w", [4096, 6144])))
        tf.train.export_meta_graph(str(folder / "graph-0131-120000.meta"))
    w = np.random.default_rng(1).normal(size=(4096, 6144)).astype(np.float32)
    save(str(folder / "model-1"), {"w": w, "w/Momentum": w + 1})
    return folder


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("verb", [("prune",), ("convert", "--drop-training-state")], ids=" ".join)
@pytest.mark.parametrize("name", ["model", "model.npz"])
def test_a_signal_leaves_the_old_or_the_new(cairn, large, tmp_path, verb, name, sent):
    def start():
        return subprocess.Popen([CAIRN, *verb, str(large), str(tmp_path / name)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    for delay in (0.005, 0.02, 0.04, 0.08):
        run = start()
        time.sleep(delay)
        run.send_signal(sent)
        run.communicate()
        left = {path.name for path in tmp_path.iterdir()}
        whole = run.returncode == 0
        if sent != signal.SIGKILL or whole:
            assert not [file for file in left if "tmp" in file], left
        if whole or cairn("ls", str(tmp_path / name)).code == 0:
            assert cairn("verify", str(tmp_path / name)).code == 0
        for file in left:
            (tmp_path / file).unlink()


@pytest.mark.parametrize("options", [["prune"], ["convert", "--drop-training-state"]], ids=" ".join)
@pytest.mark.parametrize("target", ["model", "model.safetensors", "model.npz"])
def test_keras_restores_a_pruned_checkpoint_by_its_objects(cairn, tmp_path, options, target):
    import tensorflow as tf

    def build():
        tf.keras.utils.set_random_seed(3)
        model = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.Dense(3), tf.keras.layers.BatchNormalization(), tf.keras.layers.Dense(2)])
        model.compile("adam", "mse")
        return model

    model = build()
    model.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0)
    tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(str(tmp_path / "full"))
    ran = cairn(*options, tmp_path / "full-1", tmp_path / target)
    assert ran.code == 0, ran.err
    assert cairn("verify", "--strict", tmp_path / target).code == 0
    # The object graph goes through every format.
    assert cairn("convert", tmp_path / target, tmp_path / "again").code == 0
    other = build()
    other.set_weights([np.zeros_like(weight) for weight in other.get_weights()])
    tf.train.Checkpoint(model=other).restore(str(tmp_path / "again")).expect_partial()
    for expected, found in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_array_equal(expected, found)
    names = cairn("ls", tmp_path / "again").out
    assert "iterations" not in names and "learning_rate" not in names
