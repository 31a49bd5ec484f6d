"""Bundles written by TensorFlow and by Cairn, and what is in them. Names are bytes here: files may hold any."""
import base64
import hashlib
import json
import os
import struct
import subprocess

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

# Every dtype that TensorFlow knows and a file can hold as plain elements.
NUMERIC = [tf.as_dtype(code) for code in range(1, 34) if tf.as_dtype(code) not in (tf.string, tf.resource, tf.variant)]
SHAPES = [(), (1,), (5,), (0,), (3, 0, 2), (2, 3, 4), (1,) * 8, (1, 257), (64, 33)]


class Probe:
    """The program of bundle_probe.cc."""

    def __init__(self, path):
        self.path = path

    def run(self, *args):
        done = subprocess.run([self.path, *map(str, args)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def hash(self, prefix):
        return {base64.b64decode(name): entry for name, entry in json.loads(self.run("hash", prefix)).items()}

    def copy(self, source, to, alignment=1, max_shard_nbytes=0):
        self.run("copy", source, to, alignment, max_shard_nbytes)
        return str(to)

    def replace(self, source, to):
        """CopyCheckpoint over what is there."""
        self.run("replace", source, to)
        return str(to)

    def remove(self, path):
        self.run("remove", path)

    def reader(self, prefix):
        """What CheckpointReader says, with names as bytes."""
        said = json.loads(self.run("reader", prefix))
        maps = {key: {base64.b64decode(name): value for name, value in said[key].items()} for key in ("shapes", "dtypes")}
        return {**maps, "debug_string": base64.b64decode(said["debug_string"])}

    def make(self, tensors, to):
        """Saves {name: tf.Tensor} without TensorFlow's writer."""
        spec = str(to) + ".spec.json"
        with open(spec, "w") as file:
            json.dump([describe_for_make(name, tensor) for name, tensor in tensors.items()], file)
        self.run("make", spec, to)
        return str(to)


def describe_for_make(name, tensor):
    spec = {"name": in_base64(name), "dtype": tensor.dtype.name, "shape": tensor.shape.as_list()}
    if tensor.dtype == tf.string:
        return {**spec, "strings": [in_base64(element) for element in elements(tensor)]}
    return {**spec, "bytes": in_base64(tensor.numpy().tobytes())}


def in_base64(content):
    return base64.b64encode(content).decode()


def elements(strings):
    return np.asarray(strings.numpy(), dtype=object).ravel().tolist()


def value_hash(tensor):
    digest = hashlib.sha256()
    if tensor.dtype == tf.string:
        for element in elements(tensor):
            digest.update(struct.pack("<Q", len(element)) + element)
    else:
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def hashes(tensors):
    """What Probe.hash should say of them."""
    return {name: {"dtype": t.dtype.name, "shape": t.shape.as_list(), "sha256": value_hash(t)}
            for name, t in tensors.items()}


def save(prefix, tensors):
    """TensorFlow's own writer, in the order of the bytes of the names."""
    names = sorted(tensors)
    tf.raw_ops.SaveV2(prefix=str(prefix), tensor_names=names, shape_and_slices=[""] * len(names),
                      tensors=[tensors[name] for name in names])
    return str(prefix)


def restore(prefix, like):
    """TensorFlow's own reader: {name: tensor} for the names and dtypes of `like`."""
    names = sorted(like)
    values = tf.raw_ops.RestoreV2(prefix=prefix, tensor_names=names, shape_and_slices=[""] * len(names),
                                  dtypes=[like[name].dtype for name in names])
    return dict(zip(names, values))


def assert_same_files(prefix, expected_prefix):
    for ending in (".index", ".data-00000-of-00001"):
        with open(str(prefix) + ending, "rb") as file, open(str(expected_prefix) + ending, "rb") as expected_file:
            found, expected = file.read(), expected_file.read()
        if found != expected:
            at = next((i for i, (a, b) in enumerate(zip(found, expected)) if a != b), min(len(found), len(expected)))
            raise AssertionError(f"{ending}: {len(found)} bytes, TensorFlow wrote {len(expected)}; they differ at byte {at}: "
                                 f"{found[at:at + 16].hex()}, expected {expected[at:at + 16].hex()}")


def tensor_of_bits(dtype, shape, bits):
    """A tensor whose memory is `bits`, cut to what the dtype can hold: NaN payloads and negative zeros too."""
    stored = {tf.qint8: tf.int8, tf.quint8: tf.uint8, tf.qint16: tf.int16, tf.quint16: tf.uint16, tf.qint32: tf.int32}
    if dtype in stored:
        return tf.bitcast(tensor_of_bits(stored[dtype], shape, bits), dtype)
    if dtype == tf.bool:
        return tf.constant(np.frombuffer(bits, np.uint8).reshape(shape) % 2 == 1)
    lowest_and_count = {"int4": (-8, 16), "uint4": (0, 16), "int2": (-2, 4), "uint2": (0, 4)}
    if dtype.name in lowest_and_count:
        lowest, count = lowest_and_count[dtype.name]
        numbers = np.frombuffer(bits, np.uint8).astype(np.int8) % count + lowest
        return tf.constant(numbers.reshape(shape).astype(dtype.as_numpy_dtype))
    if dtype.name == "float4_e2m1fn":
        bits = bytes(byte % 16 for byte in bits)
    return tf.constant(np.frombuffer(bits, dtype.as_numpy_dtype).reshape(shape))


def random_numeric(rng, dtype, shape):
    return tensor_of_bits(dtype, shape, rng.bytes(int(np.prod(shape)) * np.dtype(dtype.as_numpy_dtype).itemsize))


def random_strings(rng, shape):
    lengths = rng.choice([0, 0, 1, 5, 127, 128, 129, 1000], int(np.prod(shape)))
    flat = [rng.bytes(int(length)) for length in lengths]
    return tf.reshape(tf.constant(flat, tf.string, shape=[len(flat)]), shape)


def random_shape(rng):
    if rng.random() < 0.5:
        return SHAPES[rng.integers(len(SHAPES))]
    return tuple(int(size) for size in rng.choice([0, 1, 2, 3, 7, 16], rng.integers(0, 6), p=[.04, .26, .2, .2, .2, .1]))


def random_name(rng):
    """Any bytes that TensorFlow takes: long, with zeros, not UTF-8, sharing a prefix with others."""
    kind = rng.integers(5)
    if kind == 0:
        return b"layer_%d/%s" % (rng.integers(20), [b"kernel", b"bias", b"Adam_1"][rng.integers(3)])
    if kind == 1:
        return "größe/日本/\U0001F600".encode() + bytes([97 + rng.integers(26)])
    if kind == 2:
        return b"n" * int(rng.integers(1, 3000))
    if kind == 3:
        return bytes(rng.integers(1, 256, rng.integers(1, 12), dtype=np.uint8))
    return b"z" + rng.bytes(int(rng.integers(0, 40)))


def random_tensors(rng, count):
    tensors = {}
    while len(tensors) < count:
        shape = random_shape(rng)
        dtype = [*NUMERIC, tf.string, tf.string][rng.integers(len(NUMERIC) + 2)]
        tensors[random_name(rng)] = random_strings(rng, shape) if dtype == tf.string else random_numeric(rng, dtype, shape)
    return tensors


def every_dtype(rng):
    tensors = {f"{dtype.name}/{'x'.join(map(str, shape))}".encode(): random_numeric(rng, dtype, shape)
               for dtype in NUMERIC for shape in SHAPES}
    return {**tensors, **{f"string/{'x'.join(map(str, shape))}".encode(): random_strings(rng, shape) for shape in SHAPES}}


def strings_of_every_kind():
    return {
        b"scalar": tf.constant(b"one"), b"empty": tf.constant(b""), b"none": tf.constant([], tf.string),
        b"none_inside": tf.zeros([2, 0, 3], tf.string), b"zeros": tf.constant([b"a\0b", b"\0", b"ends\0"]),
        b"not_utf8": tf.constant([b"\xff\xfe", b"\x80"]), b"unicode": tf.constant(["grüße", "日本語", "\U0001F600"]),
        b"varints": tf.constant([b"y" * n for n in (0, 1, 127, 128, 129, 16383, 16384, 16385)]),
        b"lengths": tf.constant([b"x" * n for n in range(300)]), b"long": tf.constant(b"0123456789" * 600_000),
        b"matrix": tf.constant([[bytes(range(256)), b""], [b"q", b""]]), b"beside": tf.constant([1.0, 2.0])}


def many_small(rng, count):
    """Enough for several blocks of the index (256 KiB each)."""
    return {b"block_%03d/a_rather_long_name/unit_%02d/%s" % (i // 64, i % 64, b"bias" if i % 2 else b"kernel"):
            tf.constant(rng.integers(-99, 99, i % 3), tf.int32) for i in range(count)}
