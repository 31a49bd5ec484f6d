"""convert --strings=metadata: string tensors of TensorFlow go into safetensors, and come back."""
import json

import numpy as np
import pytest
import safetensors
import tensorflow as tf

from conftest import save

STRINGS = {
    "labels": np.array([b"cat", b"\xff\0 dog", b""]), "table/keys": np.array([[b"a", b"b"], [b"c", b"d"]]), "title": np.array(b"a text\n"),
    "none": np.zeros((0, 2), "S1"), "lonely": np.array([b""]),
}


@pytest.fixture
def source(tmp_path):
    return save(str(tmp_path / "tf/model"), STRINGS | {"w": np.arange(3, dtype=np.float32)})


def test_the_refusal_says_how(cairn, source, tmp_path):
    ran = cairn("convert", source, tmp_path / "m.safetensors")
    assert ran.code == 2 and "--strings=metadata" in ran.err.split("hint: ")[1] and "--exclude 'labels'" in ran.err
    ran = cairn("convert", "--exclude", "w", "--strings", "metadata", source, tmp_path / "m.npz")
    assert ran.code == 2 and "safetensors can" in ran.err and "leave out --strings" in ran.err
    assert "safetensors" in cairn("help", "making").out.split("--strings")[1].splitlines()[0]
    complex_only = save(str(tmp_path / "c/model"), {"c": np.array([1j])})
    assert "--strings" not in cairn("convert", complex_only, tmp_path / "c.safetensors").err


@pytest.mark.parametrize("flags", [[], ["--max-shard-size", "8"]])
def test_they_come_back(cairn, source, tmp_path, flags):
    path = tmp_path / "m.safetensors"
    ran = cairn("convert", "--strings=metadata", *flags, source, path)
    assert ran.code == 0 and "the metadata keeps the string tensors 'labels', 'lonely'" in ran.err
    if not flags:
        with safetensors.safe_open(path, "np") as file:
            np.testing.assert_array_equal(file.get_tensor("w"), np.arange(3))
            assert list(file.keys()) == ["w"]
    assert cairn("verify", "--strict", path).code == 0
    listed = {tensor["name"]: tensor for tensor in json.loads(cairn("ls", "--json", path).out)["tensors"]}
    assert {name: (listed[name]["dtype"], listed[name]["shape"]) for name in STRINGS} == {
        name: ("string", list(array.shape)) for name, array in STRINGS.items()}
    assert cairn("convert", path, tmp_path / "back/model").code == 0
    reader = tf.train.load_checkpoint(str(tmp_path / "back/model"))
    for name, array in STRINGS.items():
        np.testing.assert_array_equal(reader.get_tensor(name), tf.train.load_checkpoint(source).get_tensor(name))
        assert np.shape(reader.get_tensor(name)) == array.shape
