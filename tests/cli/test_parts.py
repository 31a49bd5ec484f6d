"""Partitioned variables, and parts of tensors: ls --long, cat --slice."""
import io
import json

import numpy as np
import pytest
import tensorflow as tf

from conftest import save

RNG = np.random.default_rng(5)
WHOLE = RNG.integers(-99, 99, (6, 5, 4)).astype(np.int32)


@pytest.fixture(scope="module")
def sliced(tmp_path_factory):
    """`v` in two slices, `whole` in one, `text`."""
    prefix = str(tmp_path_factory.mktemp("sliced") / "model")
    tf.raw_ops.SaveV2(prefix=prefix, tensor_names=["v", "v", "whole", "text"],
                      shape_and_slices=["6 5 4 0,2:-:-", "6 5 4 2,4:-:-", "", ""],
                      tensors=[WHOLE[:2], WHOLE[2:], WHOLE, np.array([[b"a", b"b"], [b"c", b"d"]])])
    return prefix


def test_long_has_a_line_for_each_slice(cairn, sliced):
    lines = cairn("ls", "--long", sliced, "v").out.splitlines()
    assert lines[0].startswith("v ") and lines[0].endswith("2 slices")
    assert lines[1].startswith("  [0:2, 0:5, 0:4]  shard 0  offset 0  crc32c 0x")
    assert lines[2].startswith("  [2:6, 0:5, 0:4]  shard 0  offset 160  crc32c 0x")


def test_long_json_has_the_slices(cairn, sliced):
    (v,) = json.loads(cairn("ls", "--long", "--json", sliced, "v").out)["tensors"]
    assert v["shape"] == [6, 5, 4] and v["nbytes"] == 480 and v["shard"] is None and v["crc32c"] is None
    assert [(piece["start"], piece["shape"], piece["offset"]) for piece in v["slices"]] == [
        ([0, 0, 0], [2, 5, 4], 0), ([2, 0, 0], [4, 5, 4], 160)]
    (whole,) = json.loads(cairn("ls", "--long", "--json", sliced, "whole").out)["tensors"]
    assert whole["slices"] == [] and whole["shard"] == 0


def test_a_partitioned_variable_is_one_value(cairn, sliced):
    assert cairn("cat", sliced, "v").out == cairn("cat", sliced, "whole").out
    assert cairn("verify", sliced).code == 0


@pytest.mark.parametrize("name", ["v", "whole"])
@pytest.mark.parametrize("text", [":", "0", "-1", "...", "1:3", "::2", ":,2", "...,1:3", "0,:,3", "-3:,::3,-1", "2:2", "0,0,0"])
def test_slice_is_numpys(cairn, sliced, name, text):
    expected = eval(f"WHOLE[{text}]")
    ran = cairn("cat", "--npy", "--slice", text, sliced, name)
    assert ran.code == 0 and "unchecked" in ran.err
    np.testing.assert_array_equal(np.load(io.BytesIO(ran.out_bytes)), expected)
    document = json.loads(cairn("cat", "--json", "--slice", text, sliced, name).out)
    assert document["shape"] == list(np.shape(expected)) and document["values"] == np.ravel(expected).tolist()
    assert cairn("cat", "--slice", text, sliced, name).out == f"{expected}\n"


def test_slices_of_strings_are_checked(cairn, sliced):
    ran = cairn("cat", "--slice", ":,1", sliced, "text")
    assert ran.out == "[b'b' b'd']\n" and ran.err == ""


@pytest.mark.parametrize("text, said", [("6", "index 6 is out of bounds for axis 0 of size 6"), ("x", "is not a number"),
                                        ("0,0,0,0", "names 4 axes, the tensor has 3"), ("::-1", "steps go forward")])
def test_what_is_no_slice_is_bad_usage(cairn, sliced, text, said):
    ran = cairn("cat", "--slice", text, sliced, "v")
    assert ran.code == 2 and said in ran.err and ran.out == ""


def test_a_slice_reads_only_its_part(cairn, tmp_path):
    """Damage elsewhere is not met."""
    prefix = save(str(tmp_path / "model"), {"v": np.arange(1000)})
    with open(prefix + ".data-00000-of-00001", "r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    assert cairn("cat", prefix, "v").code == 1
    ran = cairn("cat", "--slice", "2:4", prefix, "v")
    assert ran.code == 0 and ran.out == "[2 3]\n"


def test_a_slice_of_v1_is_checked(cairn, tmp_path):
    """An entry is a message in a block with one checksum: all of it is read."""
    path = str(tmp_path / "model")
    tf.raw_ops.Save(filename=path, tensor_names=["v"], data=[np.arange(5_000) + (1 << 40)])
    ran = cairn("cat", "--slice", "2:4", path, "v")
    assert ran.out == "[1099511627778 1099511627779]\n" and ran.err == ""
    with open(path, "r+b") as file:
        file.seek(20_000)
        file.write(b"damage")
    assert cairn("cat", "--slice", "2:4", path, "v").code == 1


def test_a_slice_of_a_partitioned_v1_variable_reads_the_entries_that_it_meets(cairn, tmp_path):
    """TensorFlow ends a block at 256 KiB: each entry here has one of its own."""
    path = str(tmp_path / "model")
    value = np.arange(240_000).reshape(4, 60_000) + (1 << 40)
    tf.raw_ops.SaveSlices(filename=path, tensor_names=["v", "v"], data=[value[:2], value[2:]],
                          shapes_and_slices=["4 60000 0,2:-", "4 60000 2,2:-"])
    with open(path, "r+b") as file:
        file.seek(100_000)
        file.write(b"damage")
    ran = cairn("cat", "--slice", "2:,::59999", path, "v")
    assert ran.code == 0 and ran.out == f"{value[2:, ::59999]}\n" and ran.err == ""
    assert cairn("cat", "--slice", "1:3,0", path, "v").code == 1


def test_a_slice_of_a_partitioned_variable_of_strings_reads_the_slices_that_it_meets(cairn, tmp_path):
    prefix = str(tmp_path / "model")
    tf.raw_ops.SaveV2(prefix=prefix, tensor_names=["v", "v"], shape_and_slices=["4 2 0,2:-", "4 2 2,2:-"],
                      tensors=[np.array([[b"a", b"b"], [b"c", b"d"]]), np.array([[b"e", b"f"], [b"g", b"h"]])])
    with open(prefix + ".data-00000-of-00001", "r+b") as file:
        content = file.read()
        file.seek(content.index(b"abcd"))
        file.write(b"x")
    ran = cairn("cat", "--slice", "2:,1", prefix, "v")
    assert ran.code == 0 and ran.out == "[b'f' b'h']\n" and ran.err == ""
    assert cairn("cat", "--slice", "0,1", prefix, "v").code == 1


def test_v1_is_read_like_v2(cairn, corpus):
    for name in ("net/embedding", "net/bias/Adam", "global_step"):
        v1 = cairn("cat", "--all", corpus / "tf_features/tf1_v1/model", name)
        v2 = cairn("cat", "--all", corpus / "tf_features/tf1_v2_sharded/model", name)
        assert v1.code == 0 and v1.out == v2.out
    assert cairn("verify", "--strict", corpus / "tf_features/tf1_v1").code == 0
