"""TensorFlow reads a checkpoint whose index counts two data files and whose tensors all lie in one of them.

CopyCheckpoint stands on this: it replaces a checkpoint under its name by data files of another name and one rename of
the index. Here the index is rewritten without Cairn, by the grammar of LevelDB's tables.
"""
import os
import struct

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import tensor_bundle_pb2 as pb

v1 = tf.compat.v1

CRC_TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    CRC_TABLE.append(byte)


def masked_crc32c(content):
    crc = 0xFFFFFFFF
    for byte in content:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 255]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(number):
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes(encoded) + bytes([number])


def read_varint(content, at):
    number = shift = 0
    while True:
        number |= (content[at] & 127) << shift
        shift += 7
        at += 1
        if content[at - 1] < 128:
            return number, at


def read_handle(content, at=0):
    """Where a block lies, and where its handle ends."""
    offset, at = read_varint(content, at)
    size, at = read_varint(content, at)
    return (offset, size), at


def read_block(table, handle):
    """The (key, value) pairs of a block."""
    offset, size = handle
    assert table[offset + size] == 0, "the block is not packed"
    content = table[offset:offset + size]
    end = size - 4 - 4 * struct.unpack("<I", content[-4:])[0]
    pairs, key, i = [], b"", 0
    while i < end:
        shared, i = read_varint(content, i)
        length, i = read_varint(content, i)
        value_length, i = read_varint(content, i)
        key = key[:shared] + content[i:i + length]
        pairs.append((key, content[i + length:i + length + value_length]))
        i += length + value_length
    return pairs


def read_table(table):
    _, at = read_handle(table, len(table) - 48)
    index, _ = read_handle(table, at)
    return [pair for _, handle in read_block(table, index) for pair in read_block(table, read_handle(handle)[0])]


def encode_block(pairs):
    """A block in which no key shares its beginning with the one before it."""
    content, starts = b"", []
    for key, value in pairs:
        starts.append(len(content))
        content += b"\0" + varint(len(key)) + varint(len(value)) + key + value
    starts = starts or [0]
    return content + struct.pack(f"<{len(starts)}I", *starts) + struct.pack("<I", len(starts))


def write_table(pairs):
    file = b""

    def add(block):
        nonlocal file
        handle = varint(len(file)) + varint(len(block))
        file += block + b"\0" + struct.pack("<I", masked_crc32c(block + b"\0"))
        return handle

    index = [(pairs[-1][0], add(encode_block(pairs)))]
    metaindex = add(encode_block([]))
    footer = metaindex + add(encode_block(index))
    return file + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def move_to_shard(prefix, shard, num_shards=2):
    """Renames the one data file and rewrites the index, so that all tensors lie in `shard`."""
    with open(f"{prefix}.index", "rb") as file:
        pairs = read_table(file.read())
    moved = []
    for key, value in pairs:
        message = pb.BundleHeaderProto() if key == b"" else pb.BundleEntryProto()
        message.ParseFromString(value)
        if key == b"":
            message.num_shards = num_shards
        elif not message.slices:
            message.shard_id = shard
        moved.append((key, message.SerializeToString(deterministic=True)))
    data = [name for name in os.listdir(os.path.dirname(prefix)) if name.startswith(os.path.basename(prefix) + ".data-")]
    assert len(data) == 1
    os.rename(os.path.join(os.path.dirname(prefix), data[0]), f"{prefix}.data-{shard:05d}-of-{num_shards:05d}")
    with open(f"{prefix}.index", "wb") as file:
        file.write(write_table(moved))


VALUES = {"a/kernel": np.arange(12, dtype=np.float32).reshape(3, 4), "b": np.int64(7), "text": np.array([b"one", b"", b"two"])}


def save_by_saver(prefix):
    with tf.Graph().as_default(), v1.Session() as session:
        for name, value in VALUES.items():
            v1.get_variable(name, initializer=tf.constant(value))
        v1.get_variable("parts", [6, 2], initializer=v1.ones_initializer(), partitioner=v1.fixed_size_partitioner(3))
        session.run(v1.global_variables_initializer())
        v1.train.Saver().save(session, prefix, write_meta_graph=False)


def assert_saver_restores(prefix):
    with tf.Graph().as_default(), v1.Session() as session:
        variables = {name: v1.get_variable(name, initializer=tf.zeros_like(tf.constant(value)))
                     for name, value in VALUES.items()}
        parts = v1.get_variable("parts", [6, 2], initializer=v1.zeros_initializer(),
                                partitioner=v1.fixed_size_partitioner(3))
        v1.train.Saver().restore(session, prefix)
        for name, variable in variables.items():
            np.testing.assert_array_equal(session.run(variable), VALUES[name])
        np.testing.assert_array_equal(session.run(tf.convert_to_tensor(parts)), np.ones([6, 2], np.float32))


def assert_reader_reads(prefix):
    reader = tf.train.load_checkpoint(prefix)
    assert set(reader.get_variable_to_shape_map()) == {*VALUES, "parts"}
    for name, value in VALUES.items():
        np.testing.assert_array_equal(reader.get_tensor(name), value)
    np.testing.assert_array_equal(reader.get_tensor("parts"), np.ones([6, 2], np.float32))


# What lies under the name of the data file in which no tensor is.
OTHER_FILE = {"absent": None, "empty": b"", "of another save": b"\x55" * 4096}


@pytest.fixture(params=OTHER_FILE)
def other_file(request):
    return OTHER_FILE[request.param]


def put_other(prefix, shard, content):
    if content is not None:
        with open(f"{prefix}.data-{1 - shard:05d}-of-00002", "wb") as file:
            file.write(content)


@pytest.mark.parametrize("shard", [0, 1])
def test_all_tensors_in_one_of_two_shards(tmp_path, shard, other_file):
    prefix = str(tmp_path / "min-cost")
    save_by_saver(prefix)
    move_to_shard(prefix, shard)
    put_other(prefix, shard, other_file)
    assert_reader_reads(prefix)
    assert_saver_restores(prefix)


def test_shards_in_turn(tmp_path):
    prefix = str(tmp_path / "min-cost")
    save_by_saver(prefix)
    for shard in (0, 1, 0):
        move_to_shard(prefix, shard)
        assert_reader_reads(prefix)
        assert_saver_restores(prefix)


@pytest.mark.parametrize("shard", [0, 1])
def test_object_checkpoint(tmp_path, shard, other_file):
    prefix = tf.train.Checkpoint(weights=tf.Variable([1.0, 2.0, 3.0]), step=tf.Variable(20)).write(str(tmp_path / "best"))
    move_to_shard(prefix, shard)
    put_other(prefix, shard, other_file)
    weights, step = tf.Variable([0.0, 0.0, 0.0]), tf.Variable(0)
    tf.train.Checkpoint(weights=weights, step=step).read(prefix).assert_consumed()
    assert weights.numpy().tolist() == [1.0, 2.0, 3.0] and step.numpy() == 20


@pytest.mark.parametrize("shard", [0, 1])
def test_its_existence_and_time_are_those_of_the_index(tmp_path, shard, other_file):
    prefix = str(tmp_path / "min-cost")
    save_by_saver(prefix)
    move_to_shard(prefix, shard)
    put_other(prefix, shard, other_file)
    os.utime(f"{prefix}.index", (1000, 1000))
    assert v1.train.checkpoint_exists(prefix)
    assert v1.train.get_checkpoint_mtimes([prefix]) == [1000]
    assert tf.train.latest_checkpoint(str(tmp_path)) == prefix
    os.remove(f"{prefix}.index")
    assert not v1.train.checkpoint_exists(prefix)


@pytest.mark.parametrize("shard", [0, 1])
def test_the_shard_of_the_tensors_is_needed(tmp_path, shard):
    prefix = str(tmp_path / "min-cost")
    save_by_saver(prefix)
    move_to_shard(prefix, shard)
    data = f"{prefix}.data-{shard:05d}-of-00002"
    os.rename(data, f"{prefix}.data-{1 - shard:05d}-of-00002")
    with pytest.raises(Exception, match=os.path.basename(data)):
        tf.train.load_checkpoint(prefix).get_tensor("b")


def test_remove_checkpoint_takes_every_shard(tmp_path):
    prefix = str(tmp_path / "min-cost")
    save_by_saver(prefix)
    move_to_shard(prefix, 1)
    put_other(prefix, 1, b"left by a crash")
    v1.train.remove_checkpoint(prefix)
    assert [name for name in os.listdir(tmp_path) if name.startswith("min-cost")] == []
