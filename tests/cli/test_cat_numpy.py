"""cairn cat prints what print(array) of numpy prints: random arrays of every dtype that numpy has."""
import os

import numpy as np
import pytest

from conftest import save

RNG = np.random.default_rng(20240607)
PER_DTYPE = int(os.environ.get("CAIRN_ARRAYS", "120"))
SHAPES = [(), (1,), (2,), (7,), (30,), (3, 4), (1, 1, 1), (5, 1), (2, 3, 4), (2, 2, 2, 3), (0,), (2, 0), (12, 11), (1001,),
          (40, 30), (7, 8, 20), (1, 2000), (2000, 1), (2, 1, 7, 8, 10), (1000,), (33, 3, 11)]


def floats(dtype, size):
    """Values of very different kinds, so that each way of writing numbers is met."""
    info = np.finfo(dtype)
    kind = RNG.integers(0, 12)
    with np.errstate(over="ignore"):
        if kind == 0:
            x = RNG.normal(size=size)
        elif kind == 1:
            x = RNG.normal(size=size) * 10.0 ** RNG.integers(-6, 9)
        elif kind == 2:
            x = 10.0 ** RNG.uniform(-9, 9, size)
        elif kind == 3:
            x = RNG.integers(-1000, 1000, size) / 8
        elif kind == 4:
            x = RNG.integers(-5, 6, size).astype(float)
        elif kind == 5:
            x = RNG.choice([0.0, -0.0, 1.0, np.nan, np.inf, -np.inf, 0.1, 1e-5, 123456.789], size)
        elif kind == 6:
            x = 2.0 ** RNG.integers(info.minexp - 10, info.maxexp, size)
        elif kind == 7:
            x = np.full(size, RNG.choice([np.nan, np.inf, -np.inf, 0.0, -0.0]))
        elif kind == 8:
            x = RNG.choice([0.0001, 0.00009999, 999999.9, 1e6, 1e8, 99999999.0, 1000.0, 0.001, 1001.0], size)
        elif kind == 9:
            x = RNG.uniform(1, 1.0005, size)
        elif kind == 10:
            x = RNG.choice([1.5, 2.25, 1e-3, 0.5, np.nan], size)
        else:
            width = f"u{np.dtype(dtype).itemsize}"
            return RNG.integers(0, 256, (size, np.dtype(dtype).itemsize), dtype=np.uint8).view(width)[:, 0].view(dtype)
        return x.astype(dtype)


def sample(dtype, size):
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return floats(dtype, size)
    if dtype.kind == "c":
        part = np.float32 if dtype.itemsize == 8 else np.float64
        x = np.empty(size, dtype)
        x.real, x.imag = floats(part, size), floats(part, size)
        return x
    if dtype.kind == "b":
        return RNG.integers(0, 2, size).astype(bool)
    info = np.iinfo(dtype)
    if RNG.integers(0, 2):
        return RNG.integers(info.min, info.max, size, dtype=dtype, endpoint=True)
    return RNG.integers(max(info.min, -9), 10, size).astype(dtype)


def arrays(dtype):
    for i in range(PER_DTYPE):
        shape = SHAPES[i % len(SHAPES)]
        yield sample(dtype, int(np.prod(shape))).reshape(shape)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128", "bool", "int8", "uint8",
                                   "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_print(cairn, tmp_path, dtype):
    tensors = {f"x{i:03}": x for i, x in enumerate(arrays(dtype))}
    prefix = save(str(tmp_path / "m"), tensors)
    for name, x in tensors.items():
        ran = cairn("cat", prefix, name)
        assert ran.out == str(x) + "\n", (name, x.shape, x.reshape(-1)[:5].tolist())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64"])
def test_print_with_options(cairn, tmp_path, dtype):
    tensors = {f"x{i:03}": x for i, x in enumerate(arrays(dtype))}
    prefix = save(str(tmp_path / "m"), tensors)
    for i, (name, x) in enumerate(tensors.items()):
        precision, edge = i % 14, 1 + i % 5
        ran = cairn("cat", "--precision", str(precision), "--edge", str(edge), prefix, name)
        assert ran.out == np.array2string(x, precision=precision, edgeitems=edge) + "\n", (name, x.shape, precision, edge)


def test_print_strings(cairn, tmp_path):
    import tensorflow as tf

    words = [b"", b"a", b"it's", b'both \' and "', b"tab\t nl\n cr\r", b"\xff\x00\x1b[31m", "grüße".encode(), b"back\\slash", b"x" * 90]
    tensors = {f"{i}": np.array(RNG.choice(np.array(words, object), shape), object)
               for i, shape in enumerate([(1,), (9,), (3, 4), (2, 3, 2), (1200,), (30, 50), (0,)])}
    prefix = save(str(tmp_path / "m"), {name: tf.constant(x.tolist(), tf.string) for name, x in tensors.items()})
    for name, x in tensors.items():
        assert cairn("cat", prefix, name).out == f"{x}\n"
    prefix = save(str(tmp_path / "n"), {"scalar": tf.constant(b"it's\n")})
    assert cairn("cat", prefix, "scalar").out == "b\"it's\\n\"\n"


def test_types_of_ml_dtypes(cairn, tmp_path):
    """bfloat16 and float8 look as ml_dtypes prints them; only int4 has columns, as all integers have."""
    import ml_dtypes

    arrays = {"b": np.array([[0.1, 1], [-2.5, 1e6]], ml_dtypes.bfloat16), "s": np.array(0.1, ml_dtypes.bfloat16)}
    for name in ("float8_e5m2", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e4m3b11fnuz", "float8_e5m2fnuz"):
        arrays[name] = np.arange(256, dtype=np.uint8).view(getattr(ml_dtypes, name))
    prefix = save(str(tmp_path / "m"), arrays | {"i": np.array([-8, 7], ml_dtypes.int4)})
    for name, array in arrays.items():
        assert cairn("cat", prefix, name).out == str(array) + "\n", name
    assert cairn("cat", prefix, "i").out == "[-8  7]\n" and str(np.array([-8, 7], ml_dtypes.int4)) == "[-8 7]"


def test_digits_of_float16_are_the_same_in_json(cairn, tmp_path):
    x = np.arange(0, 0x7c00, 7, dtype=np.uint16).view(np.float16)
    np.save(tmp_path / "x.npy", x)
    values = cairn("cat", "--json", tmp_path / "x.npy").out.split('"values":[')[1].split("]}")[0]
    assert values.split(",") == [str(value) for value in x]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "int16", "uint64"])
def test_all_of_large_arrays(cairn, tmp_path, dtype):
    """Widths follow from a few of the numbers; numpy looks at each."""
    size = int(os.environ.get("CAIRN_LARGE", "2000"))
    arrays = {f"r{i}": sample(dtype, size) for i in range(24)}
    if np.dtype(dtype).kind == "f":
        for decimals in range(6):
            for scale in (1, 30, 1e3, 1e5, 1e7):
                with np.errstate(over="ignore"):
                    arrays[f"d{decimals}x{scale:g}"] = np.round(RNG.uniform(-scale, scale, size), decimals).astype(dtype)
        with np.errstate(over="ignore"):
            arrays["counted"] = np.arange(size).astype(dtype)
            arrays["halves"] = (np.arange(size) * 512.5).astype(dtype)
    np.savez(tmp_path / "x.npz", **arrays)
    for name, x in arrays.items():
        for options, wanted in (([], {}), (["--precision", "3"], {"precision": 3}), (["--precision", "17"], {"precision": 17})):
            ran = cairn("cat", "--all", *options, tmp_path / "x.npz", name)
            assert ran.out == np.array2string(x, threshold=10**9, **wanted) + "\n", (name, options)
