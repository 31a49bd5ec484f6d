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
TYPES = NARROW | {"BF16": "bfloat16", "F8_E5M2": "float8_e5m2", "F8_E4M3": "float8_e4m3fn", "F8_E4M3FNUZ": "float8_e4m3fnuz",
                  "F8_E5M2FNUZ": "float8_e5m2fnuz"}
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


def all_codes(dtype):
    """A value for each code of the dtype, as ml_dtypes has them."""
    return np.arange(1 << BITS[dtype]).astype(f"u{max(BITS[dtype] // 8, 1)}").view(getattr(ml_dtypes, TYPES.get(dtype, ""), np.float16))


def save_safetensors(path, dtype, values):
    codes = np.ascontiguousarray(values).view(f"u{values.itemsize}").ravel()
    bits = np.unpackbits(codes[:, None].view(np.uint8), axis=1, bitorder="little")[:, :BITS[dtype]]
    data = np.packbits(bits.ravel(), bitorder="little").tobytes()
    text = json.dumps({"x": {"dtype": dtype, "shape": list(values.shape), "data_offsets": [0, len(data)]}}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


@pytest.mark.parametrize("dtype", TYPES)
def test_text_is_that_of_ml_dtypes(cairn, tmp_path, dtype):
    """Every code, and arrays of several shapes: the text of str(), whose digits are the same in every view."""
    path, codes = tmp_path / "x.safetensors", all_codes(dtype)
    save_safetensors(path, dtype, codes)
    assert cairn("cat", "--all", path).out == np.array2string(codes, threshold=1 << 20) + "\n"
    assert cairn("cat", path).out == f"{codes}\n"
    for value, code in zip(cairn("cat", "--json", path).out.split('"values":[')[1].split("]}")[0].split(","), codes):
        word = str(code)
        assert value == {"nan": '"NaN"', "inf": '"Inf"', "-inf": '"-Inf"'}.get(word, word if "." in word or "e" in word else word + ".0")
    for shape in [(8, 16), (4, 2, 6), (30, 40)] + [()] * (BITS[dtype] >= 8):
        values = np.asarray(np.random.default_rng(1).choice(codes, shape))
        save_safetensors(path, dtype, values)
        assert cairn("cat", path).out == str(values) + "\n", shape


@pytest.mark.parametrize("dtype", [*TYPES, "F16"])
def test_statistics_have_the_same_digits(cairn, tmp_path, dtype):
    """Finite values have the digits of `cat`; those of float16 are numpy's."""
    path, codes = tmp_path / "x.safetensors", all_codes(dtype)
    finite = np.unique(codes[np.isfinite(codes.astype(np.float32))].astype(np.float64))
    for low, high in ((0, -1), (len(finite) // 3, len(finite) // 2 + 3)):
        ends = finite[[low, high, low, high]].astype(codes.dtype)
        save_safetensors(path, dtype, ends)
        words = [str(value).removesuffix(".0") for value in ends[:2]]
        row = cairn("stats", path).out.splitlines()[1].split()
        assert row[4:6] == words
        text = cairn("stats", "--json", path).out
        assert [float(text.split(f'"{key}":')[1].split(",")[0]) for key in ("min", "max")] == [float(word) for word in words]


def test_precision_rounds_them(cairn, tmp_path):
    path = tmp_path / "x.safetensors"
    save_safetensors(path, "BF16", np.array([0.1, 1, -2.515625, 3e38, 1e-20, np.nan]).astype(ml_dtypes.bfloat16))
    assert cairn("cat", path).out == "[0.100098 1 -2.51562 3.00406e+38 1.00056e-20 nan]\n"
    assert cairn("cat", "--precision", "2", path).out == "[0.1 1 -2.52 3e+38 1e-20 nan]\n"


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
