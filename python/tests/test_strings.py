"""String tensors are arrays of `bytes` objects."""

import numpy as np
import pytest

import cairn

ELEMENTS = [b"", b"x", b"ends with nul\0", b"\xff\xfe", "grüße".encode()]


def test_strings_survive(tmp_path):
    value = np.array(ELEMENTS, dtype=object)
    cairn.save(tmp_path / "m", {"x": value, "none": value[:0], "square": value[:4].reshape(2, 2)})
    ckpt = cairn.open(tmp_path / "m")
    assert ckpt.dtype("x") == object
    assert ckpt["x"].tolist() == ELEMENTS
    assert ckpt["none"].shape == (0,)
    assert ckpt["square"].tolist() == value[:4].reshape(2, 2).tolist()


@pytest.mark.parametrize("value", [b"one\0", "one\0", np.array("one\0x"), np.bytes_(b"one")])
def test_one_string_is_a_scalar(tmp_path, value):
    cairn.save(tmp_path / "m", {"x": value})
    expected = value if isinstance(value, bytes) else str(value).encode()
    assert cairn.open(tmp_path / "m")["x"].shape == ()
    assert cairn.open(tmp_path / "m")["x"][()] == expected


@pytest.mark.parametrize("value", [["a", "bc"], np.array(["a", "bc"]), np.array([b"a", b"bc"])])
def test_texts_are_saved_as_utf_8(tmp_path, value):
    cairn.save(tmp_path / "m", {"x": value})
    assert cairn.open(tmp_path / "m")["x"].tolist() == [b"a", b"bc"]


def test_the_corpus_has_strings(corpus):
    ckpt = cairn.open(corpus / "tf_features/strings/ckpt")
    assert ckpt["nul_inside"].tolist() == [b"a\0b", b"\0", b"ends with nul\0"]
    assert ckpt["scalar"][()] == b"one"
