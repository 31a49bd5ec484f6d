"""npz and npy that Cairn writes: numpy, ml_dtypes and Python's zipfile are the judges."""
import os
import pathlib
import subprocess
import sys
import warnings
import zipfile

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy
import tensorflow as tf

from conftest import save

NO_NAME = {"bfloat16": ml_dtypes.bfloat16, "float8_e5m2": ml_dtypes.float8_e5m2, "float8_e4m3fn": ml_dtypes.float8_e4m3fn,
           "float8_e4m3fnuz": ml_dtypes.float8_e4m3fnuz, "float8_e4m3b11fnuz": ml_dtypes.float8_e4m3b11fnuz,
           "float8_e5m2fnuz": ml_dtypes.float8_e5m2fnuz, "int4": ml_dtypes.int4, "uint4": ml_dtypes.uint4}
FORMS = {"stored": [], "deflated": ["--to", "npz-compressed"]}


@pytest.fixture(params=FORMS)
def form(request):
    return FORMS[request.param]


def load(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.load(path) as archive:
            return {name: archive[name] for name in archive.files}


def files_of(prefix):
    return [open(f"{prefix}{ending}", "rb").read() for ending in (".index", ".data-00000-of-00001")]


def test_numpy_reads_every_dtype(cairn, corpus, form, tmp_path):
    source, path = corpus / "tf_features/all_dtypes/ckpt", tmp_path / "new.npz"
    assert cairn("convert", *form, source, path).code == 0
    assert zipfile.ZipFile(path).testzip() is None
    loaded, reader = load(path), tf.train.load_checkpoint(str(source))
    dtypes = reader.get_variable_to_dtype_map()
    assert set(loaded) == set(dtypes)
    for name, array in loaded.items():
        if dtypes[name].name in NO_NAME:
            array = array.view(NO_NAME[dtypes[name].name])
        want = np.asarray(reader.get_tensor(name))
        assert array.shape == want.shape and array.tobytes() == want.tobytes(), name
        assert dtypes[name].is_quantized or array.dtype == want.dtype, name


def test_dtypes_that_numpy_lacks_are_noted(cairn, form, tmp_path):
    """One note says what numpy finds in their place, and ml_dtypes takes it from there."""
    values = {"b": np.array([0.5, -2], ml_dtypes.bfloat16), "e": np.arange(3).astype(ml_dtypes.float8_e5m2),
              "i": np.arange(-8, 8).astype(ml_dtypes.int4)}
    prefix = save(str(tmp_path / "run/model"), values | {"w": np.ones(3, np.float32), "q": tf.bitcast(tf.constant([1, 2], tf.int8), tf.qint8)})
    ran = cairn("convert", *form, prefix, tmp_path / "new.npz")
    assert ran.code == 0
    notes = [line for line in ran.err.splitlines() if line.startswith("cairn: note: ")]
    assert notes == [f"cairn: note: {tmp_path / 'new.npz'}: 4 tensors will be read by numpy, which lacks their dtype, as raw bytes or integers: "
                     "'b' (bfloat16 as |V2), 'e' (float8_e5m2 as |V1), 'i' (int4 as |V1), 'q' (qint8 as |i1)"]
    loaded = load(tmp_path / "new.npz")
    for name, value in values.items():
        assert loaded[name].dtype.str == f"|V{value.itemsize}"
        np.testing.assert_array_equal(loaded[name].view(value.dtype), value)
    assert loaded["q"].dtype == np.int8
    # Back in a format that has them, there is nothing to note.
    assert cairn("convert", tmp_path / "new.npz", tmp_path / "back/model").err == ""
    assert cairn("convert", *form, "--select", "w", prefix, tmp_path / "plain.npz").err == ""


@pytest.mark.parametrize("checkpoint", ["all_dtypes/ckpt", "many_small/ckpt", "tf2_objects/ckpt-3", "slices/ckpt"])
def test_there_and_back_gives_the_same_files(cairn, corpus, form, tmp_path, checkpoint):
    source = corpus / "tf_features" / checkpoint
    assert cairn("convert", source, tmp_path / "one/model").code == 0
    assert cairn("convert", *form, source, tmp_path / "new.npz").code == 0
    verified = cairn("verify", "--strict", tmp_path / "new.npz")
    assert verified.code == 0 and "no checksum" not in verified.out
    assert cairn("convert", tmp_path / "new.npz", tmp_path / "two/model").code == 0
    assert files_of(tmp_path / "one/model") == files_of(tmp_path / "two/model")


def test_tensorflow_restores_what_went_through_npz(cairn, form, tmp_path):
    class Model(tf.Module):
        def __init__(self, value):
            self.w = tf.Variable(tf.fill([3, 4], value))

    tf.train.Checkpoint(model=Model(1.5)).write(str(tmp_path / "run/ckpt"))
    assert cairn("convert", *form, tmp_path / "run/ckpt", tmp_path / "new.npz").code == 0
    assert cairn("convert", tmp_path / "new.npz", tmp_path / "back/ckpt").code == 0
    model = Model(0.0)
    tf.train.Checkpoint(model=model).read(str(tmp_path / "back/ckpt")).assert_consumed()
    assert (model.w.numpy() == 1.5).all()


def test_values_are_aligned_and_mapped(cairn, tmp_path):
    prefix = save(str(tmp_path / "run/model"), {f"{'n' * i}/w": np.arange(i, dtype=np.float64) for i in range(1, 40)})
    path = tmp_path / "new.npz"
    assert cairn("convert", prefix, path).code == 0
    content = path.read_bytes()
    for member in zipfile.ZipFile(path).infolist():
        assert member.compress_type == zipfile.ZIP_STORED
        value = np.load(zipfile.ZipFile(path).open(member)).tobytes()
        start = member.header_offset + 30 + sum(content[member.header_offset + 26 + 2 * i] for i in (0, 1))
        header = 10 + int.from_bytes(content[start + 8:start + 10], "little")
        assert (start + header) % 64 == 0 and content[start + header:].startswith(value)


def test_strings(cairn, form, tmp_path):
    prefix = save(str(tmp_path / "run/model"), {"s": tf.constant([[b"a", b"bcd"], [b"", b"\xff\0x"]]), "one": tf.constant("text")})
    assert cairn("convert", *form, prefix, tmp_path / "new.npz").code == 0
    loaded = load(tmp_path / "new.npz")
    assert loaded["s"].dtype == "S3" and loaded["s"].tolist() == [[b"a", b"bcd"], [b"", b"\xff\0x"]]
    assert loaded["one"].shape == () and loaded["one"].item() == b"text"
    bad = save(str(tmp_path / "bad/model"), {"ends": tf.constant([b"a\0"])})
    ran = cairn("convert", *form, bad, tmp_path / "bad.npz")
    assert ran.code == 2 and "'ends' (element 0 ends in NUL" in ran.err and "--exclude 'ends'" in ran.err
    assert not list(tmp_path.glob("bad.npz*"))


def test_names(cairn, corpus, form, tmp_path):
    source = corpus / "tf_features/weird_names/ckpt"
    ran = cairn("convert", *form, source, tmp_path / "new.npz")
    assert ran.code == 0
    notes = [line for line in ran.err.splitlines() if "unpacks" in line]
    assert len(notes) == 1 and "'../up'" in notes[0] and "'/leading'" in notes[0]
    expected = set(tf.train.load_checkpoint(str(source)).get_variable_to_shape_map())
    assert set(load(tmp_path / "new.npz")) == expected
    assert cairn("verify", tmp_path / "new.npz").code == 0


def test_names_that_numpy_writes(cairn, form, tmp_path):
    names = ["/.ATTRIBUTES/OBJECT_CONFIG_JSON", "../up", "a\\b", "C:\\x", "a//b", ".."]
    arrays = {name: np.array([i]) for i, name in enumerate(names)}
    np.savez(tmp_path / "names.npz", **arrays)
    assert cairn("cat", tmp_path / "names.npz", "../up").out == "[1]\n"
    ran = cairn("convert", *form, tmp_path / "names.npz", tmp_path / "new.npz")
    assert ran.code == 0 and ran.err.count("unpacks") == 1
    assert load(tmp_path / "new.npz") == arrays
    assert sorted(path.name for path in tmp_path.iterdir()) == ["names.npz", "new.npz"]
    np.savez(tmp_path / "plain.npz", a=np.array(1))
    assert "unpacks" not in cairn("convert", *form, tmp_path / "plain.npz", tmp_path / "other.npz").err


def test_nothing_is_an_archive_too(cairn, form, tmp_path):
    np.savez(tmp_path / "none.npz")
    assert cairn("convert", *form, tmp_path / "none.npz", tmp_path / "new.npz").code == 0
    assert load(tmp_path / "new.npz") == {} and cairn("verify", tmp_path / "new.npz").code == 0


def test_more_members_than_sixteen_bits_count(cairn, form, tmp_path):
    safetensors.numpy.save_file({f"t{i}": np.array([i], np.int32) for i in range(66_000)}, tmp_path / "many.safetensors")
    assert cairn("convert", *form, tmp_path / "many.safetensors", tmp_path / "new.npz").code == 0
    with np.load(tmp_path / "new.npz") as archive:
        assert len(archive.files) == 66_000 and archive["t0"] == [0] and archive["t65999"] == [65_999]


def test_compressed_is_as_small_as_numpys(cairn, tmp_path):
    values = {f"layer{i}/w": np.random.default_rng(i).normal(scale=0.02, size=(300, 1000)).astype(np.float32) for i in range(4)}
    prefix = save(str(tmp_path / "run/model"), values)
    assert cairn("convert", "--to", "npz-compressed", prefix, tmp_path / "new.npz").code == 0
    np.savez_compressed(tmp_path / "theirs.npz", **values)
    assert os.path.getsize(tmp_path / "new.npz") <= 1.01 * os.path.getsize(tmp_path / "theirs.npz")
    assert all((load(tmp_path / "new.npz")[name] == value).all() for name, value in values.items())


def test_the_example_loads_both(cairn, small, tmp_path):
    for name in ("new.npz", "new.safetensors"):
        assert cairn("convert", "--exclude", "labels", small, tmp_path / name).code == 0
    example = pathlib.Path(__file__).parents[2] / "examples/load_converted.py"
    done = subprocess.run([sys.executable, example, tmp_path / "new.npz", tmp_path / "new.safetensors"], capture_output=True, text=True)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == len(load(tmp_path / "new.npz")), done.stderr


def test_npy_holds_one(cairn, tmp_path):
    values = {"w": np.arange(6, dtype=np.int16).reshape(2, 3), "b": np.ones(2, ml_dtypes.bfloat16), "s": np.array([b"a", b"bc"])}
    prefix = save(str(tmp_path / "run/model"), {name: tf.constant(value) for name, value in values.items()})
    for name in ("w", "s"):
        assert cairn("convert", "--select", name, prefix, tmp_path / f"{name}.npy").code == 0
        assert (np.load(tmp_path / f"{name}.npy") == values[name]).all()
    ran = cairn("convert", prefix, tmp_path / "all.npy")
    assert ran.code == 2 and "holds one tensor, not 3" in ran.err and "--select" in ran.err
    ran = cairn("convert", "--select", "b", prefix, tmp_path / "b.npy")
    assert ran.code == 2 and "'b' (bfloat16)" in ran.err
    assert not list(tmp_path.glob("all.npy*")) and not list(tmp_path.glob("b.npy*"))


@pytest.mark.parametrize("name", ["new.npz", "new.npy"])
def test_they_are_one_file(cairn, tmp_path, name):
    np.savez(tmp_path / "one.npz", w=np.arange(5))
    ran = cairn("convert", "--max-shard-size", "1KiB", tmp_path / "one.npz", tmp_path / name)
    assert ran.code == 2 and "cannot put tensors into several files, but tf-v2 and safetensors can" in ran.err and "hint: leave out --max-shard-size" in ran.err
    assert not list(tmp_path.glob("new*"))
