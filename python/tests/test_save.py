"""Arrays, numbers and texts become a checkpoint in one step."""

import array

import numpy as np
import pytest

import cairn


class OnlyDlpack:
    """An array of another framework, which has DLPack and nothing else."""

    def __init__(self, values):
        self._values = values

    def __dlpack__(self, **options):
        return self._values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._values.__dlpack_device__()


@pytest.mark.parametrize(
    "value, expected",
    [
        (3, np.int64(3)),
        (True, np.bool_(True)),
        (1.5, np.float64(1.5)),
        (1j, np.complex128(1j)),
        ([1.0, 2.0], np.array([1.0, 2.0])),
        (array.array("i", [1, 2]), np.array([1, 2], np.int32)),
        (memoryview(b"ab"), np.array([97, 98], np.uint8)),
        (bytearray(b"ab"), np.array([97, 98], np.uint8)),
        (
            OnlyDlpack(np.arange(6, dtype=np.float32).reshape(2, 3)),
            np.arange(6, dtype=np.float32).reshape(2, 3),
        ),
        (np.arange(6).reshape(2, 3).T, np.arange(6).reshape(2, 3).T),
        (np.arange(10)[::3], np.arange(10)[::3]),
        (np.broadcast_to(np.float32(2), (2, 2)), np.full((2, 2), 2, np.float32)),
        (np.float16(2), np.float16(2)),
    ],
)
def test_a_value_is_saved(tmp_path, value, expected):
    cairn.save(tmp_path / "m", {"x": value})
    saved = cairn.open(tmp_path / "m")["x"]
    np.testing.assert_array_equal(saved, np.asarray(expected), strict=True)


def test_the_report_says_what_was_written(tmp_path, arrays):
    report = cairn.save(tmp_path / "m", arrays)
    assert report.num_tensors == len(arrays)
    assert sorted(report.files) == sorted(str(path) for path in tmp_path.iterdir())
    assert report.nbytes == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_the_name_tells_the_format_unless_it_is_given(tmp_path):
    cairn.save(tmp_path / "a.npz", {"x": 1})
    assert np.load(tmp_path / "a.npz")["x"] == 1
    cairn.save(tmp_path / "b", {"x": np.ones(2)}, format="safetensors")
    assert cairn.open(tmp_path / "b").format == "safetensors"
    with pytest.raises(cairn.InvalidArgumentError, match="use one of tf, npz"):
        cairn.save(tmp_path / "c", {"x": 1}, format="hdf5")


def test_nothing_is_replaced_unless_that_is_asked_for(tmp_path):
    cairn.save(tmp_path / "m.npz", {"x": 1})
    with pytest.raises(FileExistsError):
        cairn.save(tmp_path / "m.npz", {"x": 2})
    assert cairn.open(tmp_path / "m.npz")["x"] == 1
    cairn.save(tmp_path / "m.npz", {"x": 2}, overwrite=True)
    assert cairn.open(tmp_path / "m.npz")["x"] == 2


@pytest.mark.parametrize("name", ["m.h5", "m.index", "m.pt", ""])
def test_names_that_are_not_found_again_are_refused(tmp_path, name):
    with pytest.raises((cairn.InvalidArgumentError, cairn.UnimplementedError)):
        cairn.save(f"{tmp_path}/{name}", {"x": 1})
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_is_saved_in_another_format(saved, tmp_path, arrays):
    cairn.save(tmp_path / "m.npz", cairn.open(saved))
    assert cairn.open(tmp_path / "m.npz").keys() == arrays.keys()


def test_texts_beside_the_tensors_survive(tmp_path):
    cairn.save(tmp_path / "a.safetensors", {"x": np.ones(2)}, metadata={"epoch": "3"})
    ckpt = cairn.open(tmp_path / "a.safetensors")
    assert ckpt.metadata["epoch"] == "3"
    cairn.save(tmp_path / "b.safetensors", ckpt, metadata={"epoch": "4"})
    assert cairn.open(tmp_path / "b.safetensors").metadata["epoch"] == "4"


def test_a_format_without_an_option_says_so(tmp_path):
    with pytest.raises(cairn.InvalidArgumentError):
        cairn.save(tmp_path / "m", {"x": 1}, compress=True)


def test_a_name_must_be_text(tmp_path):
    with pytest.raises(TypeError, match="must be str or bytes, not int"):
        cairn.save(tmp_path / "m", {3: 1})


def test_the_saved_bytes_are_those_of_the_library(tmp_path, arrays):
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    cairn.save(first, arrays)
    cairn.save(second, dict(reversed(list(arrays.items()))))
    assert first.read_bytes() == second.read_bytes()
