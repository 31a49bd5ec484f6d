"""Every error is an exception of Cairn, and the builtin one that a Python user expects."""

import errno
import os
import pickle

import numpy as np
import pytest

import cairn


def test_a_missing_tensor_is_a_key_error(saved):
    with pytest.raises(KeyError) as caught:
        cairn.open(saved)["conv0/w"]
    error = caught.value
    assert isinstance(error, cairn.MissingTensorError) and isinstance(error, cairn.NotFoundError)
    assert (error.reason, error.tensor, error.path) == ("E_MISSING", "conv0/w", str(saved))
    assert error.hint == "did you mean 'conv0/W' or 'conv0/b'?"
    assert str(error) == f"{saved}: no tensor 'conv0/w' in the checkpoint ({error.hint})"


def test_a_missing_file_is_a_file_not_found_error(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        cairn.open(tmp_path / "model")
    error = caught.value
    assert isinstance(error, cairn.MissingFileError) and isinstance(error, cairn.NotFoundError)
    assert not isinstance(error, KeyError)
    assert error.errno == errno.ENOENT
    assert error.filename == error.path == str(tmp_path / "model")
    assert "\n" not in str(error) and str(error).startswith(str(tmp_path / "model"))


def test_damage_is_a_value_error(tmp_path):
    (tmp_path / "m.npz").write_bytes(b"PK\3\4 and nothing more")
    with pytest.raises(ValueError) as caught:
        cairn.open(tmp_path / "m.npz")
    assert isinstance(caught.value, cairn.DataLossError)
    assert caught.value.path == str(tmp_path / "m.npz")


def test_a_shard_that_is_gone_is_a_missing_file(saved):
    data = saved.with_name(saved.name + ".data-00000-of-00001")
    data.unlink()
    with pytest.raises(FileNotFoundError) as caught:
        cairn.open(saved)["conv0/W"]
    assert caught.value.path == str(data) and caught.value.tensor == "conv0/W"


def test_a_format_that_is_not_read_is_a_not_implemented_error(tmp_path):
    (tmp_path / "m.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(NotImplementedError) as caught:
        cairn.open(tmp_path / "m.h5")
    assert isinstance(caught.value, cairn.UnimplementedError) and caught.value.hint


def test_a_full_disk_is_an_os_error():
    if not os.path.exists("/dev/full"):
        pytest.skip("/dev/full is not there")
    error = cairn.DiskFullError("x: no space", reason="E_NO_SPACE", path="x")
    assert isinstance(error, OSError) and isinstance(error, cairn.ResourceExhaustedError)
    assert error.errno == errno.ENOSPC


def test_every_class_can_be_pickled():
    for name in cairn._core.errors.__all__:
        cls = getattr(cairn, name)
        error = cls("a: b", reason="E_X", path="a", tensor="t", offset=3, hint="do this")
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is cls and issubclass(cls, cairn.Error)
        fields = (again.reason, again.path, again.tensor, again.offset, again.hint)
        assert fields == ("E_X", "a", "t", 3, "do this")
        assert str(again) == "a: b (do this)"


def test_a_wrong_type_is_a_type_error(saved):
    ckpt = cairn.open(saved)
    with pytest.raises(TypeError):
        ckpt[3]
    with pytest.raises(TypeError):
        cairn.open(3)


def test_a_tensor_that_cannot_be_read_says_why_and_the_others_are_read(tmp_path):
    np.savez(tmp_path / "m.npz", a=np.ones(2), b=np.array([{}], dtype=object))
    ckpt = cairn.open(tmp_path / "m.npz")
    assert ckpt["a"].sum() == 2
    for read in (ckpt.dtype, ckpt.lazy, ckpt.__getitem__):
        with pytest.raises(cairn.Error) as caught:
            read("b")
        assert caught.value.tensor == "b"
