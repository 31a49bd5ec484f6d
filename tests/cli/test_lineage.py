"""--lineage: a checkpoint says what it was made from, and how."""
import json

import numpy as np
import pytest


@pytest.mark.parametrize("target", ["out.npz", "out.safetensors", "out"])
def test_sources_and_changes_are_in_the_result(cairn, tmp_path, target):
    np.savez(tmp_path / "a.npz", w=np.arange(3, dtype=np.float32))
    np.savez(tmp_path / "b.npz", w=np.ones(3, np.float32))
    ran = cairn("average", "--lineage", "--dtype", "float64", tmp_path / "a.npz", tmp_path / "b.npz", tmp_path / target)
    assert ran.code == 0, ran.err
    info = json.loads(cairn("info", "--json", tmp_path / target).out)
    lineage = info["lineage"]
    assert lineage["verb"] == "average" and lineage["recipe"]["dtype"] == ["float64"]
    assert [source["path"] for source in lineage["sources"]] == [str(tmp_path / "a.npz"), str(tmp_path / "b.npz")]
    file = lineage["sources"][0]["files"][0]
    assert file["name"] == "a.npz" and file["nbytes"] == (tmp_path / "a.npz").stat().st_size and file["crc32c"].startswith("0x")
    assert "lineage " in cairn("info", tmp_path / target).out
    assert cairn("verify", "--strict", tmp_path / target).code == 0
    assert cairn("ls", tmp_path / target).out.splitlines()[-1].startswith("2 tensors, 3 parameters")


def test_a_lineage_goes_on(cairn, tmp_path):
    np.savez(tmp_path / "a.npz", w=np.arange(3, dtype=np.float32))
    assert cairn("convert", "--lineage", tmp_path / "a.npz", tmp_path / "b").code == 0
    assert cairn("convert", "--lineage", "--rename", "w=v", tmp_path / "b", tmp_path / "c.safetensors").code == 0
    lineage = json.loads(cairn("info", "--json", tmp_path / "c.safetensors").out)["lineage"]
    before = lineage["sources"][0]
    assert lineage["recipe"]["rename"] == ["w=v"] and before["format"] == "tf-v2" and len(before["files"]) == 2
    assert before["lineage"]["sources"][0]["path"] == str(tmp_path / "a.npz")


def test_equal_inputs_give_equal_lineages(cairn, tmp_path):
    np.savez(tmp_path / "a.npz", w=np.arange(3, dtype=np.float32))
    for name in ("x.npz", "y.npz"):
        assert cairn("convert", "--lineage", tmp_path / "a.npz", tmp_path / name).code == 0
    assert (tmp_path / "x.npz").read_bytes() == (tmp_path / "y.npz").read_bytes()
    assert json.loads(cairn("info", "--json", tmp_path / "a.npz").out)["lineage"] is None
