"""Plans and loaders: what gets which value, and what becomes of names and values that do not agree."""

import json

import numpy as np
import pytest

import cairn


@pytest.fixture
def backbone(tmp_path):
    """Returns the path of an npz file with the weights of two layers."""
    path = tmp_path / "backbone.npz"
    cairn.save(path, {"conv0/W": np.arange(6, dtype=np.float32).reshape(2, 3), "fc/b": np.ones(4)})
    return path


@pytest.fixture
def head(tmp_path):
    """Returns the prefix of a TensorFlow checkpoint with other weights of the last layer."""
    cairn.save(tmp_path / "head-100", {"fc/b": np.full(4, 5.0)})
    return tmp_path / "head-100"


def test_a_plan_renames_and_fills_arrays_in_place(backbone):
    model = {"stem/W": np.zeros((2, 3), np.float32), "fc": {"b": np.zeros(4)}}
    weights = model["stem/W"]
    plan = cairn.plan(model, backbone, rename={"conv0/": "stem/"})
    assert plan.matched == ["stem/W", "fc/b"] and plan.error is None
    assert weights.sum() == 0, "nothing is changed before apply"
    assert plan.nbytes == 6 * 4 + 4 * 8
    assert "from 'conv0/W'" in str(plan)
    assert repr(plan) == "<cairn.Plan: 2 matched>"
    assert json.loads(plan.to_json())
    assert plan.apply() is model
    assert model["stem/W"] is weights
    np.testing.assert_array_equal(weights, np.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(model["fc"]["b"], np.ones(4))


def test_a_plan_lists_what_does_not_agree(backbone):
    model = {
        "conv0/W": np.zeros((3, 3), np.float32),
        "fc/bias": np.zeros(4),
        "fc/b": np.zeros(4, np.float32),
    }
    plan = cairn.plan(model, backbone, mismatch="warn")
    assert plan.mismatched == ["conv0/W"] and plan.missing == ["fc/bias"] and plan.cast == ["fc/b"]
    assert len(plan.warnings) == 3
    plan.apply()
    assert model["conv0/W"].sum() == 0 and model["fc/b"].sum() == 4


def test_a_mismatch_is_an_error_by_default_and_changes_nothing(backbone):
    model = {"conv0/W": np.zeros((3, 3), np.float32), "fc/b": np.zeros(4)}
    plan = cairn.plan(model, backbone)
    assert "conv0/W" in plan.error
    with pytest.raises(cairn.InvalidArgumentError, match="conv0/W"):
        plan.apply()
    assert model["fc/b"].sum() == 0


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"missing": "error"}, "new"),
        ({"unexpected": "error"}, "conv0/W"),
        ({"relaxed": False}, "float64"),
    ],
)
def test_rules_make_a_plan_unacceptable(backbone, rule, says):
    model = {"fc/b": np.zeros(4, np.float32), "new": np.zeros(1)}
    assert says in cairn.plan(model, backbone, **rule).error


def test_skip_says_nothing(backbone):
    model = {"conv0/W": np.zeros(5, np.float32), "fc/b": np.zeros(4), "new": np.zeros(1)}
    plan = cairn.plan(model, backbone, mismatch="skip", missing="skip", unexpected="skip")
    assert plan.warnings == []
    assert cairn.plan(model, backbone, ignore=["conv0/W"]).ignored == ["conv0/W"]


def test_an_unknown_policy_is_refused(backbone):
    with pytest.raises(cairn.InvalidArgumentError, match="'sometimes'.*\"warn\""):
        cairn.plan({}, backbone, mismatch="sometimes")


def test_damage_leaves_the_model_as_it_was(tmp_path):
    cairn.save(tmp_path / "m", {"a": np.ones(10), "b": np.ones(1000)})
    file = tmp_path / "m.data-00000-of-00001"
    data = bytearray(file.read_bytes())
    data[-9] ^= 1
    file.write_bytes(data)
    model = {"a": np.zeros(10), "b": np.zeros(1000)}
    with pytest.raises(cairn.DataLossError) as caught:
        cairn.plan(model, tmp_path / "m").apply()
    assert caught.value.tensor == "b"
    assert model["a"].sum() == 0 and model["b"].sum() == 0


def test_of_several_sources_the_last_one_counts(backbone, head):
    model = {"conv0/W": np.zeros((2, 3), np.float32), "fc/b": np.zeros(4)}
    plan = cairn.plan(model, [backbone, head, {"conv0/W": np.full((2, 3), 9, np.float32)}])
    assert plan.overwritten == ["conv0/W", "fc/b"] and plan.matched == ["conv0/W", "fc/b"]
    plan.apply()
    assert model["conv0/W"].sum() == 54 and model["fc/b"].sum() == 20


def test_whatever_a_dict_holds_gets_its_value(tmp_path):
    model = {
        "number": 1,
        "float": 1.5,
        "flag": False,
        "text": "old",
        "bytes": b"old",
        "scalar": np.float32(1),
        "fixed": np.zeros(3),
        "strided": np.zeros((3, 2)).T,
        "texts": np.array(["a", "b"]),
        "big": np.zeros(2, ">f4"),
        "empty": np.zeros((0, 2)),
    }
    model["fixed"].flags.writeable = False
    strided = model["strided"]
    new = {
        "number": 7,
        "float": 2.5,
        "flag": True,
        "text": "new",
        "bytes": b"n\0",
        "scalar": np.float32(3),
        "fixed": np.ones(3),
        "strided": np.ones((2, 3)),
        "texts": np.array([b"x", b"yy"], object),
        "big": np.ones(2, "f4"),
        "empty": np.zeros((0, 2)),
    }
    cairn.save(tmp_path / "m", new)
    plan = cairn.plan(model, tmp_path / "m")
    assert len(plan.matched) == len(model)
    plan.apply()
    assert model["number"] == 7 and isinstance(model["number"], int)
    assert model["float"] == 2.5 and model["flag"] is True
    assert model["text"] == "new" and model["bytes"] == b"n\0"
    assert model["strided"] is strided and strided.sum() == 6
    assert model["big"].sum() == 2 and model["fixed"].sum() == 3
    assert model["texts"].tolist() == ["x", "yy"]


def test_loaders_have_the_names_of_tensorpack(backbone, head):
    model = {"conv0/W": np.zeros((2, 3), np.float32), "fc/b": np.zeros(4)}
    kinds = {
        None: cairn.JustCurrentSession,
        "": cairn.JustCurrentSession,
        str(backbone): cairn.DictRestore,
        str(head): cairn.SaverRestore,
    }
    for argument, kind in kinds.items():
        assert isinstance(cairn.get_model_loader(argument), kind)
    assert isinstance(cairn.SmartInit(head, ignore_mismatch=True), cairn.SaverRestoreRelaxed)
    assert isinstance(cairn.SmartInit({}), cairn.JustCurrentSession)
    loader = cairn.get_model_loader([backbone, head])
    assert isinstance(loader, cairn.ChainInit)
    with pytest.warns(UserWarning, match="head-100: .*conv0/W"):
        assert loader.init(model).overwritten == ["fc/b"]
    assert model["fc/b"].sum() == 20 and model["conv0/W"].sum() == 15


def test_a_loader_warns_of_what_is_missing(head):
    model = {"fc/b": np.zeros(4), "fc/W": np.zeros(2)}
    with pytest.warns(UserWarning, match="fc/W"):
        cairn.SaverRestore(head).init(model)
    with pytest.raises(cairn.InvalidArgumentError):
        cairn.SaverRestore(head).init({"fc/b": np.zeros(5)})
    with pytest.warns(UserWarning, match="fc/b"):
        cairn.SaverRestoreRelaxed(head).init({"fc/b": np.zeros(5)})
    with pytest.raises(FileNotFoundError):
        cairn.get_model_loader("nothing/there")


def test_a_prefix_and_ignored_names(tmp_path):
    cairn.save(tmp_path / "m", {"w": np.ones(2), "lr": np.ones(())})
    model = {"tower0/w": np.zeros(2), "lr": np.zeros(())}
    with pytest.warns(UserWarning, match="lr"):
        cairn.SaverRestore(tmp_path / "m", prefix="tower0", ignore=["lr"]).init(model)
    assert model["tower0/w"].sum() == 2 and model["lr"] == 0


def test_what_is_not_a_model_is_refused():
    with pytest.raises(TypeError, match="int is not a model: expected a dict of arrays"):
        cairn.plan(3, {})
    with pytest.raises(TypeError, match="must be str"):
        cairn.plan({1: np.zeros(2)}, {})


def test_an_exception_of_an_adapter_is_raised_as_it_is(tmp_path):
    class Refuses:
        def list_variables(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cairn.plan.__globals__["_cairn"].make_plan(
            cairn.plan.__globals__["_cairn"].Session(Refuses()), cairn.JustCurrentSession()._loader
        )
