"""Checkpoints in several processes, threads and interpreters; what `import cairn` costs."""

import concurrent.futures
import os
import pickle
import signal
import struct
import subprocess
import sys
import time

import numpy as np
import pytest

import cairn


def test_a_checkpoint_is_pickled_by_its_path(saved, monkeypatch, tmp_path, arrays):
    monkeypatch.chdir(saved.parent)
    ckpt = cairn.open(saved.name)
    monkeypatch.chdir(tmp_path)
    again = pickle.loads(pickle.dumps(ckpt))
    np.testing.assert_array_equal(again["conv0/W"], arrays["conv0/W"])
    assert pickle.loads(pickle.dumps(cairn.open(saved, mmap=False)))["conv0/W"].flags.writeable


def test_a_checkpoint_is_read_after_fork(saved, arrays):
    ckpt = cairn.open(saved)
    child = os.fork()
    if child == 0:
        os._exit(0 if (ckpt["conv0/W"] == arrays["conv0/W"]).all() else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_eight_threads_read_one_object(tmp_path):
    arrays = {f"w{i}": np.random.default_rng(i).standard_normal(50_000) for i in range(32)}
    cairn.save(tmp_path / "m", arrays, alignment=64)
    for mmap in (True, False):
        ckpt = cairn.open(tmp_path / "m", mmap=mmap)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for name, value in pool.map(lambda name: (name, ckpt[name]), list(arrays) * 8):
                np.testing.assert_array_equal(value, arrays[name])


def test_other_threads_run_while_bytes_move(tmp_path):
    cairn.save(tmp_path / "m", {"x": np.zeros(1 << 25)}, durable=False)  # 256 MiB
    ckpt = cairn.open(tmp_path / "m", mmap=False)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        reading = pool.submit(lambda: ckpt["x"])
        num_steps = 0
        while not reading.done():
            num_steps += 1
        assert reading.result().sum() == 0
    assert num_steps > 100


def test_a_sub_interpreter_is_refused_clearly(run_python):
    said = run_python(
        """
import sys, cairn._cairn
if sys.version_info < (3, 13):
    import _xxsubinterpreters as interpreters
else:
    import _interpreters as interpreters
other = interpreters.create()
try:
    # Up to Python 3.12 an error is raised, later it is returned.
    failure = interpreters.run_string(
        other, f"import sys; sys.path[:] = {sys.path!r}; import cairn._cairn"
    )
    print(failure.formatted if failure else "imported")
except RuntimeError as error:
    print(error)
"""
    )
    assert "ImportError" in said and "interpreter" in said


def test_import_is_light(run_python):
    said = run_python(
        """
import numpy, sys, time
before = set(sys.modules)
begin = time.perf_counter()
import cairn
took = time.perf_counter() - begin
heavy = {"ml_dtypes", "torch", "tqdm", "tensorflow", "logging", "shutil", "dataclasses", "jax"}
print(sorted(heavy & (set(sys.modules) - before)), took)
"""
    )
    heavy, took = said.rsplit(maxsplit=1)
    assert heavy == "[]"
    assert float(took) < 0.3, "30 ms on a machine that is not busy"


def sparse_npz(path, nbytes):
    """Makes an npz file with one array of zeros that has no blocks on the disk, and a wrong CRC."""
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118)
    shape = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({nbytes},), }}"
    head += shape.ljust(117).encode() + b"\n"
    size = len(head) + nbytes
    name = b"x.npy"
    extra = struct.pack("<HHQQ", 1, 16, size, size)
    with path.open("wb") as file:
        # Version, flags, method, time, date; checksum, both sizes, which stand in `extra`.
        numbers = (45, 0, 0, 0, 33, 1, 2**32 - 1, 2**32 - 1, len(name), len(extra))
        file.write(struct.pack("<4sHHHHHIIIHH", b"PK\3\4", *numbers))
        file.write(name + extra + head)
        file.seek(nbytes, os.SEEK_CUR)
        at = file.tell()
        file.write(struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 45, *numbers, 0, 0, 0, 0, 0))
        file.write(name + extra)
        directory = file.tell() - at
        record = file.tell()
        file.write(struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, directory, at))
        file.write(struct.pack("<4sIQI", b"PK\6\7", 0, record, 1))
        file.write(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, directory, 2**32 - 1, 0))


INTERRUPTED = """
import signal, sys, time
import cairn
signal.signal(signal.SIGINT, signal.default_int_handler)
ckpt = cairn.open(sys.argv[1])
print("ready", flush=True)
begin = time.monotonic()
try:
    ckpt["x"]
    print("read", flush=True)
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - begin, flush=True)
"""


def test_ctrl_c_stops_a_long_read(tmp_path):
    sparse_npz(tmp_path / "huge.npz", 1 << 40)
    program = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, tmp_path / "huge.npz"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout.readline() == "ready\n"
    time.sleep(0.3)
    program.send_signal(signal.SIGINT)
    said, _ = program.communicate(timeout=30)
    word, seconds = said.split()
    assert word == "interrupted" and 0.2 < float(seconds) < 10


def test_a_damaged_value_of_many_bytes_is_found(tmp_path):
    sparse_npz(tmp_path / "large.npz", 1 << 30)
    with pytest.raises(cairn.DataLossError) as caught:
        cairn.open(tmp_path / "large.npz")["x"]
    assert caught.value.reason == "E_CRC"


def test_progress_is_told_and_may_raise(tmp_path, monkeypatch):
    told = []

    class Bar:
        def advance(self, done, total):
            told.append((done, total))
            if len(told) > 3:
                raise RuntimeError("enough")

        def close(self):
            told.append("closed")

    monkeypatch.setattr(cairn._core.progress, "_make_bar", lambda what: Bar())
    sparse_npz(tmp_path / "huge.npz", 1 << 40)
    with pytest.raises(RuntimeError, match="enough"):
        cairn.open(tmp_path / "huge.npz", progress=True)["x"]
    assert told[-1] == "closed"
    done = [step[0] for step in told[:-1]]
    assert done == sorted(done) and told[0][1] == 1 << 40
