"""cairn cat: --json, --npy, --precision, --edge, --all, strings, damage. What numpy prints is in test_cat_numpy.py."""
import base64
import io
import json
import math
import subprocess

import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf

from conftest import CAIRN, save

SMALL_TYPES = ["bfloat16", "float8_e4m3fn", "float8_e5m2", "int4", "uint4"]


def cat_json(cairn, prefix, name):
    ran = cairn("cat", "--json", prefix, name)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_a_name_is_not_needed_where_there_is_one_tensor(cairn, small, corpus, tmp_path):
    prefix = save(str(tmp_path / "m"), {"w": np.float32(1.5)})
    assert (cairn("cat", prefix).code, cairn("cat", prefix).out) == (0, "1.5\n")
    np.save(tmp_path / "a.npy", np.arange(3))
    assert cairn("cat", tmp_path / "a.npy").out == "[0 1 2]\n"
    assert cairn("cat", "--json", prefix).out == cairn("cat", "--json", prefix, "w").out
    ran = cairn("cat", small)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"cairn: error: {small}: NAME is missing, and there are 6 tensors\nhint: see all names: cairn ls {small}\n"


def test_json_has_exactly_the_promised_fields(cairn, small):
    document = cat_json(cairn, small, "fc/b")
    assert document == {"schema_version": 1, "name": "fc/b", "dtype": "float32", "shape": [4], "values": [0, 1, 2, 3]}
    assert list(document) == ["schema_version", "name", "dtype", "shape", "values"]


def test_json_integers_are_exact(cairn, tmp_path):
    values = {"i": np.array([-2**63, 2**63 - 1, -1]), "u": np.array([2**64 - 1, 0], np.uint64), "b": np.array([True, False])}
    prefix = save(str(tmp_path / "m"), values)
    assert cat_json(cairn, prefix, "i")["values"] == [-2**63, 2**63 - 1, -1]
    assert cat_json(cairn, prefix, "u")["values"] == [2**64 - 1, 0]
    assert cat_json(cairn, prefix, "b")["values"] == [True, False]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_json_floats_round_trip(cairn, tmp_path, dtype):
    bits = np.random.default_rng(3).integers(0, 2**63, 5000, dtype=np.uint64)
    values = bits.view(np.float64) if dtype == np.float64 else bits.astype(f"u{np.dtype(dtype).itemsize}").view(dtype)
    prefix = save(str(tmp_path / "m"), {"x": values})
    got = [float(v) for v in cat_json(cairn, prefix, "x")["values"]]
    back = np.array(got).astype(dtype)
    same = (back.view(f"u{dtype().itemsize}") == values.view(f"u{dtype().itemsize}")) | (np.isnan(back) & np.isnan(values))
    assert same.all()


def test_json_specials_are_strings_and_complex_pairs(cairn, tmp_path):
    prefix = save(str(tmp_path / "m"), {"x": np.array([np.nan, np.inf, -np.inf, -0.0]),
                                        "c": np.array([1 + 2j, complex(np.nan, -np.inf)], np.complex64)})
    assert cat_json(cairn, prefix, "x")["values"][:3] == ["NaN", "Inf", "-Inf"]
    zero = cat_json(cairn, prefix, "x")["values"][3]
    assert zero == 0 and math.copysign(1, zero) == -1
    assert cat_json(cairn, prefix, "c")["values"] == [[1, 2], ["NaN", "-Inf"]]


def test_json_strings(cairn, small):
    values = cat_json(cairn, small, "labels")["values"]
    assert values[0] == "cat"
    assert base64.b64decode(values[1]["base64"]) == b"\xff dog" and list(values[1]) == ["base64"]


def test_every_code_of_the_small_types_decodes_as_ml_dtypes(cairn, tmp_path):
    tensors = {}
    for name in ["float16", *SMALL_TYPES]:
        dtype = np.dtype(getattr(ml_dtypes, name, name))
        if "int4" in name:
            tensors[name] = np.arange(-8, 8).astype(dtype) if name == "int4" else np.arange(16).astype(dtype)
        else:
            tensors[name] = np.arange(1 << (8 * dtype.itemsize), dtype=np.uint32).astype(f"u{dtype.itemsize}").view(dtype)
    prefix = save(str(tmp_path / "m"), tensors)
    for name, expected in tensors.items():
        got = cat_json(cairn, prefix, name)["values"]
        for value, want in zip(got, expected.astype(np.float64)):
            if np.isnan(want):
                assert value == "NaN"
                continue
            # The text is the shortest that names the value: rounded to the type it is the value again.
            back = np.float64(np.array(float(value)).astype(expected.dtype))
            assert back == want and np.signbit(back) == np.signbit(want), (name, value, want)


@pytest.mark.parametrize("name", ["fc/W", "fc/b", "conv0/W", "global_step"])
def test_npy_loads_in_numpy(cairn, small, name):
    ran = cairn("cat", "--npy", small, name)
    assert ran.code == 0
    assert ran.out_bytes[:8] == b"\x93NUMPY\x01\x00"
    loaded = np.load(io.BytesIO(ran.out_bytes))
    want = tf.train.load_checkpoint(small).get_tensor(name)
    assert loaded.dtype == want.dtype and loaded.shape == np.shape(want) and np.array_equal(loaded, want)
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(want), version=(1, 0))
    assert ran.out_bytes == buffer.getvalue()


@pytest.mark.parametrize("name", SMALL_TYPES)
def test_npy_of_types_numpy_does_not_know_are_raw_bytes(cairn, tmp_path, name):
    values = np.arange(8).astype(getattr(ml_dtypes, name)).reshape(2, 4)
    prefix = save(str(tmp_path / "m"), {"x": values})
    loaded = np.load(io.BytesIO(cairn("cat", "--npy", prefix, "x").out_bytes))
    assert loaded.dtype == np.dtype(f"V{values.itemsize}") and loaded.shape == (2, 4)
    assert np.array_equal(loaded.view(values.dtype), values)


def test_npy_of_all_shapes(cairn, tmp_path):
    shapes = [(), (0,), (1,), (3, 0, 2), (2, 3, 4), (1,) * 12]
    tensors = {str(i): np.arange(math.prod(shape), dtype=np.int16).reshape(shape) for i, shape in enumerate(shapes)}
    prefix = save(str(tmp_path / "m"), tensors)
    for name, want in tensors.items():
        loaded = np.load(io.BytesIO(cairn("cat", "--npy", prefix, name).out_bytes))
        assert loaded.shape == want.shape and np.array_equal(loaded, want)


def test_npy_of_strings(cairn, tmp_path):
    prefix = save(str(tmp_path / "m"), {"ok": np.array([b"a", b"", b"\0long\xff"]), "nul": tf.constant([b"x", b"a\0"])})
    assert np.load(io.BytesIO(cairn("cat", "--npy", prefix, "ok").out_bytes)).tolist() == [b"a", b"", b"\0long\xff"]
    ran = cairn("cat", "--npy", prefix, "nul")
    assert ran.code == 2 and ran.out_bytes == b"" and "element 1 ends in NUL" in ran.err


def test_a_large_value_streams_as_npy(cairn, tmp_path):
    want = np.arange(6_000_000, dtype=np.float32)
    prefix = save(str(tmp_path / "m"), {"x": want})
    assert np.array_equal(np.load(io.BytesIO(cairn("cat", "--npy", prefix, "x").out_bytes)), want)


def test_options_do_as_numpy_does(cairn, tmp_path):
    x = np.random.default_rng(5).normal(size=(40, 50))
    prefix = save(str(tmp_path / "m"), {"x": x})
    assert cairn("cat", prefix, "x").out == f"{x}\n"
    assert cairn("cat", "--precision", "3", prefix, "x").out == np.array2string(x, precision=3) + "\n"
    assert cairn("cat", "--edge=2", prefix, "x").out == np.array2string(x, edgeitems=2) + "\n"
    assert cairn("cat", "--all", prefix, "x").out == np.array2string(x, threshold=10**9) + "\n"


def prints_no_values(ran, form):
    """Nothing on stdout but, for programs, the error."""
    return list(json.loads(ran.out)) == ["schema_version", "error"] if "--json" in form else ran.out_bytes == b""


def test_damage_is_a_finding_and_nothing_is_printed(cairn, damaged):
    prefix, name = damaged
    for form in ([], ["--json"], ["--npy"]):
        ran = cairn("cat", *form, prefix, name)
        assert ran.code == 1 and prints_no_values(ran, form)
        assert ran.err.startswith(f"cairn: error: {prefix}.data-00000-of-00001: tensor 'a': ") and "checksum of " in ran.err
        assert len(ran.err.splitlines()) == 1
    assert cairn("cat", prefix, "b").code == 0


def test_damage_in_a_large_value_is_found_before_anything_is_printed(cairn, tmp_path):
    prefix = save(str(tmp_path / "m"), {"x": np.zeros(6_000_000, np.float32)})
    with open(prefix + ".data-00000-of-00001", "r+b") as data:
        data.seek(23_000_000)
        data.write(b"\1")
    for form in (["--npy"], ["--json"], []):
        ran = cairn("cat", *form, prefix, "x")
        assert ran.code == 1 and prints_no_values(ran, form)


def test_a_cut_data_file_is_a_finding(cairn, tmp_path):
    prefix = save(str(tmp_path / "m"), {"x": np.zeros(1000, np.float32)})
    with open(prefix + ".data-00000-of-00001", "r+b") as data:
        data.truncate(100)
    ran = cairn("cat", prefix, "x")
    assert ran.code == 1 and ran.out == "" and ".data-00000-of-00001" in ran.err


def test_unknown_name_gives_the_nearest(cairn, small):
    ran = cairn("cat", small, "fc/w")
    assert ran.code == 2 and ran.out == ""
    first, second = ran.err.splitlines()
    assert first.startswith(f"cairn: error: {small}: ") and "'fc/w'" in first
    assert second.startswith("hint: did you mean 'fc/W'")


def test_values_without_a_form_are_said_to_have_none(cairn, corpus):
    prefix = str(corpus / "tf_features/variants/ckpt")
    name = next(row.split()[0] for row in cairn("ls", prefix).out.splitlines() if " variant " in row)
    ran = cairn("cat", prefix, name)
    assert ran.code == 2 and ran.out == "" and "variant" in ran.err and len(ran.err.splitlines()) == 1


def test_binary_is_not_written_to_a_terminal(small):
    import pty

    leader, follower = pty.openpty()
    done = subprocess.run([CAIRN, "cat", "--npy", small, "fc/W"], stdout=follower, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 2 and b"terminal" in done.stderr


def test_every_corpus_value_is_tensorflows(cairn, corpus):
    """The bits of every numeric tensor, through --npy, against the hashes that TensorFlow gave."""
    import hashlib

    compared = 0
    for path in sorted((corpus / "expected").glob("*.json")):
        expected = json.loads(path.read_text())
        prefix = corpus / expected["prefix"]
        if "error" in expected or not prefix.with_name(prefix.name + ".index").exists() or "many_small" in str(prefix):
            continue
        for name, tensor in list(expected["tensors"].items())[:40]:
            if "sha256" not in tensor or tensor["dtype"] == "string":
                continue
            ran = cairn("cat", "--npy", str(prefix), name)
            if ran.code == 2 and "not supported" in ran.err:
                continue
            assert ran.code == 0, (prefix, name, ran.err)
            value = np.load(io.BytesIO(ran.out_bytes))
            assert hashlib.sha256(value.tobytes()).hexdigest() == tensor["sha256"], (prefix, name)
            compared += 1
    assert compared >= 300


def test_a_preview_of_what_has_no_checksum_reads_no_more(cairn, tmp_path):
    """An array of 1 TiB, which is a hole but for its ends: nobody could read it whole."""
    path = tmp_path / "large.npy"
    count = 1 << 38
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (count,)})
        start = file.tell()
        file.write(np.array([1, 2, 3], np.float32).tobytes())
        file.truncate(start + 4 * count)
        file.seek(start + 4 * count - 4)
        file.write(np.float32(9).tobytes())
    ran = cairn("cat", path, "large")
    assert (ran.code, ran.out) == (0, "[1. 2. 3. ... 0. 0. 9.]\n")
