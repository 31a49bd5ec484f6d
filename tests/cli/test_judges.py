"""numpy and safetensors' own package as judges of damaged files: one bit turned in every byte, and every cut.

What Cairn calls sound they must load, with the values that were saved. What they load and Cairn refuses is listed with its reason.
"""
import collections
import io
import re

import numpy as np
import pytest
import safetensors.numpy

VALUES = {"net/w": np.arange(6, dtype=np.float32).reshape(2, 3), "step": np.array([7], np.int64), "none": np.zeros((0, 2), np.int8)}
# Where they are content, Cairn is not.
STRICTER = {
    "E_AMBIGUOUS": "zipfile believes the directory and compares little of it with the local headers",
    "E_ZIP": "zipfile takes a directory that ends early for a shorter one, and an end with something behind it",
    "E_UNSUPPORTED": "zipfile passes over the numbers of disks",
    "E_FORMAT": "zipfile stops reading where it has what the directory counts; safetensors passes over metadata that is not base64",
    "E_LIMIT": "the same, where there is more than it counts",
    "E_CRC": "safetensors knows no checksums",
}


def load_npz(content):
    with np.load(io.BytesIO(content)) as archive:
        return {name: archive[name] for name in archive.files}


def make(cairn, tmp_path, kind):
    """The bytes of a file that holds VALUES, and what loads them."""
    theirs = tmp_path / "theirs.npz"
    np.savez(theirs, **VALUES)
    if kind == "numpy, stored":
        return theirs.read_bytes(), load_npz
    if kind == "numpy, deflated":
        np.savez_compressed(theirs, **VALUES)
        return theirs.read_bytes(), load_npz
    if kind == "safetensors":
        return safetensors.numpy.save(VALUES), safetensors.numpy.load
    options = ["--to", "npz-compressed"] if kind == "Cairn, deflated" else []
    path = tmp_path / ("ours.safetensors" if kind == "Cairn, safetensors" else "ours.npz")
    assert cairn("convert", *options, theirs, path).code == 0
    return path.read_bytes(), safetensors.numpy.load if kind == "Cairn, safetensors" else load_npz


def same(values):
    return set(values) == set(VALUES) and all(
        values[name].dtype == value.dtype and values[name].shape == value.shape and values[name].tobytes() == value.tobytes()
        for name, value in VALUES.items())


@pytest.mark.parametrize("kind", ["numpy, stored", "numpy, deflated", "Cairn, stored", "Cairn, deflated", "safetensors",
                                  "Cairn, safetensors"])
def test_what_is_sound_they_load(cairn, tmp_path, kind):
    sound, load = make(cairn, tmp_path, kind)
    is_protected = kind != "safetensors"
    damaged = [sound[:i] + bytes([sound[i] ^ (1 << i % 8)]) + sound[i + 1:] for i in range(len(sound))]
    damaged += [sound[:i] for i in range(0, len(sound), 7)]
    path, seen = tmp_path / "damaged", collections.Counter()
    for content in damaged:
        path.write_bytes(content)
        ran = cairn("verify", path)
        try:
            values = load(content)
        except Exception:  # whatever they raise: numpy has no one kind of error for damage
            values = None
        if ran.code == 0:
            assert values is not None and (same(values) or not is_protected)
            seen["both accept"] += 1
        elif values is None:
            seen["both refuse"] += 1
        else:
            reasons = set(re.findall(r"E_[A-Z_]+", ran.out + ran.err))
            assert reasons and reasons <= set(STRICTER), ran.out + ran.err
            seen["Cairn alone refuses"] += 1
    assert seen["both refuse"] > 0
