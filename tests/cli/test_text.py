"""Text of numpy, "<U5": it is shown as text, and stays text in numpy's files. Bytes, and strings of TensorFlow, stay bytes."""
import io
import json
import unicodedata

import numpy as np
import pytest
import tensorflow as tf

from conftest import save

RNG = np.random.default_rng(5)
WORDS = ["", "a", "it's", 'both \' and "', "tab\t nl\n cr\r", "\x00x\x1b[31m", "grüße", "back\\slash", "x" * 90, "日本語テキスト", "😀", "a\u200bb", "\u202egnp"]
TEXTS = {
    "one": np.array(["hello"]), "some": np.array(["hello", "wörld", "😀", ""]), "wide": np.array(["a", "bc"], "<U30"),
    "big": np.array([["größe", "b"], ["", "d"]], ">U6"), "turned": np.asfortranarray(np.array([["a", "b", "ccc"], ["d", "e", "ö"]])),
    "empty": np.zeros((0, 3), "<U4"), "scalar": np.array("abc dé"), "many": RNG.choice(WORDS, 1500), "grid": RNG.choice(WORDS, (30, 50)),
    "cube": RNG.choice(WORDS, (2, 3, 4)),
}
BYTES = np.array([b"ab", b"c"])


@pytest.fixture(params=[np.savez, np.savez_compressed])
def npz(request, tmp_path):
    request.param(tmp_path / "text.npz", **TEXTS, bytes=BYTES)
    return tmp_path / "text.npz"


def test_it_is_printed_as_numpy_prints_it(cairn, npz):
    for name, array in (TEXTS | {"bytes": BYTES}).items():
        ran = cairn("cat", npz, name)
        assert (ran.code, ran.out, ran.err) == (0, str(array) + "\n", ""), name
        assert cairn("cat", "--all", npz, name).out == np.array2string(array, threshold=10**9, formatter=None if array.ndim else {"all": str}) + "\n"
    assert cairn("cat", "--slice", "1:3", npz, "some").out == "['wörld' '😀']\n"


def test_every_character_is_written_as_python_does(cairn, tmp_path):
    """But for surrogates, which text cannot hold, and code points without a character."""
    characters = [chr(code) for code in range(1, 0x110000) if unicodedata.category(chr(code)) not in ("Cs", "Cn")]
    np.save(tmp_path / "all.npy", np.array(characters))
    shown = cairn("cat", "--all", tmp_path / "all.npy").out
    assert "".join(shown.split()) == "".join(f"[{''.join(map(repr, characters))}]".split())


def test_no_character_moves_the_cursor(cairn, tmp_path):
    np.save(tmp_path / "one.npy", np.array("a\\b\x1b[2J\n\u202e'"))
    assert cairn("cat", tmp_path / "one.npy").out == "a\\b\\x1b[2J\\n\\u202e'\n"


def test_json_has_plain_strings(cairn, npz):
    for name, array in TEXTS.items():
        document = json.loads(cairn("cat", "--json", npz, name).out)
        assert document["values"] == array.ravel().tolist() and document["dtype"] == "string", name


def test_npy_has_text(cairn, npz, tmp_path):
    for name, array in (TEXTS | {"bytes": BYTES}).items():
        want = array.astype(array.dtype.newbyteorder("<"))
        got = np.load(io.BytesIO(cairn("cat", "--npy", npz, name).out_bytes))
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)
        assert cairn("convert", "--force", "--select", name, npz, tmp_path / "x.npy").code == 0
        assert np.load(tmp_path / "x.npy").dtype == want.dtype
        np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), want)


@pytest.mark.parametrize("verb", [["convert"], ["convert", "--to", "npz-compressed"], ["repair"]])
def test_npz_has_text(cairn, npz, tmp_path, verb):
    ran = cairn(*verb, npz, tmp_path / "new.npz")
    assert ran.code == 0 and "integers" not in ran.err
    with np.load(tmp_path / "new.npz") as loaded:
        for name, array in (TEXTS | {"bytes": BYTES}).items():
            want = array.astype(array.dtype.newbyteorder("<"))
            assert loaded[name].dtype == want.dtype, name
            np.testing.assert_array_equal(loaded[name], want)
    assert cairn("verify", "--strict", tmp_path / "new.npz").code == 0


def test_listings_tell_text_from_bytes(cairn, npz):
    rows = {row.split()[0]: row for row in cairn("ls", npz).out.splitlines()}
    assert rows["big"].endswith("  stored as <U6") and "stored as" not in rows["bytes"]
    listed = {tensor["name"]: tensor for tensor in json.loads(cairn("ls", "--json", npz).out)["tensors"]}
    assert listed["big"]["dtype"] == "string" and listed["big"]["stored_as"] == "<U6" and "error" not in listed["big"]
    ran = cairn("stats", npz)
    assert ran.code == 0 and ran.err == ""


def test_tensorflow_gets_bytes_and_its_strings_stay_bytes(cairn, npz, tmp_path):
    ran = cairn("convert", npz, tmp_path / "tf/model")
    assert ran.code == 0 and ran.err == ""
    reader = tf.train.load_checkpoint(str(tmp_path / "tf/model"))
    np.testing.assert_array_equal(reader.get_tensor("some"), [text.encode() for text in TEXTS["some"]])
    prefix = save(str(tmp_path / "m"), {"s": tf.constant(["é", "b"])})
    assert cairn("cat", prefix, "s").out == "[b'\\xc3\\xa9' b'b']\n"
    assert cairn("convert", prefix, tmp_path / "m.npz").code == 0
    with np.load(tmp_path / "m.npz") as loaded:
        assert loaded["s"].dtype == "S2"
