"""cairn diff beside numpy, which compares the same arrays."""
import json
import os

import ml_dtypes
import numpy as np
import pytest

from conftest import peak_nbytes, save

RNG = np.random.default_rng(18)
FLOATS = ["float16", "float32", "float64", "bfloat16", "float8_e4m3fn", "float8_e5m2"]
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


def dtype_of(name):
    return np.dtype(getattr(ml_dtypes, name, None) or name)


def diff(cairn, *args, code=None):
    ran = cairn("diff", "--json", *map(str, args))
    assert ran.code in (0, 1) if code is None else ran.code == code, ran.err
    return json.loads(ran.out)


def changes(cairn, *args):
    return {change["name"]: change for change in diff(cairn, *args)["changed"]}


def near(said, expected):
    return said == pytest.approx(expected, rel=1e-6, abs=1e-9)


def random_pair(dtype, shape):
    """Two arrays of which most elements are equal or near."""
    if dtype.kind == "c":
        real, imaginary = (random_pair(np.dtype(f"f{dtype.itemsize // 2}"), shape) for _ in range(2))
        return tuple((r + 1j * i).astype(dtype) for r, i in zip(real, imaginary))
    if dtype.kind == "b":
        a = RNG.integers(0, 2, shape).astype(bool)
        return a, a ^ (RNG.integers(0, 5, shape) == 0)
    if dtype.kind in "iu":
        a = RNG.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, shape, dtype, endpoint=True)
        with np.errstate(over="ignore"):
            return a, (a + RNG.integers(0, 2, shape).astype(dtype)).astype(dtype)
    a = (RNG.normal(size=shape) * 3).astype(dtype)
    b = np.where(RNG.integers(0, 3, shape) == 0, a, (a.astype(np.float64) * RNG.normal(1, 0.01, shape)).astype(dtype))
    b = b.astype(dtype)
    b.flat[::31] = 0
    return a, b


def judge(said, a, b):
    """The values of a change, by numpy in float64."""
    wide = np.complex128 if "c" in (a.dtype.kind, b.dtype.kind) else np.float64
    x, y = a.astype(wide), b.astype(wide)
    finite = np.isfinite(x) & np.isfinite(y)
    is_wide = a.dtype == b.dtype and a.dtype.name in ("int64", "uint64")
    both = a != b if is_wide else ~np.isnan(x) & ~np.isnan(y) & (x != y)
    with np.errstate(all="ignore"):
        # Python's integers are exact.
        difference = np.abs(a.astype(object) - b.astype(object)).astype(np.float64) if is_wide else np.abs(x - y)
        assert near(float(said["max_abs"]) if said["max_abs"] != "Inf" else np.inf, difference[both].max(initial=0))
        x, y, difference = x[finite], y[finite], difference[finite]
        nonzero = y != 0
        if nonzero.any():
            assert near(said["max_rel"], (difference[nonzero] / np.abs(y[nonzero])).max())
            assert near(said["rel_l2"], np.linalg.norm(difference) / np.linalg.norm(y))
        else:
            assert said["max_rel"] is said["rel_l2"] is None
        lengths = np.linalg.norm(x) * np.linalg.norm(y)
        if lengths > 0:
            assert near(said["cosine"], np.vdot(x, y).real / lengths)
        else:
            assert said["cosine"] is None


@pytest.mark.parametrize("name", [*FLOATS, *INTEGERS, "bool", "complex64", "complex128"])
def test_is_what_numpy_says(cairn, tmp_path, name):
    dtype = dtype_of(name)
    shapes = [(1,), (7, 3), (100, 101), (3, 5000)]
    pairs = {f"t{i}": random_pair(dtype, shape) for i, shape in enumerate(shapes)}
    a = save(str(tmp_path / "a"), {key: pair[0] for key, pair in pairs.items()})
    np.savez(tmp_path / "b.npz", **{key: pair[1] for key, pair in pairs.items()})
    b = tmp_path / "b.npz"
    if name in ("bfloat16", "float8_e4m3fn", "float8_e5m2"):  # numpy alone has no name for them
        b = save(str(tmp_path / "b"), {key: pair[1] for key, pair in pairs.items()})
    found = changes(cairn, a, b)
    for key, (x, y) in pairs.items():
        bits = f"V{dtype.itemsize}"
        differ = np.count_nonzero(x.view(bits) != y.view(bits))
        assert (key in found) == (differ > 0)
        if not differ:
            continue
        said = found[key]
        assert said["num_different"] == said["num_over"] == differ and said["num_elements"] == x.size
        assert said["dtype"] == [name, name] and said["shape"] == [list(x.shape)] * 2
        judge(said, x, y)


@pytest.mark.parametrize("equal_nan", [False, True])
@pytest.mark.parametrize("name", ["float32", "float64", "int8", "int32", "complex128"])
def test_elements_over_the_tolerance_are_those_of_numpy(cairn, tmp_path, name, equal_nan):
    dtype = dtype_of(name)
    x, y = random_pair(dtype, (300, 50))
    if dtype.kind != "i":
        for i, (left, right) in enumerate([(np.nan, np.nan), (np.nan, 1), (1, np.nan), (np.inf, np.inf), (np.inf, -np.inf),
                                           (np.inf, 5), (5, -np.inf), (0.0, -0.0)]):
            x.flat[100 + 1000 * i], y.flat[100 + 1000 * i] = left, right
    np.savez(tmp_path / "a.npz", t=x)
    np.savez(tmp_path / "b.npz", t=y)
    for rtol, atol in [(0.01, 0.0), (0.0, 0.05), (1e-3, 1e-3), (0.5, 3)]:
        args = ["--rtol", rtol, "--atol", atol, *(["--equal-nan"] if equal_nan else [])]
        report = diff(cairn, tmp_path / "a.npz", tmp_path / "b.npz", *args)
        over = x.size - np.count_nonzero(np.isclose(x, y, rtol, atol, equal_nan))
        assert report["equal"] == (over == 0)
        if over:
            assert report["changed"][0]["num_over"] == over
            if dtype.kind != "i":
                assert report["changed"][0]["num_nan_in_a"] == np.count_nonzero(np.isnan(x) & ~np.isnan(y))
                assert report["changed"][0]["num_nan_in_b"] == np.count_nonzero(np.isnan(y) & ~np.isnan(x))
            judge(report["changed"][0], x, y)


@pytest.mark.parametrize("other", ["float16", "float64", "bfloat16", "int32", "int64", "bool", "complex64"])
def test_other_dtypes_are_compared_by_their_values(cairn, tmp_path, other):
    x = np.round(RNG.normal(size=(40, 30)) * 4).astype(np.float32)
    y = x.astype(dtype_of(other))
    y.flat[7] = 1
    prefixes = [save(str(tmp_path / name), {"t": array}) for name, array in (("x", x), ("y", y))]
    for a, b, left, right in ((*prefixes, x, y), (*prefixes[::-1], y, x)):
        said = changes(cairn, a, b)["t"]
        assert said["dtype"] == [left.dtype.name, right.dtype.name]
        wide = np.complex128 if other == "complex64" else np.float64
        assert said["num_different"] == np.count_nonzero(left.astype(wide) != right.astype(wide))
        judge(said, left, right)


def test_large_integers_are_exact(cairn, tmp_path):
    np.savez(tmp_path / "a.npz", i=np.array([-2**63, 5]), u=np.array([2**64 - 1], np.uint64), n=np.array([2**60]))
    np.savez(tmp_path / "b.npz", i=np.array([2**63 - 1, 5]), u=np.array([2**64 - 2], np.uint64), n=np.array([2**60 + 1]))
    found = changes(cairn, tmp_path / "a.npz", tmp_path / "b.npz")
    assert [found[name]["max_abs"] for name in "iun"] == [2**64 - 1, 1, 1]
    assert {said["num_over"] for said in changes(cairn, tmp_path / "a.npz", tmp_path / "b.npz", "--atol", 0.5).values()} == {1}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two checkpoints of one model, as npz: (directory, arrays of a, arrays of b)."""
    directory = tmp_path_factory.mktemp("pair")
    a = {f"net/layer_{i}/{name}": RNG.normal(size=shape).astype(np.float32)
         for i in range(3) for name, shape in (("kernel", (8, 8)), ("bias", (8,)))}
    a |= {"step": np.int64(100), "empty": np.zeros((0, 3), np.float32), "old/W": np.ones((3, 4), np.float32), "gone": np.zeros(7)}
    b = dict(a)
    b["net/layer_1/kernel"] = a["net/layer_1/kernel"] + np.float32(0.01)
    b["net/layer_2/kernel"] = a["net/layer_2/kernel"] * 2
    b["net/layer_2/bias"] = a["net/layer_2/bias"].astype(np.float64)
    b["net/layer_0/bias"] = np.zeros((4, 2), np.float32)
    b["step"] = np.int64(200)
    b["new/W"] = b.pop("old/W")
    del b["gone"]
    np.savez(directory / "a.npz", **a)
    np.savez(directory / "b.npz", **b)
    return directory, a, b


def test_the_document(cairn, pair):
    report = diff(cairn, pair[0] / "a.npz", pair[0] / "b.npz", code=1)
    assert report["schema_version"] == 1 and report["equal"] is False
    assert report["a"] == {"path": str(pair[0] / "a.npz"), "format": "npz"}
    assert report["only_in_a"] == ["gone", "old/W"] and report["only_in_b"] == ["new/W"]
    assert report["renamed"] == [{"a": "old/W", "b": "new/W", "by": "checksum"}]
    assert [change["name"] for change in report["changed"]] == [
        "net/layer_0/bias", "net/layer_1/kernel", "net/layer_2/bias", "net/layer_2/kernel", "step"]
    shape = report["changed"][0]
    assert shape["shape"] == [[8], [4, 2]] and shape["max_abs"] is shape["num_over"] is None
    dtype = report["changed"][2]
    assert dtype["dtype"] == ["float32", "float64"] and dtype["num_over"] == 0
    assert report["num_compared"] == 8 and report["num_equal_by_checksum"] == 3 and report["findings"] == []


def test_the_text(cairn, pair):
    ran = cairn("diff", str(pair[0] / "a.npz"), str(pair[0] / "b.npz"))
    assert ran.code == 1 and ran.err == ""
    lines = ran.out.splitlines()
    assert lines[0] == "renamed, it seems:" and lines[2].split() == ["old/W", "new/W", "float32", "[3,4]", "checksum"]
    assert lines[3] == "only in A:" and lines[5].split() == ["gone", "float64", "[7]"]
    assert not any("only in B:" in line for line in lines)
    rows = {line.split()[0]: line.split() for line in lines[lines.index("changed:") + 2:]}
    assert rows["net/layer_0/bias"][1:5] == ["float32", "[8]", "->", "[4,2]"]
    assert rows["net/layer_2/kernel"][3:] == [rows["net/layer_2/kernel"][3], "0.5", "0.5", "1", "64", "64", "0", "########"]
    assert lines[-1] == "8 tensors in both: 3 equal (3 by checksum), 5 changed; 2 only in A, 1 only in B"


def test_depth_sums_up_by_prefix(cairn, pair):
    _, a, b = pair
    report = diff(cairn, pair[0] / "a.npz", pair[0] / "b.npz", "--depth", 2)
    groups = {group["prefix"]: group for group in report["prefixes"]}
    assert list(groups) == ["empty", "net/layer_0/", "net/layer_1/", "net/layer_2/", "step"]
    assert [groups[f"net/layer_{i}/"]["num_changed"] for i in range(3)] == [1, 1, 2]
    assert {groups[f"net/layer_{i}/"]["num_tensors"] for i in range(3)} == {2}
    whole = [np.concatenate([side[f"net/layer_2/{name}"].ravel() for name in ("kernel", "bias")]).astype(np.float64) for side in (a, b)]
    assert near(groups["net/layer_2/"]["rel_l2"], np.linalg.norm(whole[0] - whole[1]) / np.linalg.norm(whole[1]))
    text = cairn("diff", "--depth", "1", str(pair[0] / "a.npz"), str(pair[0] / "b.npz")).out
    assert "net/layer" not in text and "\n  net/ " in text


def test_exit_codes(cairn, pair, tmp_path):
    a, b = str(pair[0] / "a.npz"), str(pair[0] / "b.npz")
    assert cairn("diff", a, a).code == 0
    for args, code in ((("-q", a, a), 0), (("-q", a, b), 1), (("-q", "--json", a, b), 1)):
        ran = cairn("diff", *args)
        assert (ran.code, ran.out, ran.err) == (code, "", "")
    for args in ((a, str(tmp_path / "none")), (a,), ("--rtol", "x", a, b), ("--atol", "-1", a, b), ("--rtol", "inf", a, b),
                 ("--depth", "0", a, b)):
        ran = cairn("diff", *args)
        assert ran.code == 2 and ran.err.startswith("cairn: error: "), args


def test_patterns_select_on_both_sides(cairn, pair):
    a, b = pair[0] / "a.npz", pair[0] / "b.npz"
    report = diff(cairn, a, b, "net/layer_1/**")
    assert [change["name"] for change in report["changed"]] == ["net/layer_1/kernel"] and report["num_compared"] == 2
    assert diff(cairn, a, b, "new/*", code=1)["only_in_b"] == ["new/W"]
    assert diff(cairn, a, b, "**/layer_0/*", "--exclude", "**/bias", code=0)["num_compared"] == 1
    assert diff(cairn, a, b, "--regex", "layer_0/k", code=0)["num_compared"] == 1
    nothing = cairn("diff", str(a), str(b), "none/**")
    assert nothing.code == 1 and "no tensor matches 'none/**'" in nothing.err
    assert "matches no tensor" in cairn("diff", str(a), str(b), "step", "nun").err


def test_renaming(cairn, pair, tmp_path):
    directory, a, _ = pair
    renamed = {name.removeprefix("net/").replace("kernel", "weight"): value for name, value in a.items()}
    np.savez(tmp_path / "c.npz", **renamed)
    c = tmp_path / "c.npz"
    assert diff(cairn, directory / "a.npz", c, "--rename", "net/=", "--sub", "s/kernel$/weight/", code=0)["equal"]
    names = tmp_path / "names.tsv"
    names.write_text("".join(f"{old}\t{new}\n" for old, new in zip(a, renamed)))
    assert diff(cairn, directory / "a.npz", c, "--rename-map", names, code=0)["equal"]
    # Patterns are of the new names.
    assert diff(cairn, directory / "a.npz", c, "--rename-map", names, "layer_0/weight", code=0)["num_compared"] == 1
    guesses = {(guess["a"], guess["b"]) for guess in diff(cairn, directory / "a.npz", c)["renamed"]}
    assert {("net/layer_0/bias", "layer_0/bias"), ("net/layer_2/kernel", "layer_2/weight")} <= guesses
    assert cairn("diff", str(directory / "a.npz"), str(c), "--rename", "nun=x").code == 2


def test_any_two_formats_of_one_checkpoint_are_equal(cairn, tmp_path, small):
    made = [small]
    for name in ("m.npz", "m2", "c.npz"):
        path = str(tmp_path / name)
        options = ["--to", "npz-compressed"] if name == "c.npz" else []
        assert cairn("convert", *options, small, path).code == 0
        made.append(path)
    path = str(tmp_path / "m.safetensors")
    assert cairn("convert", "--strings=metadata", small, path).code == 0
    made.append(path)
    for a in made:
        for b in made:
            for option in ([], ["--read"], ["--rtol", "0", "--equal-nan"]):
                assert diff(cairn, a, b, *option, code=0)["equal"], (a, b)


def test_strings(cairn, tmp_path):
    a = save(str(tmp_path / "a"), {"words": np.array([b"cat", b"", b"\xff dog", b"x"]), "n": np.array([b"1"])})
    b = save(str(tmp_path / "b"), {"words": np.array([b"cat", b"x", b"\xff dog", b"y"]), "n": np.array([1])})
    found = changes(cairn, a, b)
    assert found["words"]["num_different"] == 2 and found["words"]["num_elements"] == 4 and found["words"]["max_abs"] is None
    assert found["n"]["dtype"] == ["string", "int64"] and found["n"]["num_different"] is None
    assert not diff(cairn, a, a, code=0)["changed"]


@pytest.mark.parametrize("side", [0, 1])
def test_damage_is_an_error_and_never_a_difference(cairn, tmp_path, damaged, side):
    prefix, name = damaged
    # Another value, so that the checksums do not say that nothing is to be read.
    other = save(str(tmp_path / "other"), {"a": np.arange(1, 7, dtype=np.float32), "b": np.arange(3)})
    paths = [prefix, other][::-1 if side else 1]
    ran = cairn("diff", *paths)
    assert ran.code == 1 and f"tensor '{name}'" in ran.err and "model-1.data-00000-of-00001" in ran.err
    assert "changed:" not in ran.out and ran.out.endswith("1 tensor in both: 1 equal (1 by checksum), 0 changed; 0 only in A, 0 only in B; 1 error\n")
    report = json.loads(cairn("diff", "--json", *paths).out)
    assert not report["equal"] and not report["changed"]
    assert [finding["tensor"] for finding in report["findings"]] == [name]
    # Both paths name one checkpoint: its checksums are equal, so that it is read only if that is asked for.
    assert cairn("diff", prefix, prefix).code == 0
    assert cairn("diff", "--read", prefix, prefix).code == 1


def test_a_step_names_a_checkpoint_of_a_run(cairn, tmp_path):
    run = tmp_path / "run"
    for step in (1, 20):
        save(str(run / f"model-{step}"), {"w": np.float32(step)})
    ran = cairn("diff", f"{run}@1", f"{run}@20")
    assert ran.code == 1 and "\n  w " in ran.out
    assert ran.err.splitlines() == [f"cairn: note: {run}, step {step}: taken as {run}/model-{step}" for step in (1, 20)]
    assert cairn("cat", f"{run}@20", "w").out == "20.0\n"
    missing = cairn("ls", f"{run}@2")
    assert missing.code == 2 and "no checkpoint of step 2" in missing.err and "there are the steps '1', '20'" in missing.err


def test_names_of_objects(cairn, tmp_path):
    import tensorflow as tf

    class Model(tf.Module):
        def __init__(self):
            self.layer = tf.Module()
            self.layer.kernel = tf.Variable([[1.0, 2.0]], name="dense/kernel")

    prefix = tf.train.Checkpoint(model=Model()).write(str(tmp_path / "object"))
    for kind, name in (("path", "model/layer/kernel"), ("full", "dense/kernel")):
        np.savez(tmp_path / f"{kind}.npz", **{name: np.array([[1, 2]], np.float32), "save_counter": np.int64(0)})
        for pair in ([prefix, tmp_path / f"{kind}.npz"], [tmp_path / f"{kind}.npz", prefix]):
            report = diff(cairn, "--names", kind, *pair, "**/kernel", code=0)
            assert report["equal"] and report["num_compared"] == 1
        assert diff(cairn, prefix, tmp_path / f"{kind}.npz", "**/kernel", "**/kernel/**", code=1)["num_compared"] == 0
    # An object graph speaks of keys, and is not compared by other names.
    assert not any("OBJECT_GRAPH" in name for name in diff(cairn, "--names", "path", prefix, tmp_path / "path.npz")["only_in_a"])


def test_memory_is_bounded_whatever_the_size(cairn, tmp_path):
    zeros = np.zeros(1 << 24, np.float32)  # 64 MiB
    paths = {name: tmp_path / f"{name}.npz" for name in ("stored", "swapped", "packed", "few")}
    np.savez(paths["stored"], t=zeros)
    np.savez(paths["swapped"], t=zeros.astype(">f4"))
    np.savez_compressed(paths["packed"], t=zeros)
    np.savez(paths["few"], t=zeros[:10])
    least = peak_nbytes("diff", "--read", paths["few"], paths["few"])
    for a, b in (("packed", "packed"), ("stored", "packed"), ("swapped", "stored")):
        # Files are mapped; their pages count, but are the page cache's.
        mapped = sum(os.path.getsize(paths[name]) for name in {a, b})
        assert peak_nbytes("diff", "--read", paths[a], paths[b]) - least < mapped + (8 << 20), (a, b)


def test_corpus_against_tensorflow(cairn, corpus, tmp_path):
    """Every checkpoint of TensorFlow is equal to itself as safetensors or npz."""
    prefixes = sorted(str(path)[:-len(".index")] for path in corpus.rglob("*.index"))[:40]
    assert prefixes
    num_compared = 0
    for prefix in prefixes:
        if cairn("verify", prefix).code != 0:
            continue
        path = str(tmp_path / "converted.npz")
        if cairn("convert", "--force", prefix, path).code != 0:
            continue
        assert cairn("diff", "--read", prefix, path).code == 0, prefix
        num_compared += 1
    assert num_compared > 3


def test_a_budget_is_kept(cairn, tmp_path):
    """In Fortran order, both sides are turned piece by piece within it."""
    value = np.asfortranarray(np.arange(1 << 20, dtype=np.float32).reshape(1 << 10, 1 << 10))
    np.savez(tmp_path / "a.npz", w=value)
    np.savez(tmp_path / "b.npz", w=np.ascontiguousarray(value) + np.float32(1))
    wanted = cairn("diff", "--json", tmp_path / "a.npz", tmp_path / "b.npz")
    ran = cairn("diff", "--json", "--memory", "1MiB", tmp_path / "a.npz", tmp_path / "b.npz")
    assert ran.code == wanted.code == 1 and ran.out == wanted.out
    assert json.loads(ran.out)["changed"][0]["max_abs"] == 1
    bad = cairn("diff", "--memory", "much", tmp_path / "a.npz", tmp_path / "b.npz")
    assert bad.code == 2 and "'much' is not a size" in bad.err
