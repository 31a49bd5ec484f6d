"""Archives of numpy with arrays that cannot be read: the others can, and dates stay dates."""
import io
import json

import numpy as np
import pytest
import tensorflow as tf

GOOD = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "z": np.array([7])}
UNREAD = {
    "labels": np.array([{"a": 1}, None], dtype=object), "rows": np.zeros(4, [("x", "<f4"), ("y", "<i2", (2,))]),
    "wide": np.ones((2, 2), np.longdouble), "wide_complex": np.ones(1, np.clongdouble),
}
TYPES = {"labels": "object", "rows": "structured", "wide": "float128", "wide_complex": "complex256"}
TIMES = {
    "ns": np.array(["2020-01-01T00:00:00.123456789", "NaT"], "datetime64[ns]"), "day": np.array("1969-07-20", "datetime64[D]"),
    "span": np.array([[1, -2], [3, 4]], "timedelta64[25s]"), "big": np.array(["2001-02-03"], ">M8[ms]"), "generic": np.array([5], "m8"),
    "turned": np.asfortranarray(np.arange(6).reshape(2, 3).astype("M8[us]")),
}


@pytest.fixture(params=[np.savez, np.savez_compressed])
def mixed(request, tmp_path):
    request.param(tmp_path / "mixed.npz", **GOOD, **UNREAD)
    return tmp_path / "mixed.npz"


def test_listing_marks_what_cannot_be_read(cairn, mixed):
    ran = cairn("ls", mixed)
    assert ran.code == 0 and ran.err == ""
    lines = {line.split()[0]: line for line in ran.out.splitlines()}
    for name, array in UNREAD.items():
        assert TYPES[name] in lines[name] and "not read: " in lines[name] and f"[{','.join(map(str, array.shape))}]" in lines[name]
    assert "Python objects" in lines["labels"] and "not read" not in lines["w"]
    listed = {tensor["name"]: tensor for tensor in json.loads(cairn("ls", "--json", mixed).out)["tensors"]}
    assert set(listed) == set(GOOD) | set(UNREAD)
    for name, array in UNREAD.items():
        assert listed[name]["dtype"] == listed[name]["stored_as"] == TYPES[name] and listed[name]["shape"] == list(array.shape)
        assert listed[name]["error"]["reason"] == ("E_UNSAFE" if name == "labels" else "E_UNSUPPORTED")
    assert "error" not in listed["w"] and "stored_as" not in listed["w"]
    assert "'labels'" in cairn("info", mixed).out and json.loads(cairn("info", "--json", mixed).out)["unread"] == sorted(UNREAD)


def test_the_tree_says_why(cairn, tmp_path):
    arrays = {f"net/{name}": array for name, array in (GOOD | UNREAD).items()} | {"day": TIMES["day"]}
    np.savez(tmp_path / "x.npz", **arrays)
    listed = {tensor["name"]: tensor for tensor in json.loads(cairn("ls", "--json", tmp_path / "x.npz").out)["tensors"]}
    ran = cairn("ls", "--tree", tmp_path / "x.npz")
    assert ran.code == 0 and ran.err == ""
    lines = {line.split()[0]: line for line in ran.out.splitlines()}
    for name in UNREAD:
        said = listed[f"net/{name}"]["error"]["message"].split(f"'net/{name}': ")[1]
        assert lines[name].endswith(f"  not read: {said}")
    assert lines["day"].endswith("  stored as datetime64[D]") and "read" not in lines["w"] + lines["net/"]
    day, net = json.loads(cairn("ls", "--tree", "--json", tmp_path / "x.npz").out)["tree"]
    for node in [day, *net["children"]]:
        tensor = listed[node["tensor"]]
        assert {key: node.get(key) for key in ("dtype", "stored_as", "error")} == {key: tensor.get(key) for key in ("dtype", "stored_as", "error")}
    ran = cairn("ls", "--depth", "1", tmp_path / "x.npz")
    assert ran.code == 0 and "not read" not in ran.out


def test_the_others_are_read(cairn, mixed):
    assert cairn("cat", mixed, "w").out == str(GOOD["w"]) + "\n"
    ran = cairn("cat", mixed, "labels")
    assert ran.code == 2 and "Python objects" in ran.err
    ran = cairn("stats", mixed, "w", "z")
    assert ran.code == 0 and "w " in ran.out
    ran = cairn("stats", mixed)
    assert ran.code == 2 and "\nw " in ran.out and "tensor 'rows'" in ran.err
    assert cairn("stats", "--json", mixed).code == 2


def test_verify_has_one_finding_for_each(cairn, mixed):
    ran = cairn("verify", "--json", mixed)
    report = json.loads(ran.out)["checkpoints"][0]
    assert ran.code == 1 and [finding["tensor"] for finding in report["findings"]] == sorted(UNREAD)
    assert report["nbytes"] == sum(array.nbytes for array in GOOD.values())


@pytest.mark.parametrize("target", ["out.npz", "out.safetensors", "tf/model"])
def test_convert_names_them_and_exclude_gets_past(cairn, mixed, tmp_path, target):
    ran = cairn("convert", mixed, tmp_path / target)
    assert ran.code == 2 and "4 tensors cannot be read: 'labels' (holds Python objects" in ran.err
    hint = ran.err.splitlines()[1]
    flags = [word.strip("'") for word in hint.split("out: ")[1].split()]
    assert flags == [part for name in sorted(UNREAD) for part in ("--exclude", name)]
    assert not (tmp_path / target).parent.exists() or not list((tmp_path / target).parent.glob("out.*"))
    assert cairn("convert", *flags, mixed, tmp_path / target).code == 0
    assert cairn("verify", tmp_path / target).code == 0
    for name, array in GOOD.items():
        np.testing.assert_array_equal(np.load(io.BytesIO(cairn("cat", "--npy", tmp_path / target, name).out_bytes)), array)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_times_are_integers_and_stay_times_in_npz(cairn, tmp_path, save):
    save(tmp_path / "times.npz", **TIMES)
    ran = cairn("cat", tmp_path / "times.npz", "span")
    assert ran.out == str(TIMES["span"].view(np.int64)) + "\n" and "stored as timedelta64[25s]" in ran.err
    assert "int64" in cairn("ls", tmp_path / "times.npz", "ns").out and "stored as datetime64[ns]" in cairn("ls", tmp_path / "times.npz", "ns").out
    ran = cairn("stats", tmp_path / "times.npz", "day", "span")
    assert ran.code == 0 and ran.err.count("dates and times are read as int64: 'day', 'span'") == 1
    for target in ("again.npz", "--to=npz-compressed packed.npz"):
        *flags, name = target.split()
        ran = cairn("convert", *flags, tmp_path / "times.npz", tmp_path / name)
        assert ran.code == 0 and ran.err == ""
        with np.load(tmp_path / name) as again:
            for key, array in TIMES.items():
                assert again[key].dtype == array.dtype.newbyteorder("<"), key
                np.testing.assert_array_equal(again[key], array)
    assert cairn("repair", tmp_path / "times.npz", tmp_path / "repaired.npz").code == 0
    with np.load(tmp_path / "repaired.npz") as again:
        assert again["ns"].dtype == "<M8[ns]"
    shown = np.load(io.BytesIO(cairn("cat", "--npy", tmp_path / "times.npz", "day").out_bytes))
    assert shown == TIMES["day"] and shown.dtype == TIMES["day"].dtype


def test_other_formats_keep_times_as_integers_and_say_so(cairn, tmp_path):
    np.savez(tmp_path / "times.npz", **TIMES)
    ran = cairn("convert", tmp_path / "times.npz", tmp_path / "tf/model")
    assert ran.code == 0 and "6 tensors will be read as plain integers: 'big' (datetime64[ms])" in ran.err
    reader = tf.train.load_checkpoint(str(tmp_path / "tf/model"))
    for name, array in TIMES.items():
        np.testing.assert_array_equal(reader.get_tensor(name), array.astype(array.dtype.newbyteorder("<")).view(np.int64))
    assert "plain integers" in cairn("convert", tmp_path / "times.npz", tmp_path / "t.safetensors").err
