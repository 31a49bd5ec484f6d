"""A lazy tensor reads the part that is asked for, and that part is numpy's."""

import random
import resource
import struct

import numpy as np
import pytest

import cairn

FULL = np.arange(7 * 5 * 6, dtype=np.int32).reshape(7, 5, 6)


@pytest.fixture(params=["m", "m.npz", "packed.npz"])
def ckpt(request, tmp_path):
    path = tmp_path / request.param
    cairn.save(path, {"x": FULL, "s": 5}, compress=request.param == "packed.npz")
    return cairn.open(path)


def random_part(rng, size):
    """Returns an integer or a slice, often with a step, for an axis of a size."""
    if rng.random() < 0.3:
        return rng.randrange(-size, size)
    bounds = [rng.choice([None, rng.randrange(-2 * size, 2 * size)]) for _ in range(2)]
    return slice(*bounds, rng.choice([None, 1, 2, 3, -1, -2, 10, -10]))


def random_index(rng):
    index = [random_part(rng, size) for size in FULL.shape[: rng.randrange(4)]]
    if rng.random() < 0.3:
        at = rng.randrange(len(index) + 1)
        index = [*index[:at], ..., *(random_part(rng, 5) for _ in range(rng.randrange(2)))][:3]
        if at == 3:
            index = [*index, ...]
    if rng.random() < 0.2:
        index.insert(rng.randrange(len(index) + 1), None)
    return tuple(index) if rng.random() < 0.9 or len(index) != 1 else index[0]


@pytest.mark.parametrize("verify", [False, True])
def test_a_part_equals_that_of_the_whole(ckpt, verify):
    rng = random.Random(1)
    lazy = ckpt.lazy("x", verify=verify)
    num_compared = 0
    for _ in range(1000):
        index = random_index(rng)
        try:
            expected = FULL[index]
        except IndexError:
            with pytest.raises(IndexError):
                lazy[index]
            continue
        part = lazy[index]
        assert type(part) is type(expected), index
        np.testing.assert_array_equal(part, expected, strict=True, err_msg=str(index))
        num_compared += 1
    assert num_compared > 800


def test_it_looks_like_an_array(ckpt):
    lazy = ckpt.lazy("x")
    assert (lazy.shape, lazy.dtype, lazy.ndim, lazy.size) == (FULL.shape, FULL.dtype, 3, 210)
    assert len(lazy) == 7
    np.testing.assert_array_equal(np.asarray(lazy), FULL)
    assert ckpt.lazy("s")[()] == 5
    with pytest.raises(TypeError):
        len(ckpt.lazy("s"))


@pytest.mark.parametrize("index", [[0, 1], True, 1.0, "x", np.ones(7, bool), (0, [1])])
def test_other_indices_are_refused(ckpt, index):
    with pytest.raises(TypeError, match=r"ckpt\[name\]\[index\]"):
        ckpt.lazy("x")[index]


def test_what_is_wrong_with_an_index_is_said_as_numpy_says_it(ckpt):
    with pytest.raises(IndexError, match="index 7 is out of bounds for axis 0 with size 7"):
        ckpt.lazy("x")[7]
    with pytest.raises(IndexError, match="too many indices"):
        ckpt.lazy("x")[0, 0, 0, 0]


def test_a_part_of_a_huge_tensor_takes_no_memory(tmp_path):
    path = tmp_path / "huge.safetensors"
    rows, columns = 1 << 24, 1 << 12  # 256 GiB of float32, none of them on the disk
    header = f'{{"emb":{{"dtype":"F32","shape":[{rows},{columns}],"data_offsets":[0,{rows * columns * 4}]}}}}'
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header.encode())
        file.truncate(8 + len(header) + rows * columns * 4)
        file.seek(8 + len(header) + 1000 * columns * 4)
        file.write(np.full(columns, 3, np.float32).tobytes())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    part = cairn.open(path).lazy("emb")[1000:1010]
    assert part.shape == (10, columns)
    assert part[0].sum() == 3 * columns and part[1:].sum() == 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


def test_strings_are_read_in_part(tmp_path):
    cairn.save(tmp_path / "m", {"x": ["a", "b", "c"]})
    assert cairn.open(tmp_path / "m").lazy("x")[::-2].tolist() == [b"c", b"a"]


def test_a_part_is_verified_if_that_is_asked_for(tmp_path):
    cairn.save(tmp_path / "m", {"x": FULL})
    data = tmp_path / "m.data-00000-of-00001"
    content = bytearray(data.read_bytes())
    content[-1] ^= 1
    data.write_bytes(content)
    ckpt = cairn.open(tmp_path / "m")
    np.testing.assert_array_equal(ckpt.lazy("x")[0], FULL[0])
    with pytest.raises(cairn.DataLossError):
        ckpt.lazy("x", verify=True)[0]


def test_a_lazy_tensor_is_saved_without_being_read(tmp_path):
    cairn.save(tmp_path / "m", {"x": FULL})
    cairn.save(tmp_path / "other.npz", {"y": cairn.open(tmp_path / "m").lazy("x")})
    np.testing.assert_array_equal(cairn.open(tmp_path / "other.npz")["y"], FULL)
