"""cairn repair: what a damaged checkpoint still holds, restored by TensorFlow."""
import hashlib
import json
import os
import re

import numpy as np
import pytest
import tensorflow as tf

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


def assert_restores(prefix, values):
    reader = tf.train.load_checkpoint(prefix)
    for name in reader.get_variable_to_shape_map():
        np.testing.assert_array_equal(reader.get_tensor(name), values[name])
    return len(reader.get_variable_to_shape_map())


def test_a_damaged_block_costs_its_tensors(cairn, tmp_path, many):
    prefix, values = many
    with open(prefix + ".index", "r+b") as file:
        file.seek(300_000)
        file.write(b"damage")
    before = hashes_of(tmp_path / "run")
    to = str(tmp_path / "new" / "model")
    ran = cairn("repair", prefix, to)
    assert ran.code == 1 and "lost: E_CRC: " in ran.out and "block at 262" in ran.out
    assert hashes_of(tmp_path / "run") == before
    assert 3000 < assert_restores(to, values) < 6000
    assert cairn("verify", "--strict", to).code == 0


def test_an_index_without_its_footer_costs_nothing(cairn, tmp_path, many):
    prefix, values = many
    os.truncate(prefix + ".index", os.path.getsize(prefix + ".index") - 48)
    to = str(tmp_path / "new" / "model")
    ran = cairn("repair", "--json", prefix, to)
    assert ran.code == 1
    document = json.loads(ran.out)
    assert document["schema_version"] == 1 and document["tensors"] == 6000 and len(document["lost"]) == 1
    assert assert_restores(to, values) == 6000


def test_damaged_tensors_are_named(cairn, damaged, tmp_path):
    prefix, name = damaged
    to = str(tmp_path / "new")
    ran = cairn("repair", prefix, to)
    assert ran.code == 1 and f"tensor '{name}'" in ran.out
    assert re.fullmatch(rf"{to}: 1 tensor, [\d.]+ B saved, 1 lost", ran.out.splitlines()[-1])
    assert assert_restores(to, {"b": np.arange(3)}) == 1


def test_nothing_to_repair(cairn, small, tmp_path):
    ran = cairn("repair", small, str(tmp_path / "new"))
    assert ran.code == 0 and ran.out.endswith(" saved, nothing lost\n")


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
