"""`cairn restore`: the plan of a restore into a graph, and the restore into a real TensorFlow."""
import importlib.util
import json
import os
import pathlib

import numpy as np
import pytest

from conftest import run_cairn, save

TRAINED = pathlib.Path(__file__).parents[1] / "golden" / "trained"
PACKAGE = importlib.util.find_spec("tensorflow").submodule_search_locations[0]


def restore(*args, **more):
    return run_cairn("restore", *map(str, args), env={"CAIRN_TENSORFLOW": PACKAGE}, **more)


def plan(*args):
    """The plan, which needs no TensorFlow."""
    return run_cairn("restore", "--plan", *map(str, args), env={"CAIRN_TENSORFLOW": "/nowhere"})


def statuses(ran):
    return {(item["variable"] or item["entry"]): item["status"] for item in json.loads(ran.out)["items"]}


@pytest.fixture
def graph(tmp_path):
    """y = x @ w + b, with slots, a counter and a signature; its variables begin with -1."""
    import tensorflow.compat.v1 as tf

    with tf.Graph().as_default() as built:
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        w = tf.get_variable("fc/W", [3, 2], initializer=tf.constant_initializer(-1), use_resource=False)
        b = tf.get_variable("fc/b", [2], initializer=tf.constant_initializer(-1), use_resource=True)
        tf.get_variable("fc/W/Adam", [3, 2], initializer=tf.constant_initializer(-1), use_resource=True, trainable=False)
        tf.get_variable("labels", [2], dtype=tf.string, initializer=tf.constant_initializer(["no", "none"]), use_resource=True, trainable=False)
        tf.add(tf.matmul(x, w), b, name="y")
        tf.group(tf.assign_add(tf.train.get_or_create_global_step(built), 1), name="count")
        meta = str(tmp_path / "graph.meta")
        tf.train.export_meta_graph(meta, graph=built)
    return meta


VALUES = {"fc/W": np.arange(6, dtype=np.float32).reshape(3, 2), "fc/b": np.float32([0.5, 0.25]), "global_step": np.int64(7)}


@pytest.fixture
def checkpoint(tmp_path):
    return save(str(tmp_path / "c" / "model-7"), VALUES)


# ---- the plan


def test_plan_of_a_run_into_its_own_graph():
    ran = plan(TRAINED / "model", "--into", TRAINED)
    assert ran.code == 0 and ran.err == ""
    lines = ran.out.splitlines()
    assert lines[0].split()[0] == "matched" and lines[-1].endswith(" matched")


def test_plan_says_what_is_missing_and_unexpected(graph, tmp_path):
    source = save(str(tmp_path / "s" / "model"), {"fc/W": VALUES["fc/W"], "fc/bias": VALUES["fc/b"], "fc/b/Adam": VALUES["fc/b"]})
    ran = plan(source, "--into", graph, "--json")
    assert ran.code == 0 and ran.err == ""
    document = json.loads(ran.out)
    assert document["schema_version"] == 1 and document["acceptable"] is True and document["error"] is None
    assert statuses(ran) == {"fc/W": "matched", "fc/b": "missing", "fc/W/Adam": "training_state", "labels": "missing", "global_step": "missing",
                             "fc/bias": "unexpected", "fc/b/Adam": "training_state"}
    of = {item["variable"]: item for item in document["items"]}
    assert of["fc/b"]["did_you_mean"] == ["fc/bias"] and of["fc/b"]["entry"] is None
    assert of["fc/W"] == {"status": "matched", "variable": "fc/W", "entry": "fc/W", "source": source, "nbytes": 24, "did_you_mean": [],
                          "detail": "float32[3,2]"}
    assert document["warnings"] == ["in the session, but not in the checkpoint: fc/b, labels, global_step", "in the checkpoint, but not restored: fc/bias"]


def test_each_class_has_its_policy(graph, checkpoint):
    assert plan(checkpoint, "--into", graph).code == 0
    ran = plan(checkpoint, "--into", graph, "--missing", "error")
    assert ran.code == 2 and "in the session, but not in the checkpoint: 'labels'" in ran.err
    ran = plan(checkpoint, "--into", graph, "--missing", "ignore")
    assert ran.code == 0 and ran.err == ""
    ran = plan(checkpoint, "--into", graph, "--missing", "perhaps")
    assert ran.code == 2 and "error, warn, ignore" in ran.err.replace("|", ", ")


def test_mismatches(graph, tmp_path):
    source = save(str(tmp_path / "s" / "model"), {"fc/W": np.zeros([2, 3], np.float32), "fc/b": np.zeros([3], np.float32), "global_step": np.int32(7)})
    ran = plan(source, "--into", graph)
    assert ran.code == 2
    for part in ("'fc/W': float32[2,3] in the checkpoint, float32[3,2] in the session", "'fc/b': float32[3]", "'global_step': int32[]"):
        assert part in ran.err
    ran = plan(source, "--into", graph, "--relaxed", "--json")
    assert ran.code == 0
    found = statuses(ran)
    assert (found["fc/W"], found["fc/b"], found["global_step"]) == ("reshaped", "mismatched", "cast")


def test_names_are_changed_before_they_are_matched(graph, tmp_path):
    source = save(str(tmp_path / "s" / "model"), {"net/fc/W": VALUES["fc/W"], "net/fc/b": VALUES["fc/b"]})
    ran = plan(source, "--into", graph, "--rename", "net/=", "--exclude", "**/b", "--json")
    assert ran.code == 0
    items = [item for item in json.loads(ran.out)["items"] if item["status"] == "matched"]
    assert [(item["variable"], item["entry"]) for item in items] == [("fc/W", "net/fc/W")]
    ran = plan(source, "--into", graph, "--sub", "s,^net/,,", "--ignore", "fc/b", "--json")
    assert statuses(ran)["fc/b"] == "ignored"


def test_the_last_of_several_sources_counts(graph, checkpoint, tmp_path):
    np.savez(tmp_path / "head.npz", **{"fc/b": np.float64([1, 2])})
    ran = plan(checkpoint, tmp_path / "head.npz", "--into", graph, "--json")
    assert ran.code == 0
    of_b = [(item["status"], item["source"]) for item in json.loads(ran.out)["items"] if item["variable"] == "fc/b"]
    assert of_b == [("overwritten", checkpoint), ("cast", str(tmp_path / "head.npz"))]


def test_rows_of_known_words_only(graph, tmp_path):
    source = save(str(tmp_path / "s" / "model"), {"fc/W": np.float32([[1, 1], [2, 2]])})
    (tmp_path / "old.txt").write_text("cat\ndog\n")
    (tmp_path / "new.txt").write_text("dog\nfox\ncat\n")
    rows = f"fc/W={tmp_path}/old.txt:{tmp_path}/new.txt"
    ran = plan(source, "--into", graph, "--rows", rows, "--json")
    assert statuses(ran)["fc/W"] == "partial"
    ran = restore(source, "--into", graph, "--rows", rows, "--save", tmp_path / "out.npz", "-q")
    assert ran.code == 0, ran.err
    assert np.load(tmp_path / "out.npz")["fc/W"].tolist() == [[2, 2], [-1, -1], [1, 1]]


def test_wrong_use(graph, checkpoint, tmp_path):
    ran = plan(checkpoint)
    assert ran.code == 2 and "--into is missing" in ran.err
    ran = plan(checkpoint, "--into", tmp_path / "gone.meta")
    assert ran.code == 2 and "gone.meta" in ran.err
    ran = plan(checkpoint, "--into", graph, "--engine", "torch")
    assert ran.code == 2 and "tensorflow" in ran.err
    assert plan(checkpoint, "--into", graph, "--engine", "tensorflow").code == 0
    ran = plan(tmp_path / "gone", "--into", graph)
    assert ran.code == 2 and "gone" in ran.err
    ran = run_cairn("restore", checkpoint, "--into", graph, env={"CAIRN_TENSORFLOW": "/nowhere"})
    assert ran.code == 2 and "pip install tensorflow-cpu" in ran.err and "/nowhere" in ran.err


def test_mistakes_are_found_before_anything_is_restored(graph, checkpoint, tmp_path):
    feed = ["--feed", f"x={tmp_path}/x.npy"]
    for more, words in [(["--feed", "x", "--fetch", "y"], "write it as NAME=FILE.npy"),
                        ([*feed, "--fetch", "y"], "x.npy"),
                        (feed, "nothing to run"),
                        (["--save", checkpoint], "choose another name for --save")]:
        ran = restore(checkpoint, "--into", graph, *more)
        assert ran.code == 2 and ran.out == "" and words in ran.err, ran.err
    for more in (["--run", "count"], ["--fetch", "y"], ["--save", tmp_path / "out.npz"]):
        ran = plan(checkpoint, "--into", graph, *more)
        assert ran.code == 2 and ran.out == "" and "leave out --plan" in ran.err


# ---- the restore


def test_restores_runs_and_saves(graph, checkpoint, tmp_path):
    x = np.float32([[1, 2, 3]])
    np.save(tmp_path / "x.npy", x)
    ran = restore(checkpoint, "--into", graph, "--feed", f"x={tmp_path}/x.npy", "--fetch", f"y={tmp_path}/y.npy", "--save", tmp_path / "out" / "model")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("restored 3 variables, 40 B, into ")
    assert np.array_equal(np.load(tmp_path / "y.npy"), x @ VALUES["fc/W"] + VALUES["fc/b"])

    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(tmp_path / "out" / "model"))
    assert np.array_equal(reader.get_tensor("fc/W"), VALUES["fc/W"]) and reader.get_tensor("global_step") == 7
    assert reader.get_tensor("fc/W/Adam").tolist() == [[-1, -1]] * 3, "what is missing is initialized"
    assert reader.get_tensor("labels").tolist() == [b"no", b"none"]


def test_an_op_is_run_by_name(graph, checkpoint, tmp_path):
    ran = restore(checkpoint, "--into", graph, "--run", "count", "--save", tmp_path / "out.npz")
    assert ran.code == 0, ran.err
    assert np.load(tmp_path / "out.npz")["global_step"] == 8


def test_fetched_values_are_printed(graph, checkpoint):
    ran = restore(checkpoint, "--into", graph, "--fetch", "global_step", "-q")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[:2] == ["global_step", "7"]
    ran = restore(checkpoint, "--into", graph, "--fetch", "y")
    assert ran.code == 2 and "You must feed a value for placeholder tensor 'x'" in ran.err and "\\n" not in ran.err
    ran = restore(checkpoint, "--into", graph, "--fetch", "global_stap")
    assert ran.code == 2 and "global_step" in ran.err


def test_every_format_is_restored(graph, checkpoint, tmp_path):
    for name in ("m.npz", "m.safetensors", "v2/model"):
        assert run_cairn("convert", "-q", checkpoint, str(tmp_path / name)).code == 0
        out = tmp_path / (name.replace("/", "_") + ".out.npz")
        ran = restore(tmp_path / name, "--into", graph, "--save", out, "-q")
        assert ran.code == 0, ran.err
        saved = np.load(out)
        assert all(np.array_equal(saved[key], value) for key, value in VALUES.items())


def test_a_damaged_checkpoint_restores_nothing(graph, checkpoint, tmp_path):
    data = pathlib.Path(checkpoint + ".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[3] ^= 1
    data.write_bytes(content)
    ran = restore(checkpoint, "--into", graph, "--save", tmp_path / "out.npz")
    assert ran.code == 1 and "checksum" in ran.err and not (tmp_path / "out.npz").exists()


def of_another(source, other, suffix):
    pathlib.Path(source + suffix).write_bytes(pathlib.Path(other + suffix).read_bytes())


DATA = ".data-00000-of-00001"
RUIN = {
    "data of another checkpoint": lambda source, other: of_another(source, other, DATA),
    "index of another checkpoint": lambda source, other: of_another(source, other, ".index"),
    "no data": lambda source, other: os.remove(source + DATA),
    "data cut in half": lambda source, other: os.truncate(source + DATA, os.path.getsize(source + DATA) // 2),
    "data of zeros": lambda source, other: pathlib.Path(source + DATA).write_bytes(bytes(os.path.getsize(source + DATA))),
    "empty index": lambda source, other: os.truncate(source + ".index", 0),
    "index cut in half": lambda source, other: os.truncate(source + ".index", os.path.getsize(source + ".index") // 2),
}


@pytest.mark.parametrize("ruin", RUIN)
def test_whole_files_that_are_ruined_restore_nothing(graph, checkpoint, tmp_path, ruin):
    other = save(str(tmp_path / "o" / "model"), {name: value + 1 for name, value in VALUES.items()})
    RUIN[ruin](checkpoint, other)
    ran = restore(checkpoint, "--into", graph, "--save", tmp_path / "out.npz")
    assert ran.code in (1, 2) and ran.err.startswith("cairn: ") and "error: " in ran.err, ran.err
    assert "restored" not in ran.out and not (tmp_path / "out.npz").exists()


def test_casts_that_overflow_are_warned_of(graph, tmp_path):
    np.savez(tmp_path / "big.npz", **{"fc/b": np.float64([1e300, 1])})
    ran = restore(tmp_path / "big.npz", "--into", graph, "--save", tmp_path / "out.npz")
    assert ran.code == 0 and "cast of 'fc/b': 1 of 2 elements are too great" in ran.err
    assert np.load(tmp_path / "out.npz")["fc/b"].tolist() == [np.inf, 1]
