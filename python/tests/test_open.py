"""An open checkpoint is a mapping from names to arrays."""

import collections.abc
import os

import numpy as np
import pytest

import cairn


def test_every_format_gives_back_what_was_saved(new_path, arrays):
    cairn.save(new_path, arrays)
    ckpt = cairn.open(new_path)
    assert isinstance(ckpt, collections.abc.Mapping)
    assert list(ckpt) == sorted(arrays)
    assert len(ckpt) == len(arrays)
    for name, array in arrays.items():
        assert ckpt[name].dtype == array.dtype
        np.testing.assert_array_equal(ckpt[name], array, strict=True)


def test_metadata_is_known_without_reading(saved):
    ckpt = cairn.open(saved)
    assert ckpt.shape("conv0/W") == (3, 4)
    assert ckpt.dtype("conv0/W") == np.float32
    assert ckpt.nbytes("conv0/W") == 48
    assert ckpt.format == "tf-v2"
    assert ckpt.path == str(saved)


def test_a_mapping_has_its_usual_methods(saved, arrays):
    ckpt = cairn.open(saved)
    assert "conv0/W" in ckpt and "conv0" not in ckpt and 3 not in ckpt
    assert ckpt.keys() == arrays.keys()
    assert {name for name, _ in ckpt.items()} == set(arrays)
    assert len(list(ckpt.values())) == len(arrays)
    assert ckpt.get("nothing") is None
    assert dict(ckpt).keys() == arrays.keys()


@pytest.mark.parametrize("given", ["{}.index", "{}.data-00000-of-00001", "{}"])
def test_any_file_names_the_checkpoint(saved, given):
    assert len(cairn.open(given.format(saved))) == 5


def test_a_path_may_be_bytes_or_a_path_or_a_directory(saved):
    for path in (os.fsencode(saved), saved, saved.parent):
        assert cairn.open(path)["step"] == 7


def test_the_note_says_what_a_path_was_taken_for(saved):
    assert cairn.open(saved).note == ""
    assert "taken as" in cairn.open(saved.parent).note


def test_names_may_hold_any_bytes(tmp_path):
    names = ["ü/日本", "with space", "quote'", "\x01"]
    cairn.save(tmp_path / "m", {name: np.ones(1) for name in names} | {b"\xff\xfe": np.zeros(1)})
    ckpt = cairn.open(tmp_path / "m")
    assert set(names) < set(ckpt)
    stray = "\udcff\udcfe"
    assert stray in ckpt and ckpt[stray] == 0
    assert repr(ckpt)


def test_repr_fits_the_terminal(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "20")
    cairn.save(tmp_path / "m", {f"{'long' * 20}/{i}": np.ones(3) for i in range(100)})
    lines = repr(cairn.open(tmp_path / "m")).splitlines()
    assert len(lines) <= 20 and max(map(len, lines)) <= 60
    assert "86 more" in lines[-1]


def test_a_notebook_gets_a_table(tmp_path):
    cairn.save(tmp_path / "m.npz", {"<b>": np.ones(3)})
    html = cairn.open(tmp_path / "m.npz")._repr_html_()
    assert "<table>" in html and "&lt;b&gt;" in html and "<b>" not in html


def test_an_empty_checkpoint_has_a_repr(tmp_path):
    cairn.save(tmp_path / "m.npz", {})
    assert "0 tensors" in repr(cairn.open(tmp_path / "m.npz"))


def test_every_checkpoint_of_the_corpus_is_read(corpus):
    num_read = 0
    for index in sorted(corpus.glob("tf_features/*/*.index")):
        ckpt = cairn.open(index)
        for name in ckpt:
            assert ckpt[name].shape == ckpt.shape(name)
            num_read += 1
    assert num_read > 3000
