"""Memory, open files and reference counts stay flat. CAIRN_LONG=1 does everything 10,000 times."""

import gc
import os
import pathlib
import sys

import numpy as np
import pytest

import cairn

NUM_TIMES = 10_000 if "CAIRN_LONG" in os.environ else 400


def resident_nbytes():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def grown_nbytes(step):
    """Returns by how much the memory of this process grows while `step` is done many times."""
    for _ in range(NUM_TIMES // 4):
        step()
    gc.collect()
    before = resident_nbytes()
    for _ in range(NUM_TIMES):
        step()
    gc.collect()
    return resident_nbytes() - before


@pytest.mark.parametrize("mmap", [True, False])
def test_opening_and_reading_leaves_nothing_behind(saved, mmap):
    def step():
        ckpt = cairn.open(saved, mmap=mmap)
        assert ckpt["conv0/W"].sum() == 66
        ckpt.load()
        ckpt.lazy("conv0/W")[1]
        ckpt.info()

    num_files = len(os.listdir("/proc/self/fd"))
    assert grown_nbytes(step) < 4 << 20
    assert len(os.listdir("/proc/self/fd")) == num_files


def test_readers_and_variables_leave_nothing_behind(saved):
    def step():
        cairn.load_checkpoint(saved).get_tensor("conv0/W")
        cairn.load_chkpt_vars(saved)

    assert grown_nbytes(step) < 4 << 20


def test_saving_leaves_nothing_behind(tmp_path):
    value = np.zeros(10_000)

    def step():
        cairn.save(tmp_path / "m.npz", {"x": value, "s": "text"}, overwrite=True, durable=False)

    num_references = sys.getrefcount(value)
    assert grown_nbytes(step) < 4 << 20
    assert sys.getrefcount(value) == num_references


def test_errors_leave_nothing_behind(saved):
    ckpt = cairn.open(saved)

    def step():
        with pytest.raises(cairn.MissingTensorError):
            ckpt["nothing"]
        with pytest.raises(cairn.MissingFileError):
            cairn.open(saved.parent / "nothing")

    assert grown_nbytes(step) < 4 << 20


def test_shared_objects_keep_their_reference_counts(saved):
    ckpt = cairn.open(saved)
    counted = [np.dtype(np.float32), None, np.ndarray, cairn.Checkpoint]
    before = [sys.getrefcount(thing) for thing in counted]
    for _ in range(NUM_TIMES):
        ckpt["conv0/W"]
        ckpt.shape("conv0/W")
        ckpt.lazy("conv0/W")[0]
        cairn.load_checkpoint(saved).get_variable_to_dtype_map()
    after = [sys.getrefcount(thing) for thing in counted]
    assert all(abs(b - a) < NUM_TIMES // 4 for a, b in zip(before, after, strict=True))


def test_a_view_holds_its_file_and_no_more(saved):
    ckpt = cairn.open(saved)
    view = ckpt["conv0/W"]
    num_files = len(os.listdir("/proc/self/fd"))
    del ckpt
    gc.collect()
    assert view.sum() == 66
    del view
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) < num_files
