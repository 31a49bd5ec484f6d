"""The functions of safetensors, as its documentation describes them, for every format."""

import numpy as np
import pytest

import cairn
from cairn.numpy import load, load_file, save, save_file

safetensors_numpy = pytest.importorskip("safetensors.numpy")
safetensors = pytest.importorskip("safetensors")

TENSORS = {
    "a": np.arange(12, dtype=np.float32).reshape(3, 4),
    "b": np.array(3, np.int64),
    "c": np.zeros((0, 2), np.float16),
    "d": np.array([True, False, True]),
}


@pytest.fixture
def path(tmp_path):
    """Returns a file that safetensors wrote."""
    safetensors_numpy.save_file(TENSORS, tmp_path / "m.safetensors", {"who": "them"})
    return tmp_path / "m.safetensors"


def assert_same(loaded, expected=TENSORS):
    assert loaded.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(loaded[name], value, strict=True)


def test_what_safetensors_saves_is_loaded(path):
    assert_same(load_file(path))
    assert_same(load(path.read_bytes()))


def test_what_is_saved_safetensors_loads(tmp_path):
    assert save_file(TENSORS, tmp_path / "m.safetensors", metadata={"who": "us"}) is None
    assert_same(safetensors_numpy.load_file(tmp_path / "m.safetensors"))
    with safetensors.safe_open(tmp_path / "m.safetensors", framework="np") as f:
        assert f.metadata()["who"] == "us"
    content = save(TENSORS, metadata={"who": "us"})
    assert isinstance(content, bytes)
    assert_same(safetensors_numpy.load(content))
    assert_same(load(content))


def test_every_format_is_loaded_and_saved(new_path):
    save_file(TENSORS, new_path)
    assert_same(load_file(new_path))
    assert_same(load_file(new_path, backend="pread"))


def test_a_file_is_replaced(path):
    save_file({"x": np.ones(2)}, path)
    assert_same(load_file(path), {"x": np.ones(2)})


@pytest.mark.parametrize("backend", ["mmap", "pread"])
def test_loaded_arrays_are_written_to_and_the_file_stays(path, backend):
    before = path.read_bytes()
    loaded = load_file(path, backend=backend)
    loaded["a"][:] = 7
    loaded["b"][...] = 8
    assert path.read_bytes() == before
    assert_same(load_file(path))


def test_loaded_arrays_outlive_the_file(path):
    loaded = load_file(path)
    path.unlink()
    assert_same(loaded)


def test_arrays_that_are_not_contiguous_are_saved(tmp_path):
    square = np.arange(6).reshape(2, 3)
    save_file({"t": square.T, "s": square[:, ::2]}, tmp_path / "m.safetensors")
    assert_same(load_file(tmp_path / "m.safetensors"), {"t": square.T, "s": square[:, ::2]})


def test_damage_is_found_by_load_file(tmp_path):
    save_file({"x": np.ones(1000)}, tmp_path / "m.safetensors")
    content = bytearray((tmp_path / "m.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "m.safetensors").write_bytes(content)
    for read in (lambda: load_file(tmp_path / "m.safetensors"), lambda: load(bytes(content))):
        with pytest.raises(cairn.DataLossError) as caught:
            read()
        assert caught.value.tensor == "x" and caught.value.reason == "E_CRC"


def test_what_is_not_a_checkpoint_is_an_error(tmp_path):
    with pytest.raises(cairn.Error):
        load(b"\x10")
    with pytest.raises(FileNotFoundError):
        load_file(tmp_path / "nothing.safetensors")
    with pytest.raises(ValueError, match="backend 'magic' is not known"):
        load_file(tmp_path / "m", backend="magic")


def test_safe_open_has_the_same_answers(path):
    with safetensors.safe_open(path, framework="np") as theirs:
        with cairn.safe_open(path, framework="np", device="cpu") as ours:
            assert ours.keys() == theirs.keys()
            assert ours.offset_keys() == theirs.offset_keys()
            assert ours.metadata() == theirs.metadata() == {"who": "them"}
            assert_same({name: ours.get_tensor(name) for name in ours.keys()})
            assert_same(ours.get_tensors())
            for name in theirs.keys():
                mine, other = ours.get_slice(name), theirs.get_slice(name)
                assert mine.get_shape() == other.get_shape()
                assert mine.get_dtype() == other.get_dtype()


@pytest.mark.parametrize(
    "index",
    [
        np.s_[:],
        np.s_[1:2],
        np.s_[:, 1:3],
        np.s_[..., 0],
        np.s_[-1],
        np.s_[1, 2],
        np.s_[::2, ::3],
        np.s_[2:2],
        np.s_[:, 0],
        np.s_[...],
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_slice_is_that_of_safetensors(path, index):
    theirs = safetensors.safe_open(path, framework="np").get_slice("a")[index]
    ours = cairn.safe_open(path, framework="np").get_slice("a")[index]
    assert isinstance(ours, np.ndarray)
    np.testing.assert_array_equal(ours, theirs, strict=True)


def test_a_tensor_that_is_read_is_a_copy(path):
    f = cairn.safe_open(path, framework="numpy")
    f.get_tensor("a")[:] = 0
    assert_same({"a": f.get_tensor("a")}, {"a": TENSORS["a"]})


def test_safe_open_reads_every_format(new_path):
    cairn.save(new_path, TENSORS)
    with cairn.safe_open(new_path, "np", backend="pread") as f:
        assert f.get_slice("a")[1:2, 3].tolist() == [7]
        assert f.get_slice("a").get_dtype() == "F32"
        assert f.metadata() is None or isinstance(f.metadata(), dict)
        assert sorted(f.offset_keys()) == sorted(TENSORS)


def test_mistakes_are_errors(path):
    with pytest.raises(ValueError, match="framework 'caffe' is not known"):
        cairn.safe_open(path, framework="caffe")
    with pytest.raises(FileNotFoundError):
        cairn.safe_open(path.with_name("other.safetensors"), framework="np")
    f = cairn.safe_open(path, framework="np")
    for read in (f.get_tensor, f.get_slice):
        with pytest.raises(KeyError):
            read("nothing")
    with pytest.raises(IndexError):
        f.get_slice("a")[5]
    with pytest.raises(TypeError):
        f.get_slice("a")[[0, 1]]


def test_a_closed_file_is_not_read(path):
    with cairn.safe_open(path, framework="np") as f:
        pass
    with pytest.raises(cairn.FailedPreconditionError, match="closed"):
        f.keys()


def test_safe_open_makes_tensors_of_tensorflow(path):
    pytest.importorskip("tensorflow")
    with cairn.safe_open(path, framework="tf") as f:
        assert f.get_tensor("a").numpy().tolist() == TENSORS["a"].tolist()
        assert f.get_slice("a")[1:, 0].shape == (2,)


def test_safe_open_makes_arrays_of_jax(path):
    pytest.importorskip("jax")
    with cairn.safe_open(path, framework="flax") as f:
        assert f.get_tensor("a").tolist() == TENSORS["a"].tolist()


def test_the_modules_do_not_import_a_framework(run_python):
    said = run_python(
        "import sys, cairn.numpy, cairn.torch\n"
        "print({'torch', 'tensorflow', 'jax', 'safetensors'} & set(sys.modules))"
    )
    assert said == "set()\n"
