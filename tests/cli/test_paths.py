"""Paths as people have them: folders, empty prefixes, state files of other systems, files that are not checkpoints."""
import json

import numpy as np
import pytest
import safetensors.numpy
import tensorflow as tf

from conftest import save
from tensorflow.python.checkpoint.checkpoint_management import update_checkpoint_state_internal

VALUES = np.arange(6, dtype=np.float32)


def test_a_folder_of_safetensors(cairn, tmp_path):
    safetensors.numpy.save_file({"w": VALUES}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text("{}")
    for path in (tmp_path, f"{tmp_path}/"):
        ran = cairn("cat", path, "w")
        assert ran.out == "[0. 1. 2. 3. 4. 5.]\n" and ran.err.count("taken as") == 1
    assert cairn("convert", "--max-shard-size", "16", tmp_path, tmp_path / "shards/model.safetensors").code == 0
    assert cairn("verify", tmp_path / "shards").code == 0


def test_a_folder_with_one_npz(cairn, tmp_path):
    np.savez(tmp_path / "weights.npz", w=VALUES)
    assert json.loads(cairn("ls", "--json", tmp_path).out)["path"] == str(tmp_path / "weights.npz")
    np.savez(tmp_path / "other.npz", w=VALUES)
    ran = cairn("ls", tmp_path)
    assert ran.code == 2 and "'other.npz', 'weights.npz'" in ran.err


def test_a_serving_base_folder(cairn, tmp_path):
    for version in (1, 9, 10):
        module = tf.Module()
        module.v = tf.Variable(float(version))
        tf.saved_model.save(module, str(tmp_path / str(version)))
    ran = cairn("cat", tmp_path, "v/.ATTRIBUTES/VARIABLE_VALUE")
    assert ran.out == "10.0\n" and ran.err.count("\n") == 1 and "the newest of 3 versions" in ran.err


@pytest.fixture
def weights(tmp_path):
    """An empty prefix and a state file that names it, which Keras 2 writes for `model.save_weights("weights/")`."""
    directory = str(tmp_path / "weights")
    save(directory + "/", {"w": VALUES})
    update_checkpoint_state_internal(directory, directory + "/", all_model_checkpoint_paths=[directory + "/"], save_relative_paths=True)
    assert 'model_checkpoint_path: "."' in (tmp_path / "weights/checkpoint").read_text()
    return tmp_path / "weights"


@pytest.mark.parametrize("path", ["", "/", "/.index", "/.data-00000-of-00001", "/checkpoint"])
def test_an_empty_prefix(cairn, weights, tmp_path, path):
    restored = tf.raw_ops.RestoreV2(prefix=f"{weights}/", tensor_names=["w"], shape_and_slices=[""], dtypes=[tf.float32])
    np.testing.assert_array_equal(restored[0], VALUES)
    for verb in ("ls", "info", "verify", "stats"):
        ran = cairn(verb, f"{weights}{path}")
        assert ran.code == 0 and "no index" not in ran.err, ran.err
    assert cairn("cat", f"{weights}{path}", "w").out == "[0. 1. 2. 3. 4. 5.]\n"
    assert cairn("convert", f"{weights}{path}", tmp_path / "w.npz").code == 0


def test_a_run_with_an_empty_prefix(cairn, weights):
    ran = cairn("state", weights)
    assert ran.code == 0 and "resume .: the newest by its state file" in ran.out and ran.err == ""
    state = json.loads(cairn("state", "--json", weights).out)
    assert state["checkpoint"] == "" and state["resume"]["name"] == "" and state["checkpoints"][0]["ok"]
    (weights / "checkpoint").unlink()
    assert "resume .: the only checkpoint there" in cairn("state", weights).out


@pytest.mark.parametrize("named", [r"C:\\train\\run\\model-9", r"sub\\..\\model-9", r".\\model-9"])
def test_a_state_file_that_windows_wrote(cairn, tmp_path, named):
    for step in (9, 10):
        save(str(tmp_path / f"run/model-{step}"), {"w": VALUES})
    (tmp_path / "run/checkpoint").write_text(
        f'model_checkpoint_path: "{named}"\nall_model_checkpoint_paths: "{named}"\n')
    ran = cairn("ls", tmp_path / "run")
    assert ran.code == 0 and "taken as" in ran.err and "run/model-9" in ran.err
    ran = cairn("state", tmp_path / "run")
    assert "resume model-9" in ran.out and "gone" not in ran.err


FILES = {
    "weights.npz": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "Git LFS pointer", "`git lfs pull`"),
    "flax_model.msgpack": (b"\x82\xa6params\x81\xa1w\xc0\xa4step\x01", "MessagePack", "flax"),
    "model.ckpt": (b"<!doctype html>\n<html><body>Not found</body></html>", "web page", "again"),
    "model.safetensors": (b"", "is empty", "again"),
    "model.gguf": (b"GGUF\x03\0\0\0", "GGUF", "safetensors"),
    "notes.md": (b"# Notes\n", "not a checkpoint of any known format", "name the prefix"),
}


@pytest.mark.parametrize("verb", ["ls", "info", "verify", "stats", "cat", "convert", "repair"])
@pytest.mark.parametrize("name", FILES)
def test_files_that_are_not_checkpoints_are_trouble_in_every_verb(cairn, tmp_path, verb, name):
    content, what, hint = FILES[name]
    (tmp_path / name).write_bytes(content)
    more = {"cat": ["w"], "convert": [tmp_path / "new.npz"], "repair": [tmp_path / "new"]}.get(verb, [])
    ran = cairn(verb, tmp_path / name, *more)
    assert ran.code == 2 and what in ran.err and hint in ran.err.split("hint: ")[1], ran.err
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("url", ["gs://bucket/run/model-1", "s3://bucket/m.npz", "http://host/m.npz", "https://host/m.safetensors"])
def test_addresses_are_not_supported(cairn, tmp_path, url):
    for verb in ("ls", "verify"):
        ran = cairn(verb, url)
        assert ran.code == 2 and "is not supported" in ran.err and "first" in ran.err.split("hint: ")[1]
    np.savez(tmp_path / "w.npz", w=VALUES)
    ran = cairn("convert", tmp_path / "w.npz", url, cwd=tmp_path)
    assert ran.code == 2 and "is not supported" in ran.err and [path.name for path in tmp_path.iterdir()] == ["w.npz"]


def test_a_missing_data_file_is_one_finding(cairn, tmp_path):
    prefix = save(str(tmp_path / "m"), {f"t{i}": np.array([i]) for i in range(30)})
    (tmp_path / "m.data-00000-of-00001").unlink()
    for flags in ([], ["--quick"]):
        report = json.loads(cairn("verify", "--json", *flags, prefix).out)["checkpoints"][0]
        assert len(report["findings"]) == 1 and report["tensors"] == 30
        finding = report["findings"][0]
        assert finding["reason"] == "E_MISSING" and finding["path"] == prefix + ".data-00000-of-00001"
        assert "30 tensors lie in it" in finding["message"]


def test_each_missing_data_file_is_a_finding(cairn, tmp_path):
    whole = save(str(tmp_path / "m"), {f"t{i}": np.array([i]) for i in range(30)})
    prefix = str(tmp_path / "sharded/m")
    assert cairn("convert", "--max-shard-size", "80", whole, prefix).code == 0
    data = sorted((tmp_path / "sharded").glob("*.data-*"))
    assert len(data) == 3
    for num_gone, file in enumerate(data, 1):
        file.unlink()
        report = json.loads(cairn("verify", "--json", prefix).out)["checkpoints"][0]
        assert [finding["path"] for finding in report["findings"]] == [str(gone) for gone in data[:num_gone]]
        assert all("10 tensors lie in it" in finding["message"] for finding in report["findings"])
