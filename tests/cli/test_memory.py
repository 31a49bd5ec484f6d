"""How much memory the program takes for names and shapes, in proportion to the header or index that holds them."""
import json
import struct
import subprocess

import pytest

from conftest import CAIRN, peak_nbytes

COUNT = 200_000

def write_header(path, members):
    text = json.dumps(members, separators=(",", ":")).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """`many`: a file of many empty tensors, `none`: one without tensors; each as safetensors and as bundle."""
    folder = tmp_path_factory.mktemp("memory")
    tensor = {"dtype": "F32", "shape": [0, 2], "data_offsets": [0, 0]}
    write_header(folder / "many.safetensors", {f"model.layers.{i}.w": tensor for i in range(COUNT)})
    write_header(folder / "none.safetensors", {})
    write_header(folder / "texts.safetensors", {"__metadata__": {f"key {i}": "text" for i in range(COUNT)}})
    for name in ("many", "none"):
        subprocess.run([CAIRN, "convert", folder / f"{name}.safetensors", folder / name, "--to", "tf"],
                       check=True, stdout=subprocess.DEVNULL)
    # Written by the program, it has a checksum for each tensor.
    subprocess.run([CAIRN, "convert", folder / "many", folder / "own.safetensors"], check=True,
                   stdout=subprocess.DEVNULL)
    return folder


VERBS = (["info"], ["ls"], ["ls", "--json"])


def times_the_file(folder, verb, name, base, header):
    """The memory that a file takes beyond an empty one, in multiples of the bytes of its header."""
    peak = peak_nbytes(*verb, folder / name) - peak_nbytes(*verb, folder / base)
    return peak / (folder / header).stat().st_size


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("name", ["many.safetensors", "own.safetensors"])
def test_a_header_takes_a_few_times_its_size(folder, verb, name):
    assert times_the_file(folder, verb, name, "none.safetensors", name) < 2.5


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_an_index_takes_a_few_times_its_size(folder, verb):
    assert times_the_file(folder, verb, "many", "none", "many.index") < 4.5


# The texts stand in one map, which is what a program that uses the library sees.
def test_metadata_is_held_once(folder):
    assert times_the_file(folder, ["info"], "texts.safetensors", "none.safetensors", "texts.safetensors") < 8
