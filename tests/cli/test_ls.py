"""cairn ls: text, --long, --json, --bytes, patterns, damage."""
import base64
import glob
import json
import os
import shutil
import unicodedata

import numpy as np
import pytest

from conftest import save


def rows(out):
    return [line.split() for line in out.splitlines()]


def test_lists_name_dtype_shape_size_sorted(cairn, small):
    ran = cairn("ls", small)
    assert ran.code == 0 and ran.err == ""
    *tensors, total = ran.out.splitlines()
    assert [row.split() for row in tensors] == [
        ["conv0/W", "float16", "[3,3,8,16]", "2.3", "KiB"],
        ["fc/W", "float32", "[3,4]", "48", "B"],
        ["fc/W/Adam", "float32", "[3,4]", "48", "B"],
        ["fc/b", "float32", "[4]", "16", "B"],
        ["global_step", "int64", "[]", "8", "B"],
        ["labels", "string", "[2]", "14", "B"],
    ]
    assert total == "6 tensors, 1,169 parameters and 12 of training state, 2.4 KiB"


def test_columns_are_aligned(cairn, small):
    lines = cairn("ls", small).out.splitlines()[:-1]
    assert len({len(line) for line in lines}) == 1
    assert len({line.index("[") for line in lines}) == 1


def test_bytes_are_exact(cairn, small):
    *tensors, total = rows(cairn("ls", "--bytes", small).out)
    assert [row[3] for row in tensors] == ["2304", "48", "48", "16", "8", "14"]
    assert " ".join(total) == "6 tensors, 1,169 parameters and 12 of training state, 2438 bytes"


@pytest.mark.parametrize("patterns, names", [
    (["fc/*"], ["fc/W", "fc/b"]),
    (["fc/**"], ["fc/W", "fc/W/Adam", "fc/b"]),
    (["**/W"], ["conv0/W", "fc/W"]),
    (["conv?/*", "global_step"], ["conv0/W", "global_step"]),
    (["[fg]*"], ["global_step"]),
    (["--regex", "W$|^lab"], ["conv0/W", "fc/W", "labels"]),
])
def test_patterns_select(cairn, small, patterns, names):
    ran = cairn("ls", small, *patterns)
    assert ran.code == 0
    *tensors, total = ran.out.splitlines()
    assert [line.split()[0] for line in tensors] == names
    assert total.startswith(f"{len(names)} of 6 tensors, ")


def test_pattern_that_matches_nothing_is_a_finding(cairn, small):
    ran = cairn("ls", small, "fc")
    assert ran.code == 1
    assert ran.err == f"cairn: error: {small}: no tensor matches 'fc'\nhint: write 'fc/**' for all that is below\n"
    ran = cairn("ls", small, "fc/w")
    assert ran.code == 1
    assert ran.err.splitlines()[1].startswith("hint: did you mean 'fc/W'")


def test_exclude_and_dead_patterns(cairn, small):
    ran = cairn("ls", "--exclude", "**/Adam", "--exclude", "fc/b", small, "fc/**")
    assert (ran.code, ran.err) == (0, "") and [row[0] for row in rows(ran.out)[:-1]] == ["fc/W"]
    ran = cairn("ls", "--exclude", "**/Adma", small, "fc/**", "cfc/*")
    assert ran.code == 0 and ran.out == cairn("ls", small, "fc/**").out
    assert ran.err == "cairn: note: PATTERN 'cfc/*' matches no tensor\ncairn: note: --exclude '**/Adma' matches no tensor\n"
    ran = cairn("ls", "--exclude", "**", small)
    assert (ran.code, ran.out) == (1, "") and "every tensor is excluded" in ran.err
    ran = cairn("ls", "--exclude", "fc/**", small, "fc/*")
    assert ran.code == 1 and "every tensor is excluded" in ran.err


def test_order(cairn, tmp_path):
    sizes = {"layer_10": 3, "layer_2": 1, "layer_02": 2, "layer": 1, "other": 7}
    prefix = save(str(tmp_path / "m"), {name: np.zeros(n, np.int8) for name, n in sizes.items()})

    def order(*options):
        names = [row[0] for row in rows(cairn("ls", *options, prefix).out)[:-1]]
        assert names == [tensor["name"] for tensor in json.loads(cairn("ls", "--json", *options, prefix).out)["tensors"]]
        return names

    assert order() == sorted(sizes)
    assert order("--sort", "name") == ["layer", "layer_02", "layer_2", "layer_10", "other"]
    assert order("--sort=size") == ["other", "layer_10", "layer_02", "layer", "layer_2"]
    assert cairn("ls", "--sort", "date", prefix).code == 2


def test_long_and_wide_names_stay_in_their_columns(cairn, tmp_path):
    names = ["x" * 100, "a", "权重", "ｗｉｄｅ", "カーネル/重み", "무게", "😀", "e\u0301t\u0301", "Größe"]
    prefix = save(str(tmp_path / "m"), {name: np.float32(0) for name in names})

    def columns(text):
        return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

    for options, mark in (([], "float32"), (["--tree"], "float32"), (["--long"], "float32")):
        lines = [line for line in cairn("ls", *options, prefix).out.splitlines() if mark in line]
        assert len(lines) == len(names)
        assert len({columns(line.split(mark)[0]) for line in lines}) == 1


def test_a_name_as_it_is_shown_is_a_pattern(cairn, hostile, tmp_path):
    for i, shown in enumerate(HOSTILE.values()):
        ran = cairn("ls", "--json", hostile, shown)
        assert ran.code == 0 and len(json.loads(ran.out)["tensors"]) == 1, shown
        ran = cairn("convert", "--exclude", shown, hostile, tmp_path / f"without-{i}")
        assert (ran.code, ran.err) == (0, "") and ran.out.split(": ")[1].startswith(f"{len(HOSTILE) - 1} tensors"), shown
        ran = cairn("convert", "--select", shown, "--rename", f"{shown}=plain", hostile, tmp_path / f"renamed-{i}")
        assert ran.code == 0 and cairn("cat", tmp_path / f"renamed-{i}").out == cairn("cat", hostile, shown).out


def test_patterns_are_shown_as_they_were_typed(cairn, hostile):
    ran = cairn("ls", "--exclude", "bad\\xfe", hostile, "back\\\\slash", "no\\xfe")
    assert ran.code == 0 and ran.err == ("cairn: note: PATTERN 'no\\xfe' matches no tensor\n"
                                         "cairn: note: --exclude 'bad\\xfe' matches no tensor\n")
    assert cairn("ls", hostile, "no\\xfe").err.splitlines()[0].endswith(": no tensor matches 'no\\xfe'")


def test_brackets_in_a_shown_name(cairn, tmp_path):
    prefix = save(str(tmp_path / "m"), {"w[0]": np.float32(1), "b": np.float32(2)})
    assert rows(cairn("ls", prefix, "w[0]").out)[0][0] == "w[0]"


@pytest.mark.parametrize("tried, hint", [
    (["cat", "W"], "did you mean 'w'?"), (["ls", "W"], "did you mean 'w'?"), (["stats", "W"], "did you mean 'w'?"),
    (["ls", "layer/Bias"], "did you mean 'layer/bias'?"), (["cat", "bias"], "did you mean 'layer/bias'?"),
    (["ls", "layer"], "write 'layer/**' for all that is below"),
    (["ls", "bad\\xfe"], "did you mean 'bad\\xff'?"), (["cat", "bad\\xfe"], "did you mean 'bad\\xff'?"),
    (["ls", "--regex", "^layer$"], "see all names: cairn ls model"), (["ls", "quite different"], "see all names: cairn ls model"),
])
def test_suggestions(cairn, tmp_path, tried, hint):
    save(str(tmp_path / "model"), {"w": np.float32(1), "layer/bias": np.float32(2), b"bad\xff": np.float32(3)})
    verb, *rest = tried
    ran = cairn(verb, "model", *rest, cwd=tmp_path)
    assert ran.code == (2 if verb == "cat" else 1) and ran.err.splitlines()[1] == f"hint: {hint}"


def test_suggestions_are_short_paths(cairn, corpus):
    path = corpus / "tf_features/tf2_objects/ckpt-3"
    short = "model/_functional/_operations/1/_kernel"
    for tried in ("model/_functional/_operations/1/_kernle", "_operations/1/_Kernel", "model/_functional/_operations/1/kernel", "Kernel"):
        for verb in ("cat", "ls", "stats"):
            ran = cairn(verb, path, tried)
            hint = ran.err.splitlines()[-1]
            assert ran.code != 0 and hint.startswith("hint: did you mean ") and repr(short) in hint and ".ATTRIBUTES" not in hint


def test_the_name_under_which_shards_were_saved_opens_them(cairn, small, tmp_path):
    assert cairn("convert", "--exclude", "labels", "--max-shard-size", "100", small, tmp_path / "x.safetensors").code == 0
    assert not (tmp_path / "x.safetensors").exists()
    ran = cairn("ls", tmp_path / "x.safetensors")
    assert ran.code == 0 and ran.out == cairn("ls", tmp_path / "x.safetensors.index.json").out


def test_long_says_where_the_bytes_are(cairn, small):
    out = cairn("ls", "--long", small).out
    line = next(line for line in out.splitlines() if line.startswith("fc/b"))
    assert line.split()[5:10:2] == ["shard", "offset", "crc32c"]
    assert line.split()[6] == "0" and int(line.split()[8]) % 4 == 0 and line.split()[10].startswith("0x")


def test_json_has_exactly_the_promised_fields(cairn, small):
    document = json.loads(cairn("ls", "--json", small).out)
    assert list(document) == ["schema_version", "format", "path", "tensors"]
    assert (document["schema_version"], document["format"], document["path"]) == (1, "tf-v2", small)
    assert document["tensors"][0] == {"name": "conv0/W", "dtype": "float16", "shape": [3, 3, 8, 16], "nbytes": 2304}


def test_long_json_tells_the_stored_bytes(cairn, small):
    tensors = json.loads(cairn("ls", "--json", "--long", small).out)["tensors"]
    assert list(tensors[0]) == ["name", "dtype", "shape", "nbytes", "shard", "offset", "crc32c", "slices"]
    by_name = {tensor["name"]: tensor for tensor in tensors}
    with open(small + ".data-00000-of-00001", "rb") as data:
        data.seek(by_name["fc/b"]["offset"])
        assert data.read(16) == np.arange(4, dtype=np.float32).tobytes()
    assert by_name["fc/b"]["slices"] == []


def test_every_corpus_checkpoint_lists_as_tensorflow_does(cairn, corpus):
    compared = 0
    for path in sorted((corpus / "expected").glob("*.json")):
        expected = json.loads(path.read_text())
        prefix = corpus / expected["prefix"]
        if "error" in expected or not prefix.with_name(prefix.name + ".index").exists():
            continue
        document = json.loads(cairn("ls", "--json", str(prefix)).out)
        ours = {tensor["name"]: (tensor["dtype"], tensor["shape"]) for tensor in document["tensors"]}
        theirs = {name: (tensor["dtype"], tensor["shape"]) for name, tensor in expected["tensors"].items()}
        assert ours == theirs, prefix
        compared += 1
    assert compared >= 30


HOSTILE = {
    b"new\nline": "new\\nline",
    b"bell\x07": "bell\\x07",
    b"\x1b[31mred\x1b[0m": "\\x1b[31mred\\x1b[0m",
    b"not utf8 \xff\xfe": "not utf8 \\xff\\xfe",
    "bidi \u202e".encode(): "bidi \\xe2\\x80\\xae",
    b"back\\slash": "back\\\\slash",
    "grüße".encode(): "grüße",
}


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    return save(str(tmp_path_factory.mktemp("hostile") / "model"),
                {name: np.float32(i) for i, name in enumerate(HOSTILE)})


def test_hostile_names_are_escaped_in_text(cairn, hostile):
    out = cairn("ls", hostile).out
    assert all(c.isprintable() or c == "\n" for c in out)
    shown = {line.split("  ")[0].rstrip() for line in out.splitlines()[:-1]}
    assert shown == set(HOSTILE.values())


def test_hostile_names_are_exact_in_json(cairn, hostile):
    names = []
    for tensor in json.loads(cairn("ls", "--json", hostile).out)["tensors"]:
        if "name_base64" in tensor:
            names.append(base64.b64decode(tensor["name_base64"]))
            assert tensor["name"] == HOSTILE[names[-1]]
        else:
            names.append(tensor["name"].encode())
    assert sorted(names) == sorted(HOSTILE)


def test_cat_takes_a_name_as_given_and_as_ls_shows_it(cairn, hostile):
    for i, (name, shown) in enumerate(HOSTILE.items()):
        for form in (name, shown):
            ran = cairn("cat", hostile, form)
            assert (ran.code, ran.out) == (0, f"{float(i)}\n"), (form, ran.err)


def test_damaged_index_is_a_finding(cairn, small, tmp_path):
    content = bytearray(open(small + ".index", "rb").read())
    content[20] ^= 0xff
    (tmp_path / "m.index").write_bytes(content)
    ran = cairn("ls", str(tmp_path / "m"))
    assert ran.code == 1 and ran.out == ""
    assert ran.err.startswith(f"cairn: error: {tmp_path}/m.index: ") and "checksum" in ran.err
    assert len(ran.err.splitlines()) <= 2


def test_what_is_not_there_is_trouble(cairn, tmp_path):
    ran = cairn("ls", str(tmp_path / "model-7"))
    assert ran.code == 2 and ran.out == "" and ran.err.startswith(f"cairn: error: {tmp_path}/model-7: ")


def test_a_directory_says_what_was_taken(cairn, small):
    import os

    directory = os.path.dirname(small)
    ran = cairn("ls", directory)
    assert ran.code == 0
    assert ran.err.startswith("cairn: note: ") and small in ran.err and len(ran.err.splitlines()) == 1
    assert cairn("ls", small + ".index").out == cairn("ls", small).out == ran.out


def test_glob_characters_in_a_path_are_literal(cairn, tmp_path):
    prefix = save(str(tmp_path / "[run]*?" / "model{a}"), {"w": np.float32(1)})
    assert cairn("ls", prefix).out.splitlines()[0].split()[0] == "w"
    assert cairn("cat", prefix, "w").out == "1.0\n"


def test_long_says_what_variants_hold(cairn, corpus):
    prefix = corpus / "tf_features/variants/ckpt"
    assert "of tensorflow::TensorList  shard 0" in cairn("ls", "--long", prefix).out
    tensors = {tensor["name"]: tensor for tensor in json.loads(cairn("ls", "--long", "--json", prefix).out)["tensors"]}
    assert tensors["list"]["types"] == ["tensorflow::TensorList"] and "types" not in tensors["beside"]


@pytest.mark.parametrize("verb", ["ls", "info"])
def test_a_data_file_of_another_size_is_said(cairn, small, tmp_path, verb):
    for file in glob.glob(small + ".*"):
        shutil.copy(file, tmp_path)
    prefix = str(tmp_path / os.path.basename(small))
    data = prefix + ".data-00000-of-00001"
    size = os.path.getsize(data)
    for other, word in ((size - 1, "E_TRUNCATED"), (size + 1, "E_PADDING")):
        os.truncate(data, other)
        ran = cairn(verb, prefix)
        assert ran.code == 0 and f"{word}: {data}: has {other} bytes, its tensors end at {size}" in ran.err
    os.truncate(data, size)
