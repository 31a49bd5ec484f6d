"""The functions of TensorFlow and tensorpack; tests of them against TensorFlow itself are elsewhere."""

import logging

import numpy as np
import pytest

import cairn


def test_a_reader_has_the_methods_of_tensorflow(saved, arrays):
    reader = cairn.load_checkpoint(saved)
    assert reader.has_tensor("conv0/W") and not reader.has_tensor("conv0")
    assert reader.get_variable_to_shape_map() == {k: list(v.shape) for k, v in arrays.items()}
    assert reader.get_variable_to_dtype_map() == {k: v.dtype for k, v in arrays.items()}
    assert b"conv0/W (DT_FLOAT) [3,4]\n" in reader.debug_string()


def test_its_arrays_are_new_and_its_scalars_are_numbers(saved, arrays):
    reader = cairn.load_checkpoint(saved)
    value = reader.get_tensor("conv0/W")
    value += 1
    np.testing.assert_array_equal(reader.get_tensor("conv0/W"), arrays["conv0/W"])
    assert isinstance(reader.get_tensor("step"), np.int64)


def test_a_scalar_string_is_bytes(corpus):
    reader = cairn.load_checkpoint(corpus / "tf_features/strings/ckpt")
    assert reader.get_tensor("scalar") == b"one" and isinstance(reader.get_tensor("scalar"), bytes)


def test_an_unknown_name_is_not_found(saved):
    with pytest.raises(cairn.MissingTensorError) as caught:
        cairn.load_checkpoint(saved).get_tensor("conv0/w")
    assert caught.value.tensor == "conv0/w"


def test_variables_are_listed_by_name(saved):
    listed = cairn.list_variables(saved)
    assert listed[0] == ("conv0/W", [3, 4])
    assert [name for name, _ in listed] == sorted(name for name, _ in listed)
    assert cairn.load_variable(saved, "step:0") == 7


def test_the_latest_checkpoint_is_that_of_the_state_file(tmp_path):
    assert cairn.latest_checkpoint(tmp_path) is None
    cairn.save_chkpt_vars({"w": np.ones(2)}, tmp_path / "model-5")
    assert cairn.latest_checkpoint(tmp_path) == str(tmp_path / "model-5")
    assert cairn.latest_checkpoint(tmp_path, "other") is None


def test_all_variables_are_loaded_and_saved(tmp_path):
    variables = {"conv0/W:0": np.ones((2, 3), np.float32), "names": np.array([b"a"], object)}
    cairn.save_chkpt_vars(variables, tmp_path / "a.npz")
    assert np.load(tmp_path / "a.npz")["conv0/W:0"].shape == (2, 3)
    cairn.save_chkpt_vars(variables, tmp_path / "model-1")
    for path in (tmp_path / "a.npz", tmp_path / "model-1"):
        loaded = cairn.load_chkpt_vars(path)
        assert sorted(loaded) == ["conv0/W", "names"]
        loaded["conv0/W"][:] = 0
        assert loaded["names"].tolist() == [b"a"]
    assert cairn.load_chkpt_vars(tmp_path / "model-1")["conv0/W"].sum() == 6


def test_a_checkpoint_path_is_made_out_and_said(saved, caplog):
    caplog.set_level(logging.WARNING)
    assert cairn.get_checkpoint_path(saved) == str(saved)
    assert caplog.messages == []
    assert cairn.get_checkpoint_path(f"{saved}.index") == str(saved)
    assert "taken as" in caplog.messages[0]


def test_all_checkpoints_come_in_the_order_of_their_steps(tmp_path):
    for step in (10, 9, 100):
        cairn.save(tmp_path / f"model-{step}", {"x": step})
    cairn.save(tmp_path / "model-best", {"x": 0})
    expected = [(str(tmp_path / f"model-{step}"), step) for step in (9, 10, 100)]
    assert cairn.get_all_checkpoints(tmp_path) == expected
    assert cairn.get_all_checkpoints(tmp_path, "other") == []
