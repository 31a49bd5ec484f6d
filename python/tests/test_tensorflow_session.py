"""Live sessions of TensorFlow 1: restored, saved and resumed."""

import json

import numpy as np
import pytest

import cairn

tensorflow = pytest.importorskip("tensorflow")
tf = tensorflow.compat.v1


@pytest.fixture(params=[False, True], ids=["ref", "resource"])
def session(request):
    """Returns a session with variables of both kinds of TensorFlow 1, which have their values."""
    graph = tensorflow.Graph()
    with graph.as_default():
        options = {"use_resource": request.param}
        tf.get_variable("fc/W", initializer=tf.zeros((2, 3)), **options)
        tf.get_variable("fc/b", initializer=tf.zeros(3, tensorflow.bfloat16), **options)
        tf.get_variable("words", initializer=tf.constant(["a", "b"]), **options)
        tf.get_variable(
            "global_step", initializer=tf.zeros((), tensorflow.int64), trainable=False, **options
        )
        counter = tf.get_variable(
            "counter",
            initializer=tf.zeros(()),
            collections=[tf.GraphKeys.LOCAL_VARIABLES],
            **options,
        )
        assert counter is not None
        initialize = tf.group(tf.global_variables_initializer(), tf.local_variables_initializer())
    graph.finalize()
    with tf.Session(graph=graph) as session:
        session.run(initialize)
        yield session


def values_of(session):
    return {
        v.op.name: session.run(v)
        for v in session.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)
    }


def test_a_session_is_restored_by_loaders(session, tmp_path):
    weights = {
        "fc/W": np.ones((2, 3), np.float32),
        "fc/b": np.ones(3, np.float32),
        "words": np.array([b"x", b"yy"], object),
        "global_step": np.int64(7),
    }
    cairn.save(tmp_path / "m.npz", {n: v for n, v in weights.items() if n != "words"})
    cairn.save(tmp_path / "words-1", {"words": weights["words"]})
    with pytest.warns(UserWarning):
        plan = cairn.get_model_loader([tmp_path / "m.npz", tmp_path / "words-1"]).init(session)
    assert plan.cast == ["fc/b"]
    values = values_of(session)
    np.testing.assert_array_equal(values["fc/W"], weights["fc/W"])
    np.testing.assert_array_equal(values["fc/b"].astype(np.float32), weights["fc/b"])
    assert values["words"].tolist() == [b"x", b"yy"] and values["global_step"] == 7


def test_a_session_is_saved_and_resumed(session, tmp_path):
    step = next(
        v
        for v in tf.global_variables() + session.graph.get_collection("variables")
        if v.op.name == "global_step"
    )
    step.load(5, session)
    with cairn.ModelSaver(tmp_path, model=session, every_n_steps=1) as saver:
        saver.step(4)
    step.load(0, session)
    start = cairn.ModelSaver(tmp_path, model=session).resume()
    assert start.step == 5 and start.model is session
    assert session.run(step) == 5
    reader = tensorflow.train.load_checkpoint(str(tmp_path))
    assert reader.get_tensor("global_step") == 5 and not reader.has_tensor("counter")
    (graph,) = tmp_path.glob("graph-*.meta")
    meta = tf.MetaGraphDef.FromString(graph.read_bytes())
    assert any(node.name == "fc/W" for node in meta.graph_def.node)


def test_a_shape_that_does_not_agree_changes_nothing(session):
    before = values_of(session)
    with pytest.raises(cairn.InvalidArgumentError, match="fc/W"):
        cairn.plan(session, {"fc/W": np.ones((3, 3)), "global_step": np.int64(3)}).apply()
    assert json.dumps(
        [v.tolist() for v in values_of(session).values()], default=repr
    ) == json.dumps([v.tolist() for v in before.values()], default=repr)
