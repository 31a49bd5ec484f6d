"""cairn info: what a checkpoint is."""
import json

import pytest


def info(cairn, path, code=0):
    ran = cairn("info", "--json", path)
    assert ran.code == code, ran.err
    return json.loads(ran.out)


def test_a_run_of_tf1(cairn, corpus):
    said = info(cairn, corpus / "tf_features/tf1_run")
    assert (said["format"], said["version"], said["endianness"], said["compression"]) == ("tf-v2", "1", "little", "none")
    assert (said["tensors"], said["parameters"], said["nbytes"], said["step"]) == (14, 158, 636, 6)
    assert said["state_file"] == "model-6" and said["objects"] is None
    assert said["training_nbytes"] == 360 + 32  # Adam's slots, two powers, averages: all but the variables and the step
    assert [file["nbytes"] for file in said["files"]] == [885, 636]


def test_objects_and_snappy(cairn, corpus):
    said = info(cairn, corpus / "sonnet/mean_2x2")
    assert said["compression"] == "snappy" and said["objects"] == 5 and len(said["files"]) == 3


def test_v1(cairn, corpus):
    said = info(cairn, corpus / "tf_features/tf1_v1_sharded")
    assert said["format"] == "tf-v1" and said["tensors"] == 14 and said["step"] is None and len(said["files"]) == 1


def test_a_missing_data_file_is_a_finding(cairn, corpus):
    said = info(cairn, corpus / "index_only/style", code=1)
    assert [file["nbytes"] is None for file in said["files"]] == [False, True]
    assert "missing" in cairn("info", corpus / "index_only/style").out


def test_text(cairn, small):
    lines = cairn("info", small).out.splitlines()
    assert [line.split()[0] for line in lines] == ["path", "format", "tensors", "training", "step", "file", "file"]
    assert "tf-v2, version 1, little-endian" in lines[1]


@pytest.mark.parametrize("what", ["no/such", "tests"])
def test_what_is_not_there(cairn, tmp_path, what):
    assert cairn("info", str(tmp_path / what)).code == 2
