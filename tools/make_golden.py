#!/usr/bin/env python3
"""Writes the checkpoints of tests/golden with TensorFlow, and what TensorFlow reads in them: `make_golden.py [FOLDER]`

Run it with the Python of tools/requirements.txt. Equal input gives equal files, so a second run changes nothing.
"""
import glob
import hashlib
import json
import os
import struct
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "golden")
SHAPES = {"scalar": (), "vector": (3,), "matrix": (2, 2), "empty": (0,), "empty_inside": (2, 0, 3)}
QUANTIZED = {tf.qint8: tf.int8, tf.quint8: tf.uint8, tf.qint16: tf.int16, tf.quint16: tf.uint16, tf.qint32: tf.int32}


def save(prefix, tensors):
    """In the order of the names, as TensorFlow's Saver does."""
    os.makedirs(os.path.dirname(prefix), exist_ok=True)
    names = sorted(tensors)
    tf.raw_ops.SaveV2(prefix=prefix, tensor_names=names, shape_and_slices=[""] * len(names),
                      tensors=[tensors[name] for name in names])
    return prefix


def values(rng, dtype, shape):
    if dtype in QUANTIZED:
        return tf.bitcast(values(rng, QUANTIZED[dtype], shape), dtype)
    count = int(np.prod(shape))
    if dtype == tf.bool:
        return tf.constant(rng.integers(0, 2, shape).astype(bool))
    if dtype.name in ("int4", "uint4", "int2", "uint2", "float4_e2m1fn"):
        return tf.constant(rng.integers(0, 2, shape).astype(dtype.as_numpy_dtype))
    bits = rng.bytes(count * np.dtype(dtype.as_numpy_dtype).itemsize)
    return tf.constant(np.frombuffer(bits, dtype.as_numpy_dtype).reshape(shape))


def make_all_dtypes(folder):
    rng = np.random.default_rng(1)
    dtypes = [tf.as_dtype(code) for code in range(1, 34)]
    save(f"{folder}/all_dtypes/model", {
        f"{dtype.name}/{name}": values(rng, dtype, shape)
        for dtype in dtypes if dtype not in (tf.string, tf.resource, tf.variant) for name, shape in SHAPES.items()})


def make_strings(folder):
    save(f"{folder}/strings/model", {
        "scalar": tf.constant(b"one"), "empty": tf.constant(b""), "none": tf.constant([], tf.string),
        "zeros": tf.constant([b"a\0b", b"\0", b"ends\0"]), "not_utf8": tf.constant([b"\xff\xfe", b"\x80"]),
        "unicode": tf.constant(["grüße", "日本語"]), "matrix": tf.constant([[b"y" * 127, b"y" * 128], [b"", b"q" * 300]]),
        "numbers": tf.constant([1.0, 2.0])})


def make_names(folder):
    names = ["a b", "ünï/cødé", "n" * 700, "/leading", "trailing/", "quote'\"", "new\nline", "w", "w:0", "../up", "*?[x]", "\x7f"]
    save(f"{folder}/names/model", {name: tf.constant(i) for i, name in enumerate(names)})


def make_merged(folder):
    """Three shards, as a sharded save leaves them."""
    parts = [save(f"{folder}/merged/part-{k}", {f"v{i}": tf.constant([k, i]) for i in range(k, 9, 3)}) for k in range(3)]
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=f"{folder}/merged/model")


def make_objects(folder):
    """tf.train.Checkpoint: the object graph is a string tensor, stored last and listed first."""
    checkpoint = tf.train.Checkpoint(step=tf.Variable(5, dtype=tf.int64), layers=[tf.Variable([[1.5, 2.5]]), tf.Variable(b"text")])
    checkpoint.write(f"{folder}/objects/model")


def make_sliced(folder):
    """Partitioned variables: rows, and a grid; and a tensor that is whole."""
    os.makedirs(f"{folder}/sliced", exist_ok=True)
    rows = np.arange(18, dtype=np.float32).reshape(6, 3) / 8
    grid = np.arange(20, dtype=np.int64).reshape(4, 5)
    tensors, specs = [("bias", tf.constant([0.5, -0.5]))], [""]
    for start in (0, 2, 4):
        tensors.append(("embedding", tf.constant(rows[start:start + 2])))
        specs.append(f"6 3 {start},2:-")
    for row, height in ((0, 1), (1, 3)):
        for column, width in ((0, 3), (3, 2)):
            tensors.append(("grid", tf.constant(grid[row:row + height, column:column + width])))
            specs.append(f"4 5 {row},{height}:{column},{width}")
    tf.raw_ops.SaveV2(prefix=f"{folder}/sliced/model", tensor_names=[name for name, _ in tensors], shape_and_slices=specs,
                      tensors=[tensor for _, tensor in tensors])


def make_trained(folder):
    """A network as a training run leaves it: slots of the optimizer, the count of steps, and the metagraph beside it."""
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        x = v1.placeholder(tf.float32, [None, 3], name="x")
        w = v1.get_variable("fc/W", [3, 2], use_resource=True)
        b = v1.get_variable("fc/b", [2], use_resource=True)
        logits = tf.add(tf.matmul(x, w), b, name="logits")
        v1.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_mean(logits), v1.train.get_or_create_global_step())
        meta = v1.train.export_meta_graph(clear_devices=True)
    meta.meta_info_def.ClearField("stripped_op_list")
    save(f"{folder}/trained/model", {
        "fc/W": tf.constant(np.arange(6, dtype=np.float32).reshape(3, 2)), "fc/W/Momentum": tf.zeros([3, 2]),
        "fc/b": tf.constant([0.5, -0.5]), "fc/b/Momentum": tf.zeros([2]), "global_step": tf.constant(20, tf.int64)})
    with open(f"{folder}/trained/graph-0131-120000.meta", "wb") as file:
        file.write(meta.SerializeToString(deterministic=True))


def value_hash(value, dtype):
    if dtype != "string":
        return hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
    elements = [value] if isinstance(value, bytes) else np.asarray(value, dtype=object).ravel()
    return hashlib.sha256(b"".join(struct.pack("<Q", len(e)) + e for e in elements)).hexdigest()


def describe(prefix):
    reader = tf.train.load_checkpoint(prefix)
    dtypes = reader.get_variable_to_dtype_map()
    return {name: {"dtype": dtypes[name].name, "shape": shape, "sha256": value_hash(reader.get_tensor(name), dtypes[name].name)}
            for name, shape in sorted(reader.get_variable_to_shape_map().items())}


def main(folder):
    for make in (make_all_dtypes, make_strings, make_names, make_merged, make_objects, make_sliced, make_trained):
        make(folder)
    for index in sorted(glob.glob(f"{folder}/*/model.index")):
        prefix = index.removesuffix(".index")
        relative = os.path.relpath(prefix, folder)
        with open(f"{folder}/{os.path.dirname(relative)}.json", "w") as file:
            json.dump({"prefix": relative, "tensorflow": tf.__version__, "tensors": describe(prefix)}, file, indent=0)
            file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else FOLDER)
