"""Options that change tensors while a checkpoint is made: numpy and ml_dtypes compute the same."""
import json
import pathlib

import ml_dtypes
import numpy as np
import pytest

RNG = np.random.default_rng(7)
ARRAYS = {
    "conv/W": RNG.normal(size=(3, 3, 8, 16)).astype(np.float32), "conv/b": RNG.normal(size=16).astype(np.float32),
    "fc/W": RNG.normal(size=(16, 10)).astype(np.float64), "step": np.int64(7), "mask": RNG.random((4, 5)) < 0.5,
    "words": np.array([b"cat", b"a dog"]), "half": RNG.normal(size=(6, 4)).astype(np.float16), "z": np.array([1 + 2j, -3j], np.complex64),
}


@pytest.fixture(params=["npz", "npz-compressed", "tf", "safetensors"])
def source(request, cairn, tmp_path):
    """The arrays in every format."""
    np.savez(tmp_path / "a.npz", **ARRAYS)
    path = tmp_path / {"tf": "model", "safetensors": "a.safetensors"}.get(request.param, "b.npz")
    ran = cairn("convert", tmp_path / "a.npz", path, "--to", request.param, *(["--strings=metadata"] if request.param == "safetensors" else []))
    assert ran.code == 0, ran.err
    return path


def made(cairn, source, tmp_path, *options):
    out = tmp_path / "out.npz"
    out.unlink(missing_ok=True)
    ran = cairn("convert", *options, source, out)
    assert ran.code == 0, ran.err
    with np.load(out) as arrays:
        return {name: arrays[name] for name in arrays}, ran


def expect_equal(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert found[name].dtype == np.asarray(array).dtype and found[name].shape == np.shape(array), name
        assert found[name].tobytes() == np.asarray(array, order="C").tobytes(), name


def test_every_change_of_a_shape(cairn, source, tmp_path):
    found, _ = made(cairn, source, tmp_path, "--transpose", "conv/W=3,2,0,1", "--reshape", "fc/W=-1,5", "--slice", "half=1:5:2,::3",
                    "--pad", "conv/b=2:1", "--pad", "mask=0:1,1:0", "--split", "z=z0,z1", "--slice", "words=1:")
    expected = ARRAYS | {
        "conv/W": ARRAYS["conv/W"].transpose(3, 2, 0, 1), "fc/W": ARRAYS["fc/W"].reshape(-1, 5), "half": ARRAYS["half"][1:5:2, ::3],
        "conv/b": np.pad(ARRAYS["conv/b"], (2, 1)), "mask": np.pad(ARRAYS["mask"], ((0, 1), (1, 0))),
        "z0": ARRAYS["z"][:1], "z1": ARRAYS["z"][1:], "words": ARRAYS["words"][1:]}
    del expected["z"]
    expect_equal(found, expected)


def test_split_and_join_again(cairn, source, tmp_path):
    parts, _ = made(cairn, source, tmp_path, "--split", "fc/W=a,b@1", "--select", "fc/W")
    expect_equal(parts, dict(zip("ab", np.split(ARRAYS["fc/W"], 2, axis=1))))
    assert cairn("convert", "--force", tmp_path / "out.npz", tmp_path / "parts.npz").code == 0
    whole, _ = made(cairn, tmp_path / "parts.npz", tmp_path, "--concat", "fc/W=a,b@1")
    expect_equal(whole, {"fc/W": ARRAYS["fc/W"]})


def test_there_and_back(cairn, source, tmp_path):
    assert cairn("convert", source, tmp_path / "there.npz", "--rename", "conv/=x/", "--transpose", "x/W=1,0,3,2", "--reshape", "half=24").code == 0
    found, _ = made(cairn, tmp_path / "there.npz", tmp_path, "--rename", "x/=conv/", "--transpose", "conv/W=1,0,3,2", "--reshape", "half=6,4")
    expect_equal(found, ARRAYS)


def test_rows_by_word_lists(cairn, tmp_path):
    table = RNG.normal(size=(4, 3)).astype(np.float32)
    np.savez(tmp_path / "a.npz", emb=table, other=table)
    (tmp_path / "old.txt").write_text("the\nof\ncat\ndog\n")
    (tmp_path / "new.txt").write_text("dog\nbird\nthe\r\nthe\n")
    found, _ = made(cairn, tmp_path / "a.npz", tmp_path, "--rows", f"emb={tmp_path}/old.txt:{tmp_path}/new.txt")
    expect_equal(found, {"emb": np.stack([table[3], np.zeros(3, np.float32), table[0], table[0]]), "other": table})
    ran = cairn("convert", tmp_path / "a.npz", tmp_path / "no.npz", "--rows", f"emb={tmp_path}/new.txt:{tmp_path}/old.txt")
    assert ran.code == 2 and "the word 'the' comes twice" in ran.err


def interesting_floats():
    bits = np.concatenate([RNG.integers(0, 1 << 32, 20000, dtype=np.uint64).astype(np.uint32),
                           np.arange(0, 1 << 16, 7, dtype=np.uint32) << 16, (np.arange(0, 1 << 16, 5, dtype=np.uint32) << 16) + 0x8000])
    values = bits.view(np.float32)
    return values[~np.isnan(values)]


FLOATS = ["float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e4m3b11fnuz", "float64"]


@pytest.mark.parametrize("dtype", FLOATS)
def test_casts_round_as_numpy_and_ml_dtypes_do(cairn, tmp_path, dtype):
    values = interesting_floats()
    np.savez(tmp_path / "a.npz", w=values, kept=np.arange(3))
    target = np.dtype(getattr(ml_dtypes, dtype, dtype))
    found, ran = made(cairn, tmp_path / "a.npz", tmp_path, "--dtype", dtype)
    with np.errstate(over="ignore"):
        expected = values.astype(target)
    assert found["w"].tobytes() == expected.tobytes() and found["kept"].dtype == np.int64
    if target.itemsize > 4:
        assert "cast of" not in ran.err
        return
    finite = np.isfinite(values)
    became = expected.astype(np.float64)
    too_great = np.count_nonzero(finite & ~np.isfinite(became))
    zeroed = np.count_nonzero((values != 0) & (became == 0))
    said = [f"{too_great} too great for the dtype"] * bool(too_great) + [f"{zeroed} too small, and zero now"] * bool(zeroed)
    assert ", ".join(said) in ran.err
    made_json = json.loads(cairn("convert", "--force", "--json", "--dtype", dtype, tmp_path / "a.npz", tmp_path / "out.npz").out)
    assert made_json["casts"] == [{"name": "w", "elements": len(values), "overflowed": too_great, "zeroed": zeroed, "truncated": 0}]


@pytest.mark.parametrize("dtype", FLOATS[:-1])
def test_narrow_floats_widen_without_loss(cairn, tmp_path, dtype):
    target = np.dtype(getattr(ml_dtypes, dtype, dtype))
    codes = np.arange(1 << 8 * target.itemsize, dtype=f"u{target.itemsize}")
    values = codes.view(target)
    np.savez(tmp_path / "a.npz", w=values.astype(np.float32))
    assert cairn("convert", tmp_path / "a.npz", tmp_path / "narrow.npz", "--dtype", dtype).code == 0
    found, ran = made(cairn, tmp_path / "narrow.npz", tmp_path, "--dtype", "float32")
    np.testing.assert_array_equal(found["w"], values.astype(np.float32))
    assert "cast of" not in ran.err


def test_casts_of_integers_and_by_pattern(cairn, source, tmp_path):
    found, _ = made(cairn, source, tmp_path, "--dtype", "float16", "--dtype", "float32:fc/*", "--dtype", "int32:step", "--dtype", "float32:mask")
    expect_equal(found, ARRAYS | {
        "conv/W": ARRAYS["conv/W"].astype(np.float16), "conv/b": ARRAYS["conv/b"].astype(np.float16), "fc/W": ARRAYS["fc/W"].astype(np.float32),
        "step": np.int32(7), "mask": ARRAYS["mask"].astype(np.float32)})


@pytest.mark.parametrize("options, error", [
    (["--dtype", "float99"], "'float99' is not a dtype that tensors can be cast to"),
    (["--dtype", "float16:no*"], "no tensor matches 'no*'"),
    (["--dtype", "float16:words"], "tensor 'words': is string, which cannot be cast to float16"),
    (["--dtype", "float32:z"], "tensor 'z': is complex64, which cannot be cast to float32"),
    (["--transpose", "conv/W=1,0"], "tensor 'conv/W': has 4 dimensions; an order has each of them once"),
    (["--transpose", "words=0"], "tensor 'words': is of strings"),
    (["--transpose", "conv/W"], "transpose: 'conv/W' is not understood"),
    (["--reshape", "conv/b=3,-1"], "tensor 'conv/b': [16] has 16 elements, and cannot become [3,5]"),
    (["--reshape", "conv/b=-1,-1"], "tensor 'conv/b': "),
    (["--slice", "conv/b=0:1,2"], "tensor 'conv/b': "),
    (["--pad", "conv/b=1"], "pad: 'conv/b=1' is not understood"),
    (["--pad", "conv/b=-1:0"], "tensor 'conv/b': a padding is negative or too large"),
    (["--concat", "new=conv/b,fc/W"], "tensor 'fc/W': is float64[16,10], which cannot be joined to 'conv/b', float32[16]"),
    (["--concat", "new=conv/b,missing"], "tensor 'missing'"),
    (["--concat", "step=conv/b,conv/b"], "two tensors would be called 'step'"),
    (["--split", "conv/b=a,b,c"], "tensor 'conv/b': is [16], which has no 3 equal parts along axis 0"),
    (["--split", "conv/b=a,b@1"], "tensor 'conv/b': has 1 dimensions, there is no axis 1"),
    (["--rows", "conv/b=/no/such:/file"], "/no/such"),
])
def test_what_cannot_be_done_is_said_before_anything_is_written(cairn, tmp_path, options, error):
    np.savez(tmp_path / "a.npz", **ARRAYS)
    ran = cairn("convert", *options, tmp_path / "a.npz", tmp_path / "out.npz")
    assert ran.code == 2 and error in ran.err, ran.err
    assert not (tmp_path / "out.npz").exists()


def test_a_value_that_an_integer_cannot_have_is_an_error(cairn, tmp_path):
    np.savez(tmp_path / "a.npz", big=np.array([1, 2, 1 << 40]), nan=np.array([np.nan], np.float32), whole=np.array([2.0, 3.5]))
    ran = cairn("convert", "--dtype", "int32:big", tmp_path / "a.npz", tmp_path / "out.npz")
    assert ran.code == 2 and "tensor 'big': element 2 is 1099511627776, which is not a value of int32" in ran.err
    assert "tensor 'nan': element 0 is nan" in cairn("convert", "--dtype", "int8:nan", tmp_path / "a.npz", tmp_path / "out.npz").err
    assert not (tmp_path / "out.npz").exists()
    found, ran = made(cairn, tmp_path / "a.npz", tmp_path, "--dtype", "int8:whole")
    assert found["whole"].tolist() == [2, 3] and "1 without their fractions" in ran.err


@pytest.mark.parametrize("options", [["--dtype", "bfloat16"], ["--transpose", "w=1,0"], ["--slice", "w=0:1"], ["--pad", "w=1:1,0:0"], ["--split", "w=a,b"],
                                     ["--concat", "x=w,w"], ["--reshape", "w=-1"]], ids=str)
def test_damage_is_found_through_every_change(cairn, tmp_path, options):
    np.savez(tmp_path / "a.npz", w=np.arange(600, dtype=np.float32).reshape(20, 30))
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[700] ^= 1
    (tmp_path / "a.npz").write_bytes(content)
    ran = cairn("convert", *options, tmp_path / "a.npz", tmp_path / "out.npz")
    assert ran.code == 1 or ran.code == 2
    assert "checksum" in ran.err and not (tmp_path / "out.npz").exists()


def test_the_plan_shows_shapes_and_dtypes_to_be(cairn, tmp_path):
    np.savez(tmp_path / "a.npz", **ARRAYS)
    ran = cairn("convert", "--dry-run", "--json", "--dtype", "bfloat16", "--split", "fc/W=a,b", "--rename", "step=global_step", tmp_path / "a.npz", tmp_path / "out.npz")
    tensors = {tensor["name"]: tensor for tensor in json.loads(ran.out)["kept"]}
    assert tensors["a"] == {"name": "a", "dtype": "bfloat16", "shape": [8, 10], "nbytes": 160}
    assert tensors["global_step"]["source"] == "step" and tensors["conv/W"]["dtype"] == "bfloat16"
    assert not (tmp_path / "out.npz").exists()


def test_slots_of_an_optimizer_change_with_their_variable(cairn, tmp_path):
    table = RNG.normal(size=(4, 3)).astype(np.float32)
    np.savez(tmp_path / "a.npz", **{"emb": table, "emb/Adam": table * 2, "emb/Adam_1": table * 3, "other/Adam": table, "beta1_power": np.float32(0.9)})
    found, _ = made(cairn, tmp_path / "a.npz", tmp_path, "--slice", "emb=1:3")
    expect_equal(found, {"emb": table[1:3], "emb/Adam": table[1:3] * 2, "emb/Adam_1": table[1:3] * 3, "other/Adam": table, "beta1_power": np.float32(0.9)})


def test_a_tensor_is_set_from_a_file_of_numpy(cairn, source, tmp_path):
    np.save(tmp_path / "new.npy", np.arange(4, dtype=np.int16))
    found, _ = made(cairn, source, tmp_path, "--set", f"conv/b={tmp_path}/new.npy", "--set", f"extra={tmp_path}/new.npy")
    expect_equal(found, ARRAYS | {"conv/b": np.arange(4, dtype=np.int16), "extra": np.arange(4, dtype=np.int16)})
    ran = cairn("convert", "--set", f"x={source}", source, tmp_path / "no.npz")
    assert ran.code == 2 and "has 8 tensors, not one" in ran.err and not (tmp_path / "no.npz").exists()


def test_a_rename_map_renames_all_at_once_and_slots_move(cairn, tmp_path):
    values = {"a": np.float32(1), "b": np.float32(2), "a/Adam": np.float32(3), "c": np.float32(4)}
    np.savez(tmp_path / "a.npz", **values)
    (tmp_path / "map.tsv").write_text("a\tb\nb\ta\nnone\tx\n")
    found, ran = made(cairn, tmp_path / "a.npz", tmp_path, "--rename-map", tmp_path / "map.tsv")
    expect_equal(found, {"b": values["a"], "a": values["b"], "b/Adam": values["a/Adam"], "c": values["c"]})
    assert "--rename-map" in ran.err and "'none'" in ran.err
    for text, error in (("a b\n", "is not an old and a new name"), ("a\tb\na\tc\n", "two new names for 'a'"), ("a\tc\n", "would both be called 'c'")):
        (tmp_path / "map.tsv").write_text(text)
        ran = cairn("convert", "--rename-map", tmp_path / "map.tsv", tmp_path / "a.npz", tmp_path / "no.npz")
        assert ran.code == 2 and error in ran.err and not (tmp_path / "no.npz").exists()


def test_a_recorded_recipe_gives_the_same_bytes(cairn, source, tmp_path):
    (tmp_path / "old.txt").write_text("a\nb\nc\nd\ne\nf\n")
    (tmp_path / "new.txt").write_text("f\nx\na\n")
    (tmp_path / "map.tsv").write_text("step\tglobal_step\n")
    np.save(tmp_path / "new.npy", np.arange(4))
    options = ["--exclude", "mask", "--rename-map", tmp_path / "map.tsv", "--rename", "conv/=stem/", "--sub", "s/^z$/zz/", "--split", "fc/W=f0,f1",
               "--concat", "f=stem/b,stem/b", "--slice", "zz=1:", "--pad", "f0=0:1,0:0", "--rows", f"half={tmp_path}/old.txt:{tmp_path}/new.txt",
               "--transpose", "stem/W=3,2,0,1", "--reshape", "f1=-1", "--set", f"extra={tmp_path}/new.npy", "--dtype", "bfloat16:stem/W"]
    ran = cairn("convert", *options, "--record", tmp_path / "recipe.json", source, tmp_path / "first.npz")
    assert ran.code == 0, ran.err
    for name in ("old.txt", "new.txt", "map.tsv"):
        (tmp_path / name).unlink()
    ran = cairn("convert", source, tmp_path / "again.npz", "--recipe", tmp_path / "recipe.json")
    assert ran.code == 0, ran.err
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "first.npz").read_bytes()
    assert json.loads((tmp_path / "recipe.json").read_text())["rows"][0]["new"] == ["f", "x", "a"]


def test_recipes_are_judged(cairn, tmp_path):
    np.savez(tmp_path / "a.npz", w=np.zeros(3, np.float32))
    recipe = tmp_path / "recipe.json"
    args = ["convert", tmp_path / "a.npz", tmp_path / "out.npz", "--recipe", recipe]
    assert cairn(*args).code == 2
    for text, error in (("{}", 'no "schema_version"'), ('{"schema_version":1,"blur":[]}', "'blur', which is not known"), ("x", "no JSON at byte")):
        recipe.write_text(text)
        ran = cairn(*args)
        assert ran.code in (1, 2) and str(recipe) in ran.err and error in ran.err, ran.err
    recipe.write_text('{"schema_version":1}')
    assert "leave one of them out" in cairn(*args, "--dtype", "float16").err
    ran = cairn("convert", tmp_path / "a.npz", tmp_path / "out.npz", "--record", recipe)
    assert ran.code == 2 and "exists already" in ran.err and not (tmp_path / "out.npz").exists()


TRAINED = pathlib.Path(__file__).parents[1] / "golden" / "trained"


def averaged_model(path):
    """A metagraph-less checkpoint of TensorFlow 1 with slots and moving averages."""
    np.savez(path, **{"w": np.ones(3, np.float32), "w/Adam": np.zeros(3, np.float32), "w/ExponentialMovingAverage": np.full(3, 2, np.float32)})


@pytest.mark.parametrize("words", [
    ["convert", "--drop-training-state"], ["convert", "--ema", "--drop-training-state", "--dtype", "float16"], ["average"], ["merge", "--rename", "w=v"],
    ["average", "--weights", "1,3", "--take-last", "--drop-training-state"], ["average", "--method", "slerp"], ["add"], ["subtract", "--ema"]], ids=" ".join)
def test_a_recipe_of_any_verb_runs_again_by_convert(cairn, tmp_path, words):
    averaged_model(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", **{name: array + 1 for name, array in np.load(tmp_path / "a.npz").items()})
    others = [] if words[0] == "convert" else [tmp_path / "b.npz"]
    ran = cairn(words[0], *words[1:], "--record", tmp_path / "recipe.json", tmp_path / "a.npz", *others, tmp_path / "first.npz")
    assert ran.code == 0, ran.err
    ran = cairn("convert", tmp_path / "a.npz", tmp_path / "again.npz", "--recipe", tmp_path / "recipe.json", "--record", tmp_path / "recipe2.json")
    assert ran.code == 0, ran.err
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "first.npz").read_bytes()
    assert (tmp_path / "recipe2.json").read_bytes() == (tmp_path / "recipe.json").read_bytes()
    assert cairn("convert", tmp_path / "a.npz", tmp_path / "plain.npz").code == 0
    assert (tmp_path / "plain.npz").read_bytes() != (tmp_path / "first.npz").read_bytes()


@pytest.mark.parametrize("options", [[], ["--outputs", "logits"], ["--meta", TRAINED / "graph-0131-120000.meta", "--rename", "fc/=head/"]], ids=str)
def test_a_recipe_of_prune_runs_again_by_convert(cairn, tmp_path, options):
    assert cairn("prune", *options, "--record", tmp_path / "recipe.json", TRAINED, tmp_path / "first.npz").code == 0
    assert cairn("convert", TRAINED, tmp_path / "again.npz", "--recipe", tmp_path / "recipe.json").code == 0
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "first.npz").read_bytes()
    with np.load(tmp_path / "again.npz") as again:
        assert len(again.files) == 2


@pytest.mark.parametrize("recipe, words, error", [
    ('"verb":"prune"', ["average", "a.npz"], "is a recipe of cairn prune, which only cairn convert runs again"),
    ('"verb":"average","sources":["a.npz"]', ["convert", "--ema"], "leave one of them out"),
    ('"verb":"average"', ["convert"], "the verb 'average' with 1 source, which makes no checkpoint"),
    ('"verb":"prune","sources":["a.npz"]', ["convert"], "the verb 'prune' with 2 sources"),
    ('"verb":"ls"', ["convert"], "the verb 'ls' with 1 source"),
    ('"verb":"average","sources":["a.npz"],"options":["--force"]', ["convert"], "unknown option '--force'")])
def test_recipes_of_other_verbs_are_judged(cairn, tmp_path, recipe, words, error):
    averaged_model(tmp_path / "a.npz")
    (tmp_path / "recipe.json").write_text('{"schema_version":1,' + recipe.replace("a.npz", str(tmp_path / "a.npz")) + "}")
    words = [tmp_path / word if word == "a.npz" else word for word in words]
    ran = cairn(*words, tmp_path / "a.npz", tmp_path / "out.npz", "--recipe", tmp_path / "recipe.json")
    assert ran.code == 2 and error in ran.err and not (tmp_path / "out.npz").exists(), ran.err
