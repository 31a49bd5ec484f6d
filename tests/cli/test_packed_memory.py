"""Packed arrays that unpack to far more than the memory a verb may take: texts, and numbers in Fortran order."""
import struct
import zipfile

import numpy as np
import pytest

from conftest import peak_nbytes

MIB = 1 << 20


def pack_zeros(path, descr, shape, nbytes, is_fortran_order=False):
    """An archive with the array 'x' of `nbytes` zeros: a thousandth of them in the file."""
    text = f"{{'descr': '{descr}', 'fortran_order': {is_fortran_order}, 'shape': {shape}, }}\n".encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open("x.npy", "w", force_zip64=True) as member:
        member.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text)
        for at in range(0, nbytes, MIB):
            member.write(bytes(min(MIB, nbytes - at)))
    return path


@pytest.mark.parametrize("descr, width", [("|S1", 1), ("<U1", 4), ("|S1000", 1000)])
@pytest.mark.parametrize("verb", ["verify", "stats"])
def test_texts_are_read_a_few_at_a_time(verb, descr, width, tmp_path):
    nbytes = 125 * MIB
    path = pack_zeros(tmp_path / "texts.npz", descr, (nbytes // width,), nbytes)
    assert peak_nbytes(verb, path) < 32 * MIB


@pytest.mark.parametrize("verb", ["verify", "stats"])
def test_the_order_of_numbers_does_not_matter_to_who_counts_them(verb, tmp_path):
    path = pack_zeros(tmp_path / "turned.npz", "<f4", (8192, 4096), 128 * MIB, is_fortran_order=True)
    assert peak_nbytes(verb, path) < 32 * MIB


def test_a_packed_array_in_fortran_order_is_turned_within_the_budget(cairn, tmp_path):
    path = pack_zeros(tmp_path / "turned.npz", "<f4", (8192, 4096), 128 * MIB, is_fortran_order=True)
    assert peak_nbytes("convert", "--memory", "8MiB", path, tmp_path / "rows.safetensors") < 48 * MIB
    rows = np.asfortranarray(np.arange(6000, dtype=np.int64).reshape(20, 300))
    np.savez_compressed(tmp_path / "small.npz", x=rows)
    assert cairn("convert", "--memory", "4KiB", tmp_path / "small.npz", tmp_path / "small_rows.npz").code == 0
    with np.load(tmp_path / "small_rows.npz") as found:
        assert found["x"].flags.c_contiguous
        np.testing.assert_array_equal(found["x"], rows)


def test_strings_that_must_be_held_are_refused_where_they_take_far_more_than_is_stored(cairn, tmp_path):
    """The payload of a string tensor of TensorFlow begins with the lengths of all elements."""
    path = pack_zeros(tmp_path / "texts.npz", "|S1024", (1 * MIB,), 1024 * MIB)
    ran = cairn("convert", "--max-expand", "100", path, tmp_path / "model")
    assert ran.code == 2 and "at most 100 times" in ran.err and "--max-expand" in ran.err
    assert not list(tmp_path.glob("model*"))
    ran = cairn("convert", "--max-expand", "100000", path, tmp_path / "model")
    assert ran.code == 0, ran.err
    assert cairn("verify", tmp_path / "model").code == 0


@pytest.mark.parametrize("options", [[], ["--json"], ["--npy"]], ids=str)
def test_cat_reads_texts_a_few_at_a_time(options, tmp_path):
    path = pack_zeros(tmp_path / "texts.npz", "<U1000", (25_000,), 100_000_000)
    assert peak_nbytes("cat", *options, path, "x") < 32 * MIB


def test_texts_are_copied_a_few_at_a_time(tmp_path):
    path = pack_zeros(tmp_path / "texts.npz", "<U1000", (25_000,), 100_000_000)
    assert peak_nbytes("convert", "--memory", "8MiB", path, tmp_path / "copy.npz") < 32 * MIB
