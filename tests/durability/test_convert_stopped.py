"""Kills `cairn convert` at every system call that changes the disk, and lets each of them fail: under the final name is nothing or
the whole of it.

Run with CAIRN=build/dev/bin/cairn.
"""
import os
import pathlib
import shutil
import subprocess

import numpy as np
import pytest

from system_calls import find_points, injecting

CAIRN = pathlib.Path(os.environ["CAIRN"]).resolve()
TARGETS = {"tf": ["new/model"], "npz": ["new/model.npz"], "npz-compressed": ["--to", "npz-compressed", "new/model.npz"],
           "npy": ["--select", "w", "new/w.npy"], "safetensors": ["new/model.safetensors"],
           "safetensors, sharded": ["--max-shard-size", "1KiB", "new/model.safetensors"],
           "tf, sharded": ["--max-shard-size", "1KiB", "new/model"], "npz, replaced": ["--force", "new/model.npz"]}


def convert(directory, source, arguments, *strace):
    run = subprocess.run([*strace, CAIRN, "convert", "-q", source, *arguments], cwd=directory, capture_output=True, text=True, timeout=60)
    return run.returncode, run.stderr


def files_of(directory):
    new = directory / "new"
    return {path.name: path.read_bytes() for path in new.iterdir()} if new.exists() else {}


def final_names(files):
    return {name: content for name, content in files.items() if "cairn-tmp" not in name}


class Conversion:
    """One target, from a directory that is as it was before."""

    def __init__(self, tmp_path, arguments):
        self.tmp_path, self.arguments = tmp_path, arguments
        self.source, old = tmp_path / "source.npz", tmp_path / "old.npz"
        rng = np.random.default_rng(1)
        np.savez(self.source, w=rng.normal(size=(100, 3)), v=rng.normal(size=200).astype(np.float32), step=np.array(7))
        np.savez(old, old=np.arange(5))
        self.old = {"model.npz": old.read_bytes()} if "--force" in arguments else {}
        whole = self.fresh()
        assert convert(whole, self.source, arguments)[0] == 0
        self.whole = files_of(whole)
        # An index is what makes a checkpoint of several files one.
        self.commit = [name for name in self.whole if len(self.whole) == 1 or name.endswith((".index", ".index.json"))][0]

    def fresh(self):
        directory = self.tmp_path / "run"
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "new").mkdir(parents=True)
        for name, content in self.old.items():
            (directory / "new" / name).write_bytes(content)
        return directory

    def points(self):
        directory = self.fresh()
        return find_points(self.tmp_path / "log", lambda *strace: convert(directory, self.source, self.arguments, *strace))

    def run(self, call, n, what):
        directory = self.fresh()
        code, err = convert(directory, self.source, self.arguments, *injecting(call, n, what))
        return directory, code, err


@pytest.fixture(params=TARGETS, name="conversion")
def make_conversion(request, tmp_path):
    return Conversion(tmp_path, TARGETS[request.param])


def test_sigkill_at_every_call(conversion):
    outcomes = set()
    for call, n in conversion.points():
        place = f"{call} {n}"
        directory, code, _ = conversion.run(call, n, "signal=SIGKILL")
        named = final_names(files_of(directory))
        if code == 0:  # this time no thread came to its n-th call
            assert named == conversion.whole, place
            continue
        is_old = conversion.old.get(conversion.commit) == named.get(conversion.commit)
        outcomes.add("old" if is_old else "new")
        if is_old:
            assert {name: named[name] for name in conversion.old} == conversion.old, place
        else:
            assert named == conversion.whole, place
        # Whatever is left does not keep the next conversion from its end.
        if conversion.commit not in named or conversion.old:
            for name in set(named) - set(conversion.old):
                (directory / "new" / name).unlink()
            assert convert(directory, conversion.source, conversion.arguments)[0] == 0, place
            assert final_names(files_of(directory)) == conversion.whole, place
    assert outcomes == {"old", "new"}


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_an_error_of_every_call(conversion, error):
    for call, n in conversion.points():
        if call in ("close", "ioctl"):  # closing what was read fails without harm
            continue
        place = f"{call} {n}: {error}"
        directory, code, err = conversion.run(call, n, f"error={error}")
        files = files_of(directory)
        if code == 0:  # it had another way
            assert final_names(files) == conversion.whole, place
            continue
        assert code == 2 and err.startswith("cairn: error: ") and len(err.splitlines()) <= 2, f"{place}: {err}"
        removal_failed = call.startswith("unlink")
        assert files in (conversion.old, conversion.whole) or removal_failed, f"{place}: {sorted(files)}"
