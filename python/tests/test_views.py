"""Arrays are views of the mapped file where the file allows it."""

import gc

import numpy as np
import pytest

import cairn


def base_of(array):
    """Returns the object that holds the memory of an array."""
    while isinstance(array, np.ndarray):
        array = array.base
    return array


def test_a_view_is_read_only_and_copies_nothing(saved):
    ckpt = cairn.open(saved)
    first, second = ckpt["conv0/W"], ckpt["conv0/W"]
    assert not first.flags.writeable
    assert np.shares_memory(first, second)
    with pytest.raises(ValueError):
        first[0] = 1


def test_a_view_outlives_the_checkpoint_and_its_file(saved, arrays):
    ckpt = cairn.open(saved)
    view = ckpt["conv0/W"][1:]
    for path in saved.parent.iterdir():
        path.unlink()
    del ckpt
    gc.collect()
    np.testing.assert_array_equal(view, arrays["conv0/W"][1:])


def test_without_mmap_arrays_are_copies(saved, arrays):
    ckpt = cairn.open(saved, mmap=False)
    first, second = ckpt["conv0/W"], ckpt["conv0/W"]
    assert first.flags.writeable and not np.shares_memory(first, second)
    first[:] = 0
    np.testing.assert_array_equal(ckpt["conv0/W"], arrays["conv0/W"])


def test_a_value_that_is_not_aligned_is_copied(tmp_path):
    cairn.save(tmp_path / "m", {"a": np.array([True]), "b": np.arange(3.0)})
    value = cairn.open(tmp_path / "m")["b"]
    assert value.flags.aligned and value.flags.writeable
    np.testing.assert_array_equal(value, np.arange(3.0))


def test_a_packed_value_is_copied(tmp_path):
    cairn.save(tmp_path / "m.npz", {"a": np.zeros(1000)}, compress=True)
    value = cairn.open(tmp_path / "m.npz")["a"]
    assert value.flags.writeable
    np.testing.assert_array_equal(value, np.zeros(1000))


@pytest.mark.parametrize("mmap", [True, False])
def test_damage_is_an_error_each_time(saved, mmap):
    data = saved.with_name(saved.name + ".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    at = content.find(np.float32(11).tobytes())
    content[at] ^= 1
    data.write_bytes(content)
    ckpt = cairn.open(saved, mmap=mmap)
    for _ in range(2):
        with pytest.raises(cairn.DataLossError) as caught:
            ckpt["conv0/W"]
        assert caught.value.reason == "E_CRC"
        assert caught.value.tensor == "conv0/W"
        assert caught.value.path == str(data)
    np.testing.assert_array_equal(ckpt["conv0/b"], np.ones(4, np.float32))


def test_a_view_is_verified_once(saved):
    ckpt = cairn.open(saved)
    assert ckpt["conv0/W"][0, 0] == 0
    data = saved.with_name(saved.name + ".data-00000-of-00001")
    with data.open("r+b") as file:
        file.write(np.float32(5).tobytes())
    assert ckpt["conv0/W"][0, 0] == 5, "the mapped file, as it is now"
    with pytest.raises(cairn.DataLossError):
        cairn.open(saved)["conv0/W"]


def test_a_cut_file_is_an_error_without_mmap(saved):
    ckpt = cairn.open(saved, mmap=False)
    data = saved.with_name(saved.name + ".data-00000-of-00001")
    with data.open("r+b") as file:
        file.truncate(8)
    with pytest.raises(cairn.Error):
        ckpt["conv0/W"]


@pytest.mark.parametrize("mmap", [True, False])
def test_all_are_loaded_together(saved, arrays, mmap):
    ckpt = cairn.open(saved, mmap=mmap)
    loaded = ckpt.load()
    assert list(loaded) == sorted(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded[name], array, strict=True)
        assert loaded[name].flags.writeable == ckpt[name].flags.writeable
    assert list(ckpt.load(["step", "mask"])) == ["step", "mask"]
    assert ckpt.load([]) == {}
    with pytest.raises(cairn.MissingTensorError):
        ckpt.load(["step", "nothing"])


@pytest.mark.parametrize("mmap", [True, False])
def test_damage_fails_those_that_are_loaded_with_it(saved, mmap):
    data = saved.with_name(saved.name + ".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[content.find(np.float32(11).tobytes())] ^= 1
    data.write_bytes(content)
    ckpt = cairn.open(saved, mmap=mmap)
    with pytest.raises(cairn.DataLossError) as caught:
        ckpt.load()
    assert caught.value.tensor == "conv0/W"
    assert ckpt.load(["conv0/b"])["conv0/b"].sum() == 4


def test_every_tensor_of_the_corpus_is_loaded(corpus):
    for index in sorted(corpus.glob("tf_features/*/*.index")):
        ckpt = cairn.open(index)
        loaded = ckpt.load()
        assert list(loaded) == list(ckpt)
        assert all(
            array.tobytes() == ckpt[name].tobytes()
            for name, array in loaded.items()
            if array.dtype != object
        )
