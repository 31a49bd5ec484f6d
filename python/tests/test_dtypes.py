"""Every dtype keeps its elements, with ml_dtypes and without."""

import numpy as np
import pytest

import cairn

ml_dtypes = pytest.importorskip("ml_dtypes")

PLAIN = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split()
FOREIGN = (
    "bfloat16 float8_e5m2 float8_e4m3fn float8_e4m3fnuz float8_e4m3b11fnuz float8_e5m2fnuz "
    "int4 uint4"
).split()


def sample(dtype):
    """Returns some elements of a dtype, whatever their bits are."""
    bits = np.arange(24 * dtype.itemsize, dtype=np.uint8)
    if dtype == bool or dtype.name in ("int4", "uint4"):
        return (bits[:24] % 2).astype(dtype).reshape(2, 3, 4)
    return bits.view(dtype).reshape(2, 3, 4)


@pytest.mark.parametrize("dtype", PLAIN + FOREIGN)
def test_a_dtype_survives(tmp_path, dtype):
    dtype = np.dtype(getattr(ml_dtypes, dtype) if dtype in FOREIGN else dtype)
    value = sample(dtype)
    cairn.save(tmp_path / "m", {"x": value})
    ckpt = cairn.open(tmp_path / "m")
    assert ckpt.dtype("x") == ckpt["x"].dtype == dtype
    assert ckpt["x"].tobytes() == value.tobytes()


def test_the_other_byte_order_is_swapped(tmp_path):
    cairn.save(tmp_path / "m", {"x": np.arange(4, dtype=">i4"), "y": np.array(1.5, ">f8")})
    ckpt = cairn.open(tmp_path / "m")
    np.testing.assert_array_equal(ckpt["x"], np.arange(4, dtype=np.int32), strict=True)
    assert ckpt["y"] == 1.5


def test_without_ml_dtypes_the_bits_are_read_with_one_warning(tmp_path, run_python):
    value = np.arange(4).astype(ml_dtypes.bfloat16)
    small = np.arange(4).astype(ml_dtypes.float8_e5m2)
    cairn.save(tmp_path / "m", {"x": value, "y": small, "z": small})
    said = run_python(
        """
import sys
sys.modules["ml_dtypes"] = None
import cairn
ckpt = cairn.open(sys.argv[1])
print(ckpt["x"].dtype, ckpt["y"].dtype, ckpt["x"].tolist(), ckpt["z"].tolist())
""",
        tmp_path / "m",
    )
    bits, small_bits = value.view(np.uint16).tolist(), small.view(np.uint8).tolist()
    assert said.startswith(f"uint16 uint8 {bits} {small_bits}")
    assert said.count("UserWarning") == 1 and "install ml_dtypes" in said


@pytest.mark.parametrize(
    "value", [np.zeros(2, "M8[s]"), np.zeros(2, np.longdouble), object(), [1, [2]]]
)
def test_other_values_are_refused_by_name(tmp_path, value):
    with pytest.raises(cairn.InvalidArgumentError, match="tensor 'x': ") as caught:
        cairn.save(tmp_path / "m", {"x": value})
    assert caught.value.tensor == "x"
    assert list(tmp_path.iterdir()) == []
