"""Every change, conversion and comparison of 24 GiB in a group of processes that may have 512 MiB, page cache included.

The payload lies in holes of files. A single tensor is larger than the memory. Needs the right to make a cgroup, version 1 or 2.
"""
import json
import os
import pathlib
import struct
import subprocess

import pytest

CAIRN = os.environ.get("CAIRN", "cairn")
GIB = 1 << 30
LIMIT = 512 << 20


def memory_limit_files():
    """The directory of a new group, the file that bounds its memory, and the one that tells how often it was not enough."""
    for root, limit, failures in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.oom_control"), ("/sys/fs/cgroup", "memory.max", "memory.events")):
        group = pathlib.Path(root) / f"cairn-{os.getpid()}"
        try:
            group.mkdir()
            (group / limit).write_text(str(LIMIT))
            return group, group / failures
        except OSError:
            if group.is_dir():
                group.rmdir()
    return None, None


@pytest.fixture(scope="module")
def bounded():
    group, failures = memory_limit_files()
    if group is None:
        pytest.skip("no cgroup with a bound on memory can be made here")

    def run(*args):
        def enter():
            (group / "cgroup.procs").write_text(str(os.getpid()))

        ran = subprocess.run([CAIRN, *map(str, args)], preexec_fn=enter, capture_output=True, text=True, timeout=1800)
        text = failures.read_text()
        assert "oom_kill 0" in text or "under_oom 0" in text, text
        return ran

    yield run
    group.rmdir()


@pytest.fixture(scope="module")
def payload(tmp_path_factory):
    """A safetensors file of 24 GiB, almost all of it holes: one tensor of 16 GiB, 512 of 16 MiB."""
    path = tmp_path_factory.mktemp("payload") / "model.safetensors"
    tensors, end = {}, 0
    for name, shape in [("huge", [1 << 16, 1 << 16])] + [(f"layer_{i}/w", [2048, 2048]) for i in range(512)]:
        nbytes = 4 * shape[0] * shape[1]
        tensors[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + nbytes]}
        end += nbytes
    header = json.dumps(tensors).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + end)
    assert end == 24 * GIB
    return path


def small(path):
    """Zeros take next to nothing when they are packed."""
    return os.path.getsize(path) < 64 << 20


CHANGES = {
    "cast": ["--dtype", "bfloat16"], "rename": ["--rename", "=net/"], "slice": ["--slice", "huge=::2,1:"], "pad": ["--pad", "huge=1:1,0:0"],
    "reshape": ["--reshape", "huge=-1"], "split": ["--split", "huge=a,b@1"], "concat": ["--concat", "all=layer_0/w,layer_1/w,layer_2/w@1"],
    "transpose": ["--transpose", "huge=1,0"],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change(bounded, payload, tmp_path, change):
    ran = bounded("convert", "-q", "--to", "npz-compressed", *CHANGES[change], payload, tmp_path / "out.npz")
    assert ran.returncode == 0, ran.stderr
    assert small(tmp_path / "out.npz")


@pytest.mark.parametrize("verb", ["average", "add", "subtract", "merge"])
def test_two_checkpoints_at_once(bounded, payload, tmp_path, verb):
    ran = bounded(verb, "-q", "--to", "npz-compressed", payload, payload, tmp_path / "out.npz")
    assert ran.returncode == 0, ran.stderr
    assert small(tmp_path / "out.npz")


@pytest.mark.parametrize("args", [["verify"], ["stats"], ["ls"], ["cat", "--slice", "0:2,:3"]], ids=" ".join)
def test_looking(bounded, payload, args):
    ran = bounded(*args, payload, *(["huge"] if args[0] == "cat" else []))
    assert ran.returncode == 0, ran.stderr


def test_a_comparison(bounded, payload, tmp_path):
    """The other file has the same size, and one value that differs, its last."""
    other = tmp_path / "other.safetensors"
    subprocess.run(["cp", "--sparse=always", payload, other], check=True)
    with open(other, "r+b") as file:
        file.seek(-4, os.SEEK_END)
        file.write(struct.pack("<f", 3))
    ran = bounded("diff", "--json", payload, other)
    assert ran.returncode == 1, ran.stderr
    assert [tensor["name"] for tensor in json.loads(ran.stdout)["changed"]] == ["layer_511/w"]
