"""Every dtype of safetensors, with those of fewer than eight bits and those that TensorFlow does not have.

safetensors' own package judges files, ml_dtypes values.
"""
import json
import struct

import ml_dtypes
import numpy as np
import pytest
import safetensors
import tensorflow as tf

BITS = {"BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
        "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64,
        "I64": 64, "U64": 64}
NARROW = {"F4": "float4_e2m1fn", "F6_E2M3": "float6_e2m3fn", "F6_E3M2": "float6_e3m2fn", "F8_E8M0": "float8_e8m0fnu"}
NUM_ELEMENTS = 24


def stored(dtype):
    if dtype == "BOOL":
        return bytes(i % 2 for i in range(NUM_ELEMENTS))
    return bytes((i * 37 + 11) % 256 for i in range(NUM_ELEMENTS * BITS[dtype] // 8))


def unpacked(dtype):
    """The codes of the elements, one a byte: the lowest bits of the first byte first."""
    bits = np.unpackbits(np.frombuffer(stored(dtype), np.uint8), bitorder="little").reshape(NUM_ELEMENTS, -1)
    return np.packbits(np.pad(bits, ((0, 0), (0, 8 - bits.shape[1]))), axis=1, bitorder="little")[:, 0]


@pytest.fixture
def everything(tmp_path):
    """A file of one tensor of every dtype."""
    header, data = {}, b""
    for dtype in BITS:
        content = stored(dtype)
        header[dtype.lower()] = {"dtype": dtype, "shape": [2, NUM_ELEMENTS // 2], "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    path = tmp_path / "everything.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def deserialized(path):
    return {name: (tensor["dtype"], tensor["shape"], bytes(tensor["data"])) for name, tensor in safetensors.deserialize(path.read_bytes())}


def test_they_go_through_npz_and_back(cairn, everything, tmp_path):
    assert cairn("verify", everything).code == 0
    assert cairn("convert", everything, tmp_path / "a.npz").code == 0
    assert cairn("convert", tmp_path / "a.npz", tmp_path / "back.safetensors").code == 0
    assert deserialized(tmp_path / "back.safetensors") == deserialized(everything)
    assert cairn("verify", "--strict", tmp_path / "back.safetensors").code == 0
    with np.load(tmp_path / "a.npz") as archive:
        for dtype in NARROW:
            assert np.array_equal(archive[dtype.lower()].view(np.uint8).ravel(), unpacked(dtype)), dtype
    listed = {tensor["name"]: tensor for tensor in json.loads(cairn("ls", "--json", everything).out)["tensors"]}
    for dtype, name in NARROW.items():
        assert listed[dtype.lower()]["dtype"] == name and listed[dtype.lower()]["nbytes"] == NUM_ELEMENTS


@pytest.mark.parametrize("dtype", NARROW)
def test_values_are_those_of_ml_dtypes(cairn, everything, dtype):
    codes, narrow = unpacked(dtype), getattr(ml_dtypes, NARROW[dtype])
    shown = json.loads(cairn("cat", "--json", everything, dtype.lower()).out)["values"]
    assert np.array_equal(np.array(shown, np.float32).astype(narrow).view(np.uint8), codes)
    wanted = codes.view(narrow).astype(np.float64)
    row = json.loads(cairn("stats", "--json", everything, dtype.lower()).out)["tensors"][0]
    assert row["min"] == wanted.min() and row["max"] == wanted.max()


def test_tensorflow_takes_what_it_has(cairn, everything, tmp_path):
    ran = cairn("convert", everything, tmp_path / "tf/model")
    assert ran.code == 2 and "3 tensors cannot be stored as tf-v2: 'f6_e2m3' (float6_e2m3fn)" in ran.err
    assert not (tmp_path / "tf").exists()
    without = [option for name in ("f6_*", "f8_e8m0") for option in ("--exclude", name)]
    assert cairn("convert", *without, everything, tmp_path / "tf/model").code == 0
    reader = tf.train.load_checkpoint(str(tmp_path / "tf/model"))
    assert reader.get_variable_to_dtype_map()["f4"] == tf.dtypes.as_dtype("float4_e2m1fn")
    assert np.array_equal(np.asarray(reader.get_tensor("f4")).view(np.uint8).ravel(), unpacked("F4"))
    ran = cairn("convert", "--select", "f4", everything, "--link", tmp_path / "linked/model")
    assert ran.code == 0 and "do not lie in a file as they are" in ran.err


def test_npy_has_no_place_for_their_dtype(cairn, everything, tmp_path):
    ran = cairn("convert", "--select", "f4", everything, tmp_path / "a.npy")
    assert ran.code == 2 and "'f4' (float4_e2m1fn)" in ran.err and "hint: name a .npz file" in ran.err


@pytest.mark.parametrize("dtype, count", [("F4", 3), ("F6_E2M3", 2)])
def test_bytes_must_be_full(cairn, tmp_path, dtype, count):
    path, text = tmp_path / "odd.safetensors", json.dumps({"a": {"dtype": dtype, "shape": [count], "data_offsets": [0, 2]}}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"\1\2")
    with pytest.raises(safetensors.SafetensorError):
        safetensors.deserialize(path.read_bytes())
    ran = cairn("ls", path)
    assert ran.code == 1 and f"{count} elements of {BITS[dtype]} bits do not fill their last byte" in ran.err


def test_a_flipped_bit_is_found(cairn, everything, tmp_path):
    path = tmp_path / "ours.safetensors"
    assert cairn("convert", everything, path).code == 0
    content = bytearray(path.read_bytes())
    header = json.loads(content[8:8 + struct.unpack("<Q", content[:8])[0]])
    content[8 + struct.unpack("<Q", content[:8])[0] + header["f4"]["data_offsets"][0]] ^= 16
    path.write_bytes(content)
    assert "E_CRC" in cairn("verify", path).out
    for options in ([], ["--to", "npz-compressed"]):
        ran = cairn("convert", *options, path, tmp_path / "bad.npz")
        assert ran.code == 1 and "tensor 'f4'" in ran.err and not (tmp_path / "bad.npz").exists()
