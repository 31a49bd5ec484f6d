"""What is saved is opened as it was: over dtypes, shapes, names and formats."""

import os
import tempfile

import numpy as np
import pytest

import cairn
import cairn.numpy

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")
numpy_strategies = pytest.importorskip("hypothesis.extra.numpy")

NUM_EXAMPLES = 2000 if "CAIRN_LONG" in os.environ else 60
settings = hypothesis.settings(max_examples=NUM_EXAMPLES, deadline=None, derandomize=True)

DTYPES = [np.dtype(text) for text in "?bBhHiIlLefdFD"]
SHAPES = numpy_strategies.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
# npz has file names as names, which end at the first zero byte for other programs.
NAMES = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20
)


def arrays(dtypes):
    return st.sampled_from(dtypes).flatmap(lambda dtype: numpy_strategies.arrays(dtype, SHAPES))


def assert_same(loaded, values):
    assert loaded.keys() == values.keys()
    for name, value in values.items():
        assert loaded[name].dtype == value.dtype and loaded[name].shape == value.shape
        assert loaded[name].tobytes() == value.tobytes()


@pytest.mark.parametrize("name", ["m", "m.npz", "m.safetensors"])
@settings
@hypothesis.given(data=st.data())
def test_any_arrays_survive(name, data):
    dtypes = [dtype for dtype in DTYPES if name != "m.safetensors" or dtype.char != "D"]
    values = data.draw(st.dictionaries(NAMES, arrays(dtypes), max_size=5))
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, name)
        cairn.save(path, values, durable=False)
        assert_same(dict(cairn.open(path)), values)
        assert_same(dict(cairn.open(path, mmap=False)), values)
        assert_same(cairn.numpy.load_file(path), values)
        if name == "m.npz":
            with np.load(path) as loaded:
                assert sorted(loaded.files) == sorted(values)


@settings
@hypothesis.given(
    values=st.dictionaries(NAMES, arrays([np.dtype("f4"), np.dtype("i8")]), min_size=1, max_size=4),
    content=st.data(),
)
def test_any_bytes_are_saved_to_memory_and_back(values, content):
    saved = cairn.numpy.save(values)
    assert_same(cairn.numpy.load(saved), values)
    # Whatever is cut off or changed, it is an error or the same tensors.
    cut = content.draw(st.integers(0, len(saved) - 1))
    with pytest.raises(cairn.Error):
        cairn.numpy.load(saved[:cut])


@settings
@hypothesis.given(value=arrays([np.dtype("f4")]), order=st.randoms())
def test_any_transposition_is_that_of_numpy(value, order):
    axes = list(range(value.ndim))
    order.shuffle(axes)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "m")
        cairn.save(path, {"x": value}, durable=False)
        ckpt = cairn.open(path)
        if axes:
            ckpt = ckpt.transpose("x", axes)
        assert ckpt["x"].tobytes() == value.transpose(axes).tobytes()
        flat = ckpt.reshape("x", [-1])["x"] if value.size else None
        assert flat is None or flat.tobytes() == value.transpose(axes).tobytes()


@settings
@hypothesis.given(st.lists(st.binary(max_size=30), max_size=8))
def test_any_strings_survive(elements):
    value = np.empty(len(elements), object)
    value[:] = elements
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "m")
        cairn.save(path, {"x": value}, durable=False)
        assert cairn.open(path)["x"].tolist() == elements
