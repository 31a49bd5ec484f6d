"""cairn repair: what a damaged checkpoint still holds, restored by TensorFlow."""
import hashlib
import json
import os
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf
from safetensors.numpy import save_file

from conftest import save

RNG = np.random.default_rng(8)


def hashes_of(directory):
    return {name: hashlib.sha256(open(os.path.join(directory, name), "rb").read()).hexdigest()
            for name in os.listdir(directory) if os.path.isfile(os.path.join(directory, name))}


@pytest.fixture
def many(tmp_path):
    """Enough tensors for several blocks of the index: (prefix, values)."""
    os.makedirs(tmp_path / "run")
    values = {f"scope_{i:05d}/a_name_that_is_long_enough_to_fill_blocks/kernel": RNG.normal(size=3).astype(np.float32)
              for i in range(6000)}
    return save(str(tmp_path / "run" / "model"), values), values

MARK = "_CAIRN_PARTIAL_RESCUE"


def assert_restores(prefix, values):
    reader = tf.train.load_checkpoint(prefix)
    names = set(reader.get_variable_to_shape_map()) - {MARK}
    for name in names:
        np.testing.assert_array_equal(reader.get_tensor(name), values[name])
    return len(names)


def test_a_damaged_block_costs_its_tensors(cairn, tmp_path, many):
    prefix, values = many
    with open(prefix + ".index", "r+b") as file:
        file.seek(300_000)
        file.write(b"damage")
    before = hashes_of(tmp_path / "run")
    to = str(tmp_path / "new" / "model")
    ran = cairn("repair", prefix, to)
    assert ran.code == 1 and "lost: E_CRC: " in ran.out and ": offset 262" in ran.out and ": block: checksum " in ran.out
    assert hashes_of(tmp_path / "run") == before
    assert 3000 < assert_restores(to, values) < 6000
    verified = cairn("verify", "--strict", to)
    assert verified.code == 1 and [line.split()[1] for line in verified.out.splitlines()[:-1]] == ["E_PARTIAL:"]


def test_an_index_without_its_footer_costs_nothing(cairn, tmp_path, many):
    prefix, values = many
    os.truncate(prefix + ".index", os.path.getsize(prefix + ".index") - 48)
    to = str(tmp_path / "new" / "model")
    ran = cairn("repair", "--json", prefix, to)
    assert ran.code == 1
    document = json.loads(ran.out)
    assert document["schema_version"] == 1 and document["state_file"] is None
    [checkpoint] = document["checkpoints"]
    assert checkpoint["tensors"] == 6000 and len(checkpoint["lost"]) == 1 and checkpoint["error"] is None
    assert document["findings"] == checkpoint["lost"] and document["num_tensors"] == 6000
    assert document["num_unprotected"] == 0 and document["nbytes"] == checkpoint["nbytes"]
    assert set(json.loads(cairn("verify", "--json", to).out)) <= set(document)
    assert assert_restores(to, values) == 6000


def test_damaged_tensors_are_named(cairn, damaged, tmp_path):
    prefix, name = damaged
    to = str(tmp_path / "new")
    ran = cairn("repair", prefix, to)
    assert ran.code == 1 and f"tensor '{name}'" in ran.out and "is marked as a partial rescue" in ran.err
    assert re.fullmatch(rf"{to}: 1 tensor, [\d.]+ B saved, 1 lost", ran.out.splitlines()[-1])
    assert assert_restores(to, {"b": np.arange(3)}) == 1


def test_nothing_to_repair(cairn, small, tmp_path):
    ran = cairn("repair", small, str(tmp_path / "new"))
    assert ran.code == 0 and ran.out.endswith(" saved, nothing lost\n")


def test_tensors_without_a_checksum_are_counted(cairn, tmp_path):
    np.save(tmp_path / "w.npy", np.arange(4))
    document = json.loads(cairn("repair", "--json", tmp_path / "w.npy", tmp_path / "new").out)
    assert document["findings"] == [] and document["num_tensors"] == document["num_unprotected"] == 1


def test_parts_that_were_never_merged(cairn, corpus, tmp_path):
    temp = tmp_path / "model_temp_0123"
    os.makedirs(temp)
    source = corpus / "tf_features/merged_parts/unmerged_temp"
    for name in os.listdir(source):
        (temp / name).write_bytes((source / name).read_bytes())
    to = str(tmp_path / "new")
    ran = cairn("repair", str(tmp_path / "model"), to)
    assert ran.code == 0 and "merged from 3 parts" in ran.err
    reader = tf.train.load_checkpoint(to)
    np.testing.assert_array_equal(reader.get_tensor("shared"), [[0] * 3] * 2 + [[1] * 3] * 2)
    assert len(reader.get_variable_to_shape_map()) == 13


def test_v1_becomes_v2(cairn, corpus, tmp_path):
    to = str(tmp_path / "new")
    assert cairn("repair", corpus / "tf_features/tf1_v1/model", to).code == 0
    theirs = tf.train.load_checkpoint(str(corpus / "tf_features/tf1_v2_sharded/model"))
    ours = tf.train.load_checkpoint(to)
    for name in theirs.get_variable_to_shape_map():
        np.testing.assert_array_equal(ours.get_tensor(name), theirs.get_tensor(name))


def test_what_is_there_is_not_replaced(cairn, small):
    ran = cairn("repair", small, small)
    assert ran.code == 2 and "exists" in ran.err and "choose another name" in ran.err


def test_what_is_not_there_is_trouble(cairn, tmp_path):
    assert cairn("repair", str(tmp_path / "no"), str(tmp_path / "new")).code == 2
    assert os.listdir(tmp_path) == []


# Runs whose data tells all, with the graph that saved them.
RUNS = ["tf_features/tf1_run", "tf1_saver_regression/checkpoint", "tensorpack/train_run", "tf2_estimator_run",
        "tf1_estimator_two_shards"]


@pytest.mark.parametrize("run", RUNS)
def test_lost_indexes_are_made_anew_from_data_and_graph(cairn, corpus, tmp_path, run):
    """Bytes for bytes what the repair of the checkpoint with its index gives."""
    damaged = tmp_path / "damaged"
    shutil.copytree(corpus / run, damaged)
    names = [path.stem for path in damaged.glob("*.index")]
    for name in names:
        os.remove(damaged / f"{name}.index")
        assert cairn("verify", damaged / name).code == 1
        ran = cairn("repair", damaged / name, tmp_path / "new" / name)
        assert ran.code == 0 and "the index is lost: made anew from" in ran.err and "not proven" in ran.err
        assert cairn("repair", corpus / run / name, tmp_path / "whole" / name).code == 0
        reader = tf.train.load_checkpoint(str(tmp_path / "new" / name))
        assert reader.get_variable_to_shape_map()
    assert names and hashes_of(tmp_path / "new") == hashes_of(tmp_path / "whole")


def test_data_that_no_save_fills_is_not_guessed_at(cairn, corpus, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copytree(corpus / "tf_features/tf1_run", damaged)
    os.remove(damaged / "model-6.index")
    os.truncate(damaged / "model-6.data-00000-of-00001", os.path.getsize(damaged / "model-6.data-00000-of-00001") - 1)
    ran = cairn("repair", damaged / "model-6", tmp_path / "new")
    assert ran.code == 1 and "no save of the graph writes its" in ran.err
    assert not (tmp_path / "new.index").exists()


def test_files_under_temporary_names(cairn, small, tmp_path):
    """What SaveV2 leaves when its process dies before the last rename."""
    os.makedirs(tmp_path / "run")
    shutil.copy(f"{small}.data-00000-of-00001", tmp_path / "run/m.data-00000-of-00001.tempstate1")
    shutil.copy(f"{small}.index", tmp_path / "run/m.index.tempstate2")
    ran = cairn("repair", tmp_path / "run/m", tmp_path / "new")
    assert ran.code == 0 and "m.index.tempstate2: taken as the index" in ran.err
    assert "m.data-00000-of-00001.tempstate1: taken as the data file" in ran.err
    assert cairn("repair", small, tmp_path / "whole").code == 0
    for suffix in (".index", ".data-00000-of-00001"):
        assert (tmp_path / f"new{suffix}").read_bytes() == (tmp_path / f"whole{suffix}").read_bytes()
    shutil.copy(f"{small}.index", tmp_path / "run/m.index.tempstate3")
    ran = cairn("repair", tmp_path / "run/m", tmp_path / "again")
    assert ran.code == 1 and "tempstate2" in ran.err and "tempstate3" in ran.err


def test_a_whole_run_and_its_state_file(cairn, corpus, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copytree(corpus / "tensorpack/train_run", damaged)
    os.remove(damaged / "model-12.index")
    (damaged / "checkpoint").write_text("garbage")
    before = hashes_of(damaged)
    ran = cairn("repair", "--json", damaged, tmp_path / "new")
    assert ran.code == 0
    document = json.loads(ran.out)
    assert document["state_file"] == "model-12" and len(document["checkpoints"]) == 6
    assert hashes_of(damaged) == before
    assert tf.train.latest_checkpoint(str(tmp_path / "new")) == str(tmp_path / "new/model-12")
    state = tf.train.get_checkpoint_state(str(tmp_path / "new"))
    assert [os.path.basename(path) for path in state.all_model_checkpoint_paths] == ["model-8", "model-12"]
    ran = cairn("repair", damaged, tmp_path / "new")
    assert ran.code == 2 and "name a directory that is empty" in ran.err


def test_one_bad_checkpoint_of_a_run_does_not_end_the_others(cairn, corpus, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copytree(corpus / "tf_features/tf1_run", damaged)
    (damaged / "model-3.index").write_bytes(b"x" * 100)
    ran = cairn("repair", damaged, tmp_path / "new")
    assert ran.code == 1 and "model-3: not repaired: " in ran.out and "state file: names 'model-6'" in ran.out
    assert tf.train.latest_checkpoint(str(tmp_path / "new")) == str(tmp_path / "new/model-6")


def flip_last_byte(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_the_state_file_names_the_newest_complete_checkpoint(cairn, corpus, tmp_path):
    damaged, new = tmp_path / "damaged", tmp_path / "new"
    shutil.copytree(corpus / "tf_features/tf1_run", damaged)
    flip_last_byte(damaged / "model-6.data-00000-of-00001")
    ran = cairn("repair", damaged, new)
    assert ran.code == 1 and "state file: names 'model-3'" in ran.out
    assert tf.train.latest_checkpoint(str(new)) == str(new / "model-3")
    state = json.loads(cairn("state", "--json", new).out)
    assert state["resume"]["name"] == "model-3"
    assert {c["name"]: c["ok"] for c in state["checkpoints"]} == {"model-3": True, "model-6": False}
    assert [c["reason"].split(":")[0] for c in state["checkpoints"] if not c["ok"]] == ["E_PARTIAL"]
    # Repaired again it stays what it is, and without the mark it can be used.
    assert cairn("repair", new / "model-6", tmp_path / "again").code == 1
    assert cairn("convert", "--exclude", MARK, new / "model-6", tmp_path / "usable").code == 0
    assert cairn("verify", tmp_path / "usable").code == 0
    mark = json.loads(cairn("cat", "--json", new / "model-6", MARK).out)["values"][0]
    assert mark.startswith("1 lost\nE_CRC: tensor '")
    assert json.loads(cairn("cat", "--json", tmp_path / "again", MARK).out)["values"] == [mark]


def test_where_none_is_complete_the_newest_partial_one_is_named(cairn, corpus, tmp_path):
    damaged, new = tmp_path / "damaged", tmp_path / "new"
    shutil.copytree(corpus / "tf_features/tf1_run", damaged)
    for data in damaged.glob("*.data-*"):
        flip_last_byte(data)
    ran = cairn("repair", damaged, new)
    assert ran.code == 1 and "state file: names 'model-6'" in ran.out
    assert cairn("state", new).out.splitlines()[-1].startswith("resume not possible: ")


def test_a_lost_index_is_made_like_that_of_a_sibling(cairn, tmp_path):
    """Two steps of one TensorFlow 2 run. TensorFlow restores what is rescued."""
    variables = {"a": tf.Variable(np.arange(6, dtype=np.float32).reshape(2, 3)), "b": tf.Variable(1)}
    checkpoint = tf.train.Checkpoint(**variables)
    checkpoint.write(str(tmp_path / "ckpt-1"))
    variables["a"].assign_add(tf.ones((2, 3)))
    checkpoint.write(str(tmp_path / "ckpt-2"))
    (tmp_path / "ckpt-2.index").unlink()
    assert cairn("repair", tmp_path / "ckpt-2", tmp_path / "new").code != 0
    ran = cairn("repair", "--like", tmp_path / "ckpt-1", tmp_path / "ckpt-2", tmp_path / "new")
    assert ran.code == 0 and "nothing lost" in ran.out and "made anew from" in ran.err and "not proven" in ran.err
    restored = {"a": tf.Variable(tf.zeros((2, 3))), "b": tf.Variable(0)}
    tf.train.Checkpoint(**restored).read(str(tmp_path / "new")).assert_consumed()
    np.testing.assert_array_equal(restored["a"], variables["a"])
    ran = cairn("repair", "--like", tmp_path / "nothing", tmp_path / "ckpt-2", tmp_path / "other")
    assert ran.code == 2 and not list(tmp_path.glob("other*"))


def test_a_repair_can_require_checksums(cairn, tmp_path):
    """What another program wrote to safetensors has no checksums."""
    theirs = tmp_path / "theirs.safetensors"
    save_file({"a": np.zeros(3, np.float32)}, theirs)
    ran = cairn("repair", "--require-checksums", theirs, tmp_path / "new")
    assert ran.code != 0 and "E_NO_CHECKSUM" in ran.err and not list(tmp_path.glob("new*"))
    ran = cairn("repair", "--no-sync", theirs, tmp_path / "new")
    assert ran.code == 0 and "saved as found, not proven" in ran.err
