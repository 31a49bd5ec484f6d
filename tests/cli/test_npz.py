"""npz and npy: what numpy writes is read, and goes where it is asked to."""
import io
import json

import numpy as np
import pytest
import tensorflow as tf

RNG = np.random.default_rng(4)
ARRAYS = {
    "net/w": RNG.normal(size=(17, 33)).astype(np.float32), "x:0": np.arange(3, dtype=np.uint8), "ünï": np.array([True, False]),
    "turned": np.asfortranarray(RNG.normal(size=(3, 4, 5))), "big": np.arange(7, dtype=">i4"), "scalar": np.array(5),
    "big_turned": np.asfortranarray(np.arange(6, dtype=">c8").reshape(2, 3)), "empty": np.zeros((0, 3), np.float16),
    "nan": np.array([0x7FC00001, 0x80000000, 1], np.uint32).view(np.float32), "half": np.arange(5).astype(np.float16),
    "n" * 4000: np.array([1 + 2j]),
}
TEXTS = {"bytes": np.array([[b"a", b"bc"], [b"", b"d\x00e"]]), "text": np.array(["hello", "wörld", "😀", ""])}


@pytest.fixture(params=["stored", "deflated"])
def npz(request, tmp_path):
    path = tmp_path / "arrays.npz"
    (np.savez if request.param == "stored" else np.savez_compressed)(path, **ARRAYS, **TEXTS)
    return path


def test_numpy_files_become_checkpoints(cairn, npz, tmp_path):
    assert cairn("verify", npz).code == 0
    assert cairn("convert", npz, tmp_path / "tf/model").code == 0
    reader = tf.train.load_checkpoint(str(tmp_path / "tf/model"))
    assert set(reader.get_variable_to_shape_map()) == set(ARRAYS) | set(TEXTS)
    for name, array in ARRAYS.items():
        got, want = reader.get_tensor(name), np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
        assert np.shape(got) == array.shape and np.asarray(got).tobytes() == want.tobytes(), name[:20]
    np.testing.assert_array_equal(reader.get_tensor("bytes"), TEXTS["bytes"])
    np.testing.assert_array_equal(reader.get_tensor("text"), [text.encode() for text in TEXTS["text"]])


def test_large_arrays_in_fortran_order(cairn, tmp_path):
    """Several bands of rows, and one array of a row that is more than a band."""
    arrays = {"weights": RNG.normal(size=(1500, 1100)).astype(np.float32).T, "wide": RNG.integers(0, 255, (5_000_000, 2), np.uint8).T}
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "turned.npz", **arrays)
        assert cairn("convert", "--force", tmp_path / "turned.npz", tmp_path / "rows.npz").code == 0
        with np.load(tmp_path / "rows.npz") as rows:
            for name, array in arrays.items():
                assert rows[name].flags.c_contiguous
                np.testing.assert_array_equal(rows[name], array)


def test_values_and_listing(cairn, npz):
    assert cairn("cat", npz, "big").out == "[0 1 2 3 4 5 6]\n"
    for name in ("turned", "big_turned", "nan"):
        shown = np.load(io.BytesIO(cairn("cat", "--npy", npz, name).out_bytes))
        assert shown.tobytes() == np.ascontiguousarray(ARRAYS[name]).astype(shown.dtype).tobytes()
    listed = json.loads(cairn("ls", "--json", npz).out)
    assert listed["format"] == "npz"
    assert {tensor["name"]: tensor["shape"] for tensor in listed["tensors"]} == {
        name: list(array.shape) for name, array in (ARRAYS | TEXTS).items()}


@pytest.mark.parametrize("name", ["turned", "big", "scalar", "empty"])
def test_npy(cairn, tmp_path, name):
    path = tmp_path / "array.npy"
    np.save(path, ARRAYS[name])
    ran = cairn("verify", path)
    assert ran.code == 0 and "1 tensor has no checksum: read, not proven" in ran.out
    back = tmp_path / "back.npy"
    back.write_bytes(cairn("cat", "--npy", path, "array").out_bytes)
    np.testing.assert_array_equal(np.load(back), ARRAYS[name])


def test_npy_that_cannot_be_read(cairn, tmp_path):
    np.save(tmp_path / "o.npy", np.array([{}], dtype=object))
    np.save(tmp_path / "s.npy", np.zeros(2, [("a", "<f4")]))
    np.save(tmp_path / "so.npy", np.zeros(2, [("a", "<f4"), ("b", object)]))
    for name, what, reason in (("o", "Python objects", "E_UNSAFE"), ("s", "structured", "E_UNSUPPORTED"),
                               ("so", "Python objects", "E_UNSAFE")):
        path = tmp_path / f"{name}.npy"
        ran = cairn("ls", path)
        assert ran.code == 2 and what in ran.err and len(ran.err.splitlines()) == 1
        assert reason in cairn("verify", path).out


def test_damage_is_found(cairn, npz, tmp_path):
    content = bytearray(npz.read_bytes())
    with np.load(npz) as archive:
        offset = archive.zip.getinfo("net/w.npy").header_offset
    content[offset + 400] ^= 1
    npz.write_bytes(content)
    ran = cairn("verify", npz)
    assert ran.code == 1 and "tensor 'net/w'" in ran.out
    assert cairn("convert", npz, tmp_path / "tf/model").code == 1 and not (tmp_path / "tf/model.index").exists()


def test_info_says_how_members_are_packed(cairn, npz):
    packed = json.loads(cairn("info", "--json", npz).out)["compression"]
    with np.load(npz) as archive:
        assert packed == ("deflate" if archive.zip.infolist()[0].compress_type else "none")
    assert f"npz, compression: {packed}" in cairn("info", npz).out
