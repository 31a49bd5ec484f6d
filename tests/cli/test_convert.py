"""cairn convert: between TensorFlow and safetensors, judged by TensorFlow and by safetensors' own package."""
import json
import os

import ml_dtypes
import numpy as np
import pytest
import safetensors
import safetensors.numpy
import tensorflow as tf

from conftest import save

# Values that a careless copy changes.
ODD = np.array([0x7FC00001, 0x7F800001, 0xFFC12345, 0x80000000, 0x00000001, 0x7F800000], np.uint32).view(np.float32)


def values_of(prefix):
    reader = tf.train.load_checkpoint(str(prefix))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@pytest.fixture
def run(tmp_path):
    """(prefix, values) of a checkpoint of many dtypes."""
    rng = np.random.default_rng(3)
    values = {"odd": ODD, "scalar": np.array(7, np.int64), "empty": np.zeros((0, 4), np.float16),
              "flags": np.array([True, False]), "half": rng.normal(size=(3, 5)).astype(np.float16),
              "brain": rng.normal(size=7).astype(ml_dtypes.bfloat16), "complex": np.array([1 + 2j], np.complex64),
              "net/w": rng.normal(size=(64, 33)).astype(np.float32), "net/b": rng.normal(size=33),
              "net/w/Adam": rng.normal(size=(64, 33)).astype(np.float32), "bytes": np.arange(9, dtype=np.uint8)}
    return save(str(tmp_path / "run" / "model-5"), {name: tf.constant(value) for name, value in values.items()}), values


def test_safetensors_reads_what_is_written(cairn, run, tmp_path):
    prefix, values = run
    path = tmp_path / "new.safetensors"
    ran = cairn("convert", prefix, path)
    assert ran.code == 0 and ran.err == "" and ran.out.endswith(" as safetensors\n")
    loaded = safetensors.numpy.load_file(path)
    assert set(loaded) == set(values)
    assert all(same(loaded[name], values[name]) for name in values)
    assert cairn("verify", "--strict", path).code == 0


def test_what_safetensors_writes_is_read(cairn, run, tmp_path):
    _, values = run
    values = {name: np.ascontiguousarray(value) for name, value in values.items() if name != "scalar"}
    path = tmp_path / "theirs.safetensors"
    safetensors.numpy.save_file(values, path, metadata={"format": "np"})
    ran = cairn("verify", path)
    assert ran.code == 0 and f": {len(values)} tensors have no checksum: read, not proven\n" in ran.out
    assert cairn("convert", path, tmp_path / "back/model").code == 0
    restored = values_of(tmp_path / "back/model")
    assert set(restored) == set(values)
    for name, value in values.items():
        got = restored[name]
        assert got.shape == value.shape and got.tobytes() == value.tobytes(), name
    # Their metadata travels on.
    assert cairn("convert", path, tmp_path / "again.safetensors").code == 0
    with safetensors.safe_open(tmp_path / "again.safetensors", "np") as file:
        assert file.metadata()["format"] == "np" and "cairn.crc32c" in file.metadata()


def test_checksums_can_be_required(cairn, tmp_path):
    path = tmp_path / "theirs.safetensors"
    safetensors.numpy.save_file({"a": np.zeros(3, np.float32), "b": np.ones(2)}, path)
    ran = cairn("verify", "--require-checksums", path)
    assert ran.code == 1 and ran.out.count("E_NO_CHECKSUM") == 2 and "tensor 'a': has no checksum" in ran.out
    new = tmp_path / "new.npz"
    ran = cairn("convert", "--require-checksums", path, new)
    assert ran.code == 1 and "2 tensors have no checksum: 'a', 'b'" in ran.err and not new.exists()
    assert cairn("convert", path, new).code == 0
    assert cairn("verify", "--require-checksums", new).code == 0
    assert cairn("convert", "--require-checksums", new, tmp_path / "again.safetensors").code == 0


def test_shards_of_two_checkpoints_are_not_one(cairn, tmp_path):
    """Both have the same names, shapes and sizes, and each file verifies by itself."""
    for name, value in (("a", 1), ("b", 2)):
        np.savez(tmp_path / "x.npz", u=np.full(100, value), v=np.full(100, value + 10))
        assert cairn("convert", "--max-shard-size", "800B", tmp_path / "x.npz", tmp_path / name / "m.safetensors").code == 0
    second = "m-00002-of-00002.safetensors"
    (tmp_path / "a" / second).write_bytes((tmp_path / "b" / second).read_bytes())
    index = tmp_path / "a" / "m.safetensors.index.json"
    for verb in (("verify",), ("ls",), ("convert",)):
        ran = cairn(*verb, index, *([tmp_path / "out.npz"] if verb == ("convert",) else []))
        assert ran.code == 1 and second in ran.out + ran.err, verb
        assert "is not the file that the index was written with" in ran.out + ran.err, verb
    ran = cairn("repair", index, tmp_path / "rescued")
    assert ran.code == 1 and second in ran.out
    assert [tensor["name"] for tensor in json.loads(cairn("ls", "--json", tmp_path / "rescued").out)["tensors"]] == [
        "_CAIRN_PARTIAL_RESCUE", "u"]


def test_every_file_says_what_loaders_ask_for(cairn, run, tmp_path):
    """accelerate, and transformers before version 5, refuse a file whose metadata does not say "format"."""
    assert cairn("convert", "--max-shard-size", "4KiB", run[0], tmp_path / "new.safetensors").code == 0
    files = sorted(tmp_path.glob("new-*.safetensors"))
    assert len(files) > 1
    for path in files:
        with safetensors.safe_open(path, "np") as file:
            assert file.metadata()["format"] == "pt"


@pytest.mark.parametrize("size", [None, "4KiB"])
def test_there_and_back_gives_the_same_files(cairn, run, tmp_path, size):
    prefix, _ = run
    options = ["--max-shard-size", size] if size else []
    assert cairn("convert", prefix, tmp_path / "one/model").code == 0
    assert cairn("convert", *options, prefix, tmp_path / "new.safetensors").code == 0
    middle = tmp_path / ("new.safetensors.index.json" if size else "new.safetensors")
    assert len(list(tmp_path.glob("new*"))) == (5 if size else 1)
    assert cairn("convert", middle, tmp_path / "two/model").code == 0
    for ending in (".index", ".data-00000-of-00001"):
        assert (tmp_path / f"one/model{ending}").read_bytes() == (tmp_path / f"two/model{ending}").read_bytes()


def test_objects_travel_in_the_metadata(cairn, corpus, tmp_path):
    source = corpus / "tf_features/tf2_objects/ckpt-3"
    without = ["--exclude", "nested/a/**"]  # a string variable, which safetensors cannot hold
    ran = cairn("convert", *without, source, tmp_path / "new.safetensors")
    assert ran.code == 0 and "_CHECKPOINTABLE_OBJECT_GRAPH is kept in the metadata" in ran.err
    assert cairn("convert", tmp_path / "new.safetensors", tmp_path / "back/ckpt").code == 0
    assert cairn("convert", *without, source, tmp_path / "direct/ckpt").code == 0
    assert (tmp_path / "back/ckpt.index").read_bytes() == (tmp_path / "direct/ckpt.index").read_bytes()


def test_names(cairn, run, tmp_path):
    prefix, values = run
    path = tmp_path / "new.safetensors"
    ran = cairn("convert", "-q", "--select", "net/**", "--exclude", "**/Adam", "--rename", "net/=body/",
                "--sub", r"s/\/(.)$/_\1/", prefix, path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    loaded = safetensors.numpy.load_file(path)
    assert sorted(loaded) == ["body_b", "body_w"] and same(loaded["body_w"], values["net/w"])
    ran = cairn("convert", "--sub", "s/.*/x/", prefix, tmp_path / "other")
    assert ran.code != 0 and "'brain' and 'bytes' would both be called 'x'" in ran.err
    assert "hint: rename one of them" in ran.err
    ran = cairn("convert", "--rename", "net/v=x", prefix, tmp_path / "other")
    assert ran.code == 2 and "no tensor 'net/v', to be renamed" in ran.err and "did you mean" in ran.err
    ran = cairn("convert", "--select", "nothing", prefix, tmp_path / "other")
    assert ran.code == 1 and "no tensor matches 'nothing'" in ran.err
    assert cairn("convert", "--rename", "net/=", "--select", "net/?", prefix, tmp_path / "dropped/model").code == 0
    assert sorted(values_of(tmp_path / "dropped/model")) == ["b", "w"]
    assert cairn("convert", "--rename", "=a/", "--select", "net/?", prefix, tmp_path / "added/model").code == 0
    assert sorted(values_of(tmp_path / "added/model")) == ["a/net/b", "a/net/w"]
    assert cairn("convert", "--regex", "--select", "^net/.$", prefix, tmp_path / "regex/model").code == 0
    assert sorted(values_of(tmp_path / "regex/model")) == ["net/b", "net/w"]


def test_the_plan(cairn, run, tmp_path):
    prefix, _ = run
    path = tmp_path / "new.safetensors"
    ran = cairn("convert", "--dry-run", "--select", "net/w", "--rename", "net/w=w", prefix, path)
    assert ran.code == 0 and ran.out.splitlines()[0] == "w  from net/w  float32[64,33]  8.3 KiB"
    document = json.loads(cairn("convert", "--dry-run", "--json", "--select", "net/w", prefix, path).out)
    assert document["target"] == {"path": str(path), "format": "safetensors"} and not document["exists"]
    assert document["kept"] == [{"name": "net/w", "source": "net/w", "dtype": "float32", "shape": [64, 33], "nbytes": 8448}]
    assert document["written"] is None and not path.exists()
    assert cairn("convert", prefix, path).code == 0
    ran = cairn("convert", "--dry-run", prefix, path)
    assert ran.code == 0 and ran.out.endswith(f"{path}: exists\n")


def test_an_existing_file_is_replaced_only_by_force(cairn, run, tmp_path):
    prefix, _ = run
    path = tmp_path / "new.safetensors"
    path.write_text("old")
    ran = cairn("convert", prefix, path)
    assert ran.code == 2 and "exists" in ran.err and "--force" in ran.err and path.read_text() == "old"
    assert cairn("convert", "--force", prefix, path).code == 0
    assert cairn("verify", path).code == 0
    ran = cairn("convert", "--force", path, prefix)  # a bundle is several files
    assert ran.code == 2 and "exists" in ran.err and "--force" not in ran.err


def test_shards_are_not_replaced(cairn, run, tmp_path):
    convert = ["convert", "--max-shard-size", "4KiB", run[0], tmp_path / "new.safetensors"]
    ran = cairn(*convert)
    assert ran.code == 0 and ran.out.startswith(f"{tmp_path}/new.safetensors.index.json: ")
    for force in ([], ["--force"]):
        ran = cairn(*convert, *force)
        assert ran.code == 2 and "exists" in ran.err and "remove that checkpoint first" in ran.err and "--force" not in ran.err
    assert cairn("verify", tmp_path / "new.safetensors.index.json").code == 0


def test_what_cannot_be_held_stops_it(cairn, corpus, tmp_path):
    ran = cairn("convert", corpus / "tf_features/strings/ckpt", tmp_path / "new.safetensors")
    assert ran.code == 2 and "cannot be stored as safetensors" in ran.err and "--exclude" in ran.err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("options", [[], ["--rename", "w=v"], ["--select", "w"], ["--sub", "s/w/v/"]])
def test_damage_never_becomes_a_good_file(cairn, tmp_path, options):
    prefix = save(str(tmp_path / "run" / "model"), {"w": np.arange(1000, dtype=np.float32)})
    for name, form in ((f"{prefix}.data-00000-of-00001", []), ("a.safetensors", []), ("a.npz", []),
                       ("b.npz", ["--to", "npz-compressed"])):
        damaged = tmp_path / name
        source = prefix if ".data-" in name else damaged
        if not damaged.exists():
            assert cairn("convert", "-q", *form, prefix, damaged).code == 0
        sound = damaged.read_bytes()
        at = sound.index(np.arange(500, 600, dtype=np.float32).tobytes()) if name != "b.npz" else len(sound) // 2
        damaged.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1:])
        for target in ("new.safetensors", "new/model", "new.npz", "new.npy"):
            ran = cairn("convert", *options, source, tmp_path / target)
            assert ran.code == 1 and ran.err.startswith("cairn: error: "), (name, target)
        assert not list(tmp_path.glob("new*.*")) and not list(tmp_path.glob("new/*"))
        damaged.write_bytes(sound)


def test_rules_without_an_effect_are_noted(cairn, run, tmp_path):
    prefix, _ = run
    ran = cairn("convert", "--select", "net/**", "--select", "nat/**", "--exclude", "**/Adma", "--sub", "s/nit/x/", "--sub",
                "s/net/x/", prefix, tmp_path / "new")
    assert ran.code == 0
    assert ran.err == ("cairn: note: --select 'nat/**' matches no tensor\ncairn: note: --exclude '**/Adma' matches no tensor\n"
                       "cairn: note: --sub 's/nit/x/' changes no name\n")
    assert sorted(values_of(tmp_path / "new")) == ["x/b", "x/w", "x/w/Adam"]
    ran = cairn("convert", "--exclude", "**", prefix, tmp_path / "none")
    assert ran.code == 1 and "every tensor is excluded" in ran.err and not (tmp_path / "none.index").exists()


@pytest.mark.parametrize("verb", ["convert", "repair"])
@pytest.mark.parametrize("name, why, hint", [
    ("m.h5", "a file of HDF5", "name the file (.npz, .npy or .safetensors), or the prefix"),
    ("m.keras", "a file of Keras", "name the file"), ("m.pt", "a file of PyTorch", "name the file"),
    ("m.pth", "a file of PyTorch", "name the file"), ("m.ckpt.index", "one of the files of a TensorFlow checkpoint", "'m.ckpt'"),
    ("m.data-00000-of-00001", "one of the files of a TensorFlow checkpoint", "'m'"),
    ("there", "is a directory", "in it: 'there/model'"), ("-", "is a stream", "name the file"),
    ("/dev/stdout", "is a stream", "name the file"), ("/dev/fd/1", "is a stream", "name the file"),
    ("/dev/null", "is a device", "name the file"),
])
def test_a_destination_that_would_surprise_is_refused(cairn, run, tmp_path, verb, name, why, hint):
    (tmp_path / "there").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for options in ([], ["--dry-run"]) if verb == "convert" else ([],):
        ran = cairn(verb, *options, run[0], name, cwd=tmp_path)
        error, advice = ran.err.splitlines()
        assert (ran.code, ran.out) == (2, "") and why in error and error.startswith(f"cairn: error: {name}: ")
        assert advice.startswith("hint: ") and hint in advice
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["", "new/", "new//"])
@pytest.mark.parametrize("options", [[], ["--to", "npz"], ["--dry-run"]])
def test_a_directory_is_no_name(cairn, run, tmp_path, name, options):
    ran = cairn("convert", *options, run[0], name and f"{tmp_path}/{name}", cwd=tmp_path)
    assert ran.code == 2 and "is not the name of a checkpoint" in ran.err and "hint: name the file" in ran.err
    assert os.listdir(tmp_path) == ["run"]


@pytest.mark.parametrize("arguments,message", [
    (["--max-shard-size", "many"], "--max-shard-size: 'many' is not a size"),
    (["--memory", "0"], "--memory: '0' is not a size"),
    (["--to", "hdf5"], "--to: 'hdf5' is none of: tf, npz, npz-compressed, npy, safetensors"),
    (["--rename", "a"], "'a' is not a renaming"),
    (["--rename", "a="], "the new name is empty"),
    (["--rename", "=a"], "the old name is empty"),
    (["--rename", "="], "both sides are empty"),
    (["--rename", "a/=b"], "one side ends in '/'"),
    (["--rename", "a=b/"], "one side ends in '/'"),
    (["--sub", "x"], "is not a substitution"),
    (["--sub", "s/(/x/"], "is not a substitution"),
    (["--sub", r"s/a/\2/"], "is not a substitution"),
    (["--select", "[", ], "'['"),
])
def test_wrong_input_is_one_line_and_a_hint(cairn, run, tmp_path, arguments, message):
    ran = cairn("convert", *arguments, run[0], tmp_path / "new.safetensors")
    assert ran.code == 2 and message in ran.err and len(ran.err.splitlines()) <= 2
    assert not (tmp_path / "new.safetensors").exists()


def test_no_sync_writes_the_same(cairn, run, tmp_path):
    for ending in ("", ".npz", ".safetensors"):
        for options in ([], ["--no-sync"]):
            assert cairn("convert", *options, run[0], tmp_path / (options or ["synced"])[0] / ("m" + ending)).code == 0
    for file in os.listdir(tmp_path / "synced"):
        assert (tmp_path / "synced" / file).read_bytes() == (tmp_path / "--no-sync" / file).read_bytes(), file
