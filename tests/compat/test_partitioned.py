"""Partitioned variables as TensorFlow cuts them, of both versions of its format, read and saved whole."""
import glob

import numpy as np
import pytest
import tensorflow as tf

import bundles

v1 = tf.compat.v1


def random_boxes(rng, shape, count):
    """Cuts a shape in two, and the halves again: [(start, length) a dimension]."""
    boxes = [[(0, size) for size in shape]]
    for _ in range(100):
        if len(boxes) == count:
            break
        box = boxes[rng.integers(len(boxes))]
        d = int(rng.integers(len(box)))
        start, length = box[d]
        if length < 2:
            continue
        kept = int(rng.integers(1, length))
        rest = list(box)
        rest[d] = (start + kept, length - kept)
        box[d] = (start, kept)
        boxes.append(rest)
    rng.shuffle(boxes)
    return boxes


def slice_spec(shape, box):
    """As SaveV2 takes it; a whole dimension is a dash."""
    extents = ["-" if (start, length) == (0, size) else f"{start},{length}" for size, (start, length) in zip(shape, box)]
    return " ".join(map(str, shape)) + " " + ":".join(extents)


def save_in_slices(rng, prefix, tensors):
    names, specs, slices = [], [], []
    for name, tensor in tensors.items():
        for box in random_boxes(rng, tensor.shape, int(rng.integers(1, 9))):
            names.append(name)
            specs.append(slice_spec(tensor.shape, box))
            slices.append(tf.slice(tensor, [start for start, _ in box], [length for _, length in box]))
    tf.raw_ops.SaveV2(prefix=str(prefix), tensor_names=names, shape_and_slices=specs, tensors=slices)
    return str(prefix)


# What tf.slice can cut.
SLICED = [dtype for dtype in bundles.NUMERIC if not dtype.is_quantized and dtype.name not in
          ("int2", "uint2", "int4", "uint4", "float4_e2m1fn") and "float8" not in dtype.name]


def random_wholes(rng):
    shapes = [(6,), (5, 4), (1, 9), (3, 4, 5), (2, 3, 2, 3)]
    tensors = {f"{dtype.name}/{i}".encode(): bundles.random_numeric(rng, dtype, shapes[rng.integers(len(shapes))])
               for dtype in SLICED for i in range(3)}
    return {**tensors, b"strings": bundles.random_strings(rng, (7, 3))}


def test_random_slicings_are_joined(probe, tmp_path, rng):
    tensors = random_wholes(rng)
    prefix = save_in_slices(rng, tmp_path / "model", tensors)
    assert probe.hash(prefix) == bundles.hashes(tensors)


def test_joined_and_saved_whole_they_are_restored(probe, tmp_path, rng):
    tensors = random_wholes(rng)
    copied = probe.copy(save_in_slices(rng, tmp_path / "model", tensors), tmp_path / "whole", 1, 200)
    assert len(glob.glob(copied + ".data-*")) > 3
    assert bundles.hashes(bundles.restore(copied, tensors)) == bundles.hashes(tensors)


def test_slices_of_several_parts(probe, tmp_path, rng):
    tensor = bundles.random_numeric(rng, tf.float32, (10, 6))
    parts = []
    for k in range(5):
        part = str(tmp_path / f"part-{k}")
        tf.raw_ops.SaveV2(prefix=part, tensor_names=["v"], shape_and_slices=[f"10 6 {2 * k},2:-"],
                          tensors=[tensor[2 * k:2 * k + 2]])
        parts.append(part)
    prefix = str(tmp_path / "model")
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=prefix)
    assert probe.hash(prefix) == bundles.hashes({b"v": tensor})


def train_partitioned(save):
    """A partitioned embedding with Adam's slots; `save(session)` once it was trained. Gives the values by key."""
    with tf.Graph().as_default(), v1.Session() as session:
        table = v1.get_variable("table", [11, 4], partitioner=v1.fixed_size_partitioner(3, axis=0),
                                initializer=v1.random_normal_initializer(seed=1))
        wide = v1.get_variable("wide", [3, 10], partitioner=v1.fixed_size_partitioner(4, axis=1),
                               initializer=v1.random_normal_initializer(seed=2))
        loss = tf.reduce_sum(v1.nn.embedding_lookup(table, [0, 5, 10], partition_strategy="div") ** 2)
        loss += tf.reduce_sum(wide.as_tensor() ** 2)
        train = v1.train.AdamOptimizer(0.1).minimize(loss)
        session.run(v1.global_variables_initializer())
        session.run(train)
        parts = {}
        for variable in v1.global_variables():
            info = variable._save_slice_info
            name = info.full_name if info else variable.op.name
            offset = tuple(info.var_offset) if info else ()
            parts.setdefault(name, []).append((offset, session.run(variable)))
        save(session)
    values = {}
    for name, pieces in parts.items():
        pieces.sort(key=lambda piece: piece[0])
        axis = 1 if name.startswith("wide") else 0
        whole = pieces[0][1] if len(pieces) == 1 else np.concatenate([value for _, value in pieces], axis)
        values[name.encode()] = tf.constant(whole)
    return values


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("version", [v1.train.SaverDef.V1, v1.train.SaverDef.V2])
def test_variables_with_their_slots(probe, tmp_path, version, sharded):
    said = {}

    def save(session):
        saver = v1.train.Saver(write_version=version, sharded=sharded)
        said["path"] = saver.save(session, str(tmp_path / "model"), write_meta_graph=False)

    values = train_partitioned(save)
    assert b"table/Adam_1" in values and b"beta1_power" in values
    assert probe.hash(said["path"]) == bundles.hashes(values)
    assert probe.hash(tmp_path) == bundles.hashes(values)  # by its state file


def test_max_shard_size_policy(probe, tmp_path):
    variables = [tf.Variable(np.random.default_rng(i).normal(size=(10, 10)).astype("f")) for i in range(3)]
    checkpoint = tf.train.Checkpoint(variables=variables, text=tf.Variable("text"))
    policy = tf.train.experimental.MaxShardSizePolicy(max_shard_size=150)
    path = checkpoint.write(str(tmp_path / "model"),
                            options=tf.train.CheckpointOptions(experimental_sharding_callback=policy))
    assert len(glob.glob(path + ".data-*")) > 3
    hashes = probe.hash(path)
    for i, variable in enumerate(variables):
        key = f"variables/{i}/.ATTRIBUTES/VARIABLE_VALUE".encode()
        assert hashes[key] == bundles.hashes({key: variable.read_value()})[key]


def test_string_variables_and_tables(probe, tmp_path):
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    table.insert(tf.constant(["a", "b", "grün"]), tf.constant([1, 2, 3], tf.int64))
    checkpoint = tf.train.Checkpoint(table=table, words=tf.Variable(["x", "", "yz"]), step=tf.Variable(7))
    path = checkpoint.write(str(tmp_path / "model"))
    reader = tf.train.load_checkpoint(path)
    names = reader.get_variable_to_shape_map()
    assert any("table" in name for name in names)
    tensors = {name.encode(): tf.constant(reader.get_tensor(name)) for name in names}
    assert probe.hash(path) == bundles.hashes(tensors)


def test_variants_are_carried(probe, tmp_path):
    rows = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    handle = tf.raw_ops.TensorListFromTensor(tensor=rows, element_shape=[2])
    prefix = str(tmp_path / "model")
    tf.raw_ops.SaveV2(prefix=prefix, tensor_names=["list"], shape_and_slices=[""], tensors=[handle])
    copied = probe.copy(prefix, tmp_path / "copied")
    bundles.assert_same_files(copied, prefix)
    (restored,) = tf.raw_ops.RestoreV2(prefix=copied, tensor_names=["list"], shape_and_slices=[""], dtypes=[tf.variant])
    stacked = tf.raw_ops.TensorListStack(input_handle=restored, element_shape=[2], element_dtype=tf.float32, num_elements=2)
    np.testing.assert_array_equal(stacked, rows)
