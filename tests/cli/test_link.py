"""cairn convert --link, --hard-link: a TensorFlow checkpoint whose data is another file; TensorFlow restores it."""
import os

import numpy as np
import pytest
import safetensors.numpy
import tensorflow as tf

from conftest import save

VALUES = {"net/w": np.arange(600, dtype=np.float32).reshape(30, 20), "net/b": np.array([1.5, -0.0, np.nan]), "step": np.array(7),
          "none": np.zeros((0, 3), np.int16), "flags": np.array([True, False])}


def restored(prefix):
    reader = tf.train.load_checkpoint(str(prefix))
    return {name: np.asarray(reader.get_tensor(name)) for name in reader.get_variable_to_shape_map()}


def same(a, b):
    return set(a) == set(b) and all(a[name].dtype == b[name].dtype and a[name].tobytes() == b[name].tobytes() for name in a)


@pytest.fixture(params=["numpy", "safetensors", "Cairn's npz", "Cairn's safetensors"])
def source(request, cairn, tmp_path):
    """A file that holds VALUES as they are, from four hands."""
    if request.param == "safetensors":
        safetensors.numpy.save_file(VALUES, tmp_path / "a.safetensors")
        return tmp_path / "a.safetensors"
    np.savez(tmp_path / "a.npz", **VALUES)
    if request.param == "numpy":
        return tmp_path / "a.npz"
    path = tmp_path / ("b.npz" if "npz" in request.param else "b.safetensors")
    assert cairn("convert", tmp_path / "a.npz", path).code == 0
    return path


def test_a_hard_link_is_restored_by_tensorflow(cairn, source, tmp_path):
    ran = cairn("convert", "--hard-link", source, tmp_path / "new/model")
    assert ran.code == 0 and "under another name: what changes one changes both" in ran.err
    data = tmp_path / "new/model.data-00000-of-00001"
    assert os.path.samefile(source, data)
    assert same(restored(tmp_path / "new/model"), VALUES)
    assert cairn("verify", tmp_path / "new/model").code == 0


def test_a_reflink_or_a_copy(cairn, source, tmp_path):
    ran = cairn("convert", "--link", source, tmp_path / "new/model")
    assert ran.code == 0 and ("shares the blocks of" in ran.err or "all is copied: " in ran.err and "no reflink" in ran.err)
    assert not os.path.samefile(source, tmp_path / "new/model.data-00000-of-00001")
    assert same(restored(tmp_path / "new/model"), VALUES)


def test_strings_and_shards_stand_beside_it(cairn, tmp_path):
    values = VALUES | {"text": np.array([b"a", b"bc"], object)}
    prefix = save(str(tmp_path / "run/model"), {name: tf.constant(value) for name, value in values.items()})
    assert cairn("convert", "--max-shard-size", "2KiB", "--exclude", "text", prefix, tmp_path / "s.safetensors").code == 0
    assert cairn("convert", "--hard-link", tmp_path / "s.safetensors.index.json", tmp_path / "new/model").code == 0
    assert len(list((tmp_path / "new").glob("model.data-*"))) == len(list(tmp_path.glob("s-*.safetensors"))) > 1
    assert same(restored(tmp_path / "new/model"), VALUES)
    ran = cairn("convert", "--hard-link", prefix, tmp_path / "again/model")
    assert ran.code == 0 and "1 of 6 tensors are copied" in ran.err
    assert restored(tmp_path / "again/model")["text"].tolist() == [b"a", b"bc"]


def test_what_is_packed_is_copied(cairn, tmp_path):
    np.savez_compressed(tmp_path / "a.npz", **VALUES)
    ran = cairn("convert", "--hard-link", tmp_path / "a.npz", tmp_path / "new/model")
    assert ran.code == 0 and "5 of 5 tensors are copied: they do not lie in a file as they are" in ran.err
    assert same(restored(tmp_path / "new/model"), VALUES)


@pytest.mark.parametrize("option", ["--link", "--hard-link"])
@pytest.mark.parametrize("name", ["new.safetensors", "new.npz", "new.npy"])
@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_only_tensorflow_checkpoints_share(cairn, tmp_path, option, name, more):
    np.savez(tmp_path / "a.npz", w=np.arange(5))
    ran = cairn("convert", option, *more, tmp_path / "a.npz", tmp_path / name)
    kind = name.partition(".")[2]
    assert ran.code == 2 and f"{kind} cannot share the bytes of other files, but tf-v2 can" in ran.err
    assert f"hint: leave out {option}\n" in ran.err and not list(tmp_path.glob("new*"))


@pytest.mark.parametrize("name", ["a.npz", "a.safetensors"])
def test_damage_is_not_linked(cairn, tmp_path, name):
    np.savez(tmp_path / "a.npz", **VALUES)
    assert name == "a.npz" or cairn("convert", tmp_path / "a.npz", tmp_path / name).code == 0
    content = bytearray((tmp_path / name).read_bytes())
    content[content.index(VALUES["net/w"].tobytes()) + 100] ^= 1
    (tmp_path / name).write_bytes(content)
    ran = cairn("convert", "--hard-link", tmp_path / name, tmp_path / "new/model")
    assert ran.code == 1 and "tensor 'net/w'" in ran.err and not list((tmp_path / "new").iterdir())


def test_both_ways_exclude_each_other(cairn, tmp_path):
    np.savez(tmp_path / "a.npz", **VALUES)
    ran = cairn("convert", "--link", "--hard-link", tmp_path / "a.npz", tmp_path / "new/model")
    assert ran.code == 2 and "--link and --hard-link exclude each other" in ran.err
