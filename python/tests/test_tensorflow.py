"""`cairn.load_checkpoint` and `tf.train.load_checkpoint` agree call by call, errors too."""

import os

import numpy as np
import pytest

import cairn

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tf = pytest.importorskip("tensorflow")


# What TensorFlow calls an error of which it does not know more, one of a file that was cut, and one of slices that leave a gap.
VAGUE = ("OpError", "IndexError", "ValueError")
# TensorFlow does not read partitioned tensors of every dtype, and no variants: (the end of the prefix, the name).
READ_HERE_ALONE = [("tf_features/slices/ckpt", "half"), ("tf_features/variants/ckpt", "list")]


def prefixes_of(corpus):
    """Returns the prefix of every checkpoint of the corpus that is not known to be damaged."""
    indexes = [path for path in corpus.rglob("*.index") if "damaged" not in path.parts]
    return sorted(str(path)[: -len(".index")] for path in indexes)


def outcome_of(call):
    """Returns what a call returns, or the kind of its error."""
    try:
        return "returned", call()
    except Exception as error:
        for kind in type(error).__mro__:
            if kind.__module__.startswith(("tensorflow", "cairn")):
                known = {"MissingFileError": "NotFoundError", "MissingTensorError": "NotFoundError"}
                return "raised", known.get(kind.__name__, kind.__name__)
        return "raised", type(error).__name__


def plain(dtype):
    """TensorFlow has a dtype of one field, such as [("quint8", "u1")], for a quantized type; here it is the integer."""
    dtype = np.dtype(dtype)
    return dtype[0] if dtype.names else dtype


def assert_same_value(ours, theirs, name):
    assert type(ours) is type(theirs), name
    if isinstance(theirs, np.ndarray):
        assert ours.dtype == plain(theirs.dtype) and ours.shape == theirs.shape, name
        if theirs.dtype == object:
            assert ours.tolist() == theirs.tolist(), name
        else:
            assert ours.tobytes() == theirs.tobytes(), name
    else:
        assert ours == theirs or ours != ours, name


def assert_readers_agree(prefix):
    """Compares all that two readers answer, and returns how many values were compared."""
    ours, theirs = cairn.load_checkpoint(prefix), tf.train.load_checkpoint(prefix)
    shapes = theirs.get_variable_to_shape_map()
    assert ours.get_variable_to_shape_map() == shapes
    dtypes = theirs.get_variable_to_dtype_map()
    known = {
        name: dtype for name, dtype in dtypes.items() if dtype != tf.variant
    }  # numpy has none for that
    found = ours.get_variable_to_dtype_map()
    assert {name: found[name] for name in known} == {
        name: plain(dtype.as_numpy_dtype) for name, dtype in known.items()
    }
    assert sorted(ours.debug_string().splitlines()) == sorted(theirs.debug_string().splitlines())
    if os.path.exists(f"{prefix}.index"):  # of version 1, TensorFlow says them in no order
        assert ours.debug_string() == theirs.debug_string()
    num_values = 0
    for name in shapes:
        assert ours.has_tensor(name) and theirs.has_tensor(name)
        what, expected = outcome_of(lambda: theirs.get_tensor(name))
        done, found = outcome_of(lambda: ours.get_tensor(name))
        if any(prefix.endswith(end) and name == only for end, only in READ_HERE_ALONE):
            assert (what, done) == ("raised", "returned"), name
            continue
        assert done == what, (name, expected, found)
        if what == "returned":
            assert_same_value(found, expected, name)
            num_values += 1
        else:
            assert expected in (found, *VAGUE), name
    # The empty name is that of the header of an index, which TensorFlow counts as a tensor.
    for name in ("nothing", *(f"{name}/x" for name in list(shapes)[:3])):
        assert ours.has_tensor(name) == theirs.has_tensor(name)
        assert outcome_of(lambda: ours.get_tensor(name)) == outcome_of(
            lambda: theirs.get_tensor(name)
        )
    return num_values


def test_readers_agree_on_the_corpus(corpus):
    num_values = 0
    for prefix in prefixes_of(corpus):
        theirs, ours = (
            outcome_of(lambda: reader(prefix))[0]
            for reader in (tf.train.load_checkpoint, cairn.load_checkpoint)
        )
        assert ours == theirs, prefix
        num_values += assert_readers_agree(prefix) if ours == "returned" else 0
    assert num_values > 3000


def test_readers_agree_on_version_1(corpus):
    num_values = 0
    for path in ("v1_unsharded_half_plus_two", "v1_sharded_half_plus_two"):
        for file in sorted((corpus / path).rglob("*")):
            if file.is_file() and "export" == file.name or file.name.startswith("export-00000"):
                num_values += assert_readers_agree(str(file))
    assert num_values > 0


def test_lists_and_single_variables_agree(corpus):
    for prefix in prefixes_of(corpus)[:30]:
        listed = cairn.list_variables(prefix)
        assert listed == tf.train.list_variables(prefix)
        for name, _ in listed[:5]:
            done, ours = outcome_of(lambda: cairn.load_variable(prefix, name))
            expected, theirs = outcome_of(lambda: tf.train.load_variable(prefix, name))
            assert done == expected
            if done == "returned":
                assert_same_value(ours, theirs, name)
            else:
                assert theirs in (ours, *VAGUE)


@pytest.mark.parametrize("missing", ["nothing", "run/nothing-5", "empty", ""])
def test_what_is_not_there_is_an_error_of_both(tmp_path, missing):
    (tmp_path / "empty").mkdir()
    path = str(tmp_path / missing)
    for ours, theirs in (
        (cairn.load_checkpoint, tf.train.load_checkpoint),
        (cairn.list_variables, tf.train.list_variables),
    ):
        assert outcome_of(lambda: theirs(path))[0] == outcome_of(lambda: ours(path))[0] == "raised"
    assert cairn.latest_checkpoint(path) == tf.train.latest_checkpoint(path) is None


def test_damage_is_an_error_of_both(corpus, tmp_path):
    """Flips bytes of a checkpoint. Wherever TensorFlow finds damage, so does cairn."""
    rng = np.random.default_rng(1)
    values = {f"v{i}": np.arange(50 * i, dtype=np.float32) for i in range(1, 6)}
    cairn.save(tmp_path / "m", values)
    num_found = 0
    for suffix in (".index", ".data-00000-of-00001"):
        file = tmp_path / f"m{suffix}"
        content = file.read_bytes()
        for _ in range(60):
            damaged = bytearray(content)
            damaged[rng.integers(len(content))] ^= 1 << int(rng.integers(8))
            file.write_bytes(damaged)
            theirs, ours = (
                _read_all(tf.train.load_checkpoint, tmp_path / "m"),
                _read_all(cairn.load_checkpoint, tmp_path / "m"),
            )
            if theirs[0] == "raised":
                assert ours[0] == "raised", theirs
                num_found += 1
        file.write_bytes(content)
    assert num_found > 60


def _read_all(load, prefix):
    def call():
        reader = load(str(prefix))
        return [reader.get_tensor(name).tobytes() for name in reader.get_variable_to_shape_map()]

    return outcome_of(call)


def test_the_damaged_checkpoints_of_the_corpus(corpus):
    for index in sorted((corpus / "damaged").rglob("*.index")):
        prefix = str(index)[: -len(".index")]
        theirs, ours = (
            _read_all(tf.train.load_checkpoint, prefix),
            _read_all(cairn.load_checkpoint, prefix),
        )
        if theirs[0] == "raised":
            assert ours[0] == "raised", prefix


DTYPES = (
    "float16 float32 float64 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool "
    "complex64 complex128"
).split()


def test_what_tensorflow_writes_is_read_alike(tmp_path):
    rng = np.random.default_rng(2)
    names, tensors = [], []
    for dtype in DTYPES:
        for shape in ((), (3,), (2, 0), (4, 5, 6)):
            names.append(f"scope/{dtype}/{len(shape)}_{shape[-1:] or ''}")
            tensors.append(tf.cast(tf.constant(rng.integers(0, 2, shape)), dtype))
    names.append("text")
    tensors.append(tf.constant([b"", b"a\0", "ü".encode()]))
    tf.raw_ops.SaveV2(
        prefix=str(tmp_path / "m"),
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=tensors,
    )
    assert assert_readers_agree(str(tmp_path / "m")) == len(names)


def test_an_object_based_checkpoint_is_read_alike(tmp_path):
    model = tf.Module()
    model.w = tf.Variable(tf.ones((2, 3)))
    model.step = tf.Variable(3, dtype=tf.int64)
    prefix = tf.train.Checkpoint(model=model).save(str(tmp_path / "run" / "ckpt"))
    assert assert_readers_agree(prefix) == 4
    assert cairn.latest_checkpoint(tmp_path / "run") == tf.train.latest_checkpoint(tmp_path / "run")


def test_a_partitioned_variable_is_read_alike(tmp_path):
    whole = np.arange(40, dtype=np.float32).reshape(10, 4)
    tf.raw_ops.SaveV2(
        prefix=str(tmp_path / "m"),
        tensor_names=["w", "w"],
        shape_and_slices=["10 4 0,6:-", "10 4 6,4:-"],
        tensors=[tf.constant(whole[:6]), tf.constant(whole[6:])],
    )
    assert assert_readers_agree(str(tmp_path / "m")) == 1
    assert cairn.open(tmp_path / "m")["w"].tolist() == whole.tolist()


def test_tensorflow_reads_what_is_saved_and_changed(tmp_path):
    values = {
        "net/w": np.arange(6, dtype=np.float32).reshape(2, 3),
        "net/text": np.array([b"a"], object),
    }
    cairn.save(tmp_path / "m", values)
    assert assert_readers_agree(str(tmp_path / "m")) == 2
    cairn.open(tmp_path / "m").rename({"net/": ""}).cast("bfloat16").transpose("w", [1, 0]).save(
        tmp_path / "n"
    )
    assert assert_readers_agree(str(tmp_path / "n")) == 2
