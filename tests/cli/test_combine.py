"""merge, average, add, subtract: numpy computes the same, to the last bit."""
import json

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

RNG = np.random.default_rng(11)


def arrays(seed):
    rng = np.random.default_rng(seed)
    return {"w": rng.normal(size=(50, 40)).astype(np.float32), "d": rng.normal(size=7), "h": rng.normal(size=33).astype(np.float16),
            "c": (rng.normal(size=3) + 1j * rng.normal(size=3)).astype(np.complex64), "step": np.int64(7), "empty": np.zeros((0, 2), np.float32)}


@pytest.fixture
def three(cairn, tmp_path):
    """Three checkpoints of one model, each in a format of its own."""
    for seed in range(3):
        np.savez(tmp_path / f"{seed}.npz", **arrays(seed))
    assert cairn("convert", tmp_path / "1.npz", tmp_path / "1").code == 0
    assert cairn("convert", tmp_path / "2.npz", tmp_path / "2.safetensors").code == 0
    return [tmp_path / "0.npz", tmp_path / "1", tmp_path / "2.safetensors"]


def load(path):
    with np.load(path) as found:
        return {name: found[name] for name in found}


def expect_equal(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert found[name].dtype == array.dtype and found[name].tobytes() == np.asarray(array).tobytes(), name


def wide(array):
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


@pytest.mark.parametrize("weights", [None, [1, 2, 3], [0.7, 0.2, 0.1]])
def test_the_mean_is_that_of_numpy_in_float64(cairn, three, tmp_path, weights):
    options = ["--weights", ",".join(map(str, weights))] if weights else []
    ran = cairn("average", *options, *three, tmp_path / "out.npz")
    assert ran.code == 0, ran.err
    values = [arrays(seed) for seed in range(3)]
    expected = dict(values[0])
    for name in ("w", "d", "h", "c", "empty"):
        total = sum((weight * wide(value[name]) for weight, value in zip(weights or [1, 1, 1], values)), np.zeros_like(wide(values[0][name])))
        expected[name] = (total / float(sum(weights or [1, 1, 1]))).astype(values[0][name].dtype)
    expect_equal(load(tmp_path / "out.npz"), expected)


def test_the_average_of_equal_checkpoints_is_the_checkpoint(cairn, three, tmp_path):
    assert cairn("average", three[0], three[0], three[0], three[0], tmp_path / "out.npz").code == 0
    expect_equal(load(tmp_path / "out.npz"), arrays(0))


def test_sums_and_differences(cairn, three, tmp_path):
    assert cairn("subtract", three[1], three[0], tmp_path / "task.npz").code == 0
    a, b = arrays(0), arrays(1)
    expected = {name: (wide(b[name]) - wide(a[name])).astype(a[name].dtype) if a[name].dtype.kind in "fc" else a[name] for name in a}
    expect_equal(load(tmp_path / "task.npz"), expected)
    assert cairn("add", three[0], tmp_path / "task.npz", tmp_path / "sum.npz").code == 0
    expect_equal(load(tmp_path / "sum.npz"), {name: (wide(a[name]) + wide(expected[name])).astype(a[name].dtype) if a[name].dtype.kind in "fc" else a[name] for name in a})


def test_geometric_and_spherical_means(cairn, tmp_path):
    a, b = RNG.uniform(0.1, 4, 500), RNG.uniform(0.1, 4, 500)
    np.savez(tmp_path / "a.npz", w=a)
    np.savez(tmp_path / "b.npz", w=b)
    assert cairn("average", "--method", "geometric", "--weights", "3,1", tmp_path / "a.npz", tmp_path / "b.npz", tmp_path / "g.npz").code == 0
    np.testing.assert_allclose(load(tmp_path / "g.npz")["w"], a ** 0.75 * b ** 0.25, rtol=1e-14)
    assert cairn("average", "--method", "slerp", "--weights", "1,3", tmp_path / "a.npz", tmp_path / "b.npz", tmp_path / "s.npz").code == 0
    angle = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    np.testing.assert_allclose(load(tmp_path / "s.npz")["w"], (np.sin(0.25 * angle) * a + np.sin(0.75 * angle) * b) / np.sin(angle), rtol=1e-12)
    np.savez(tmp_path / "c.npz", w=-b)
    ran = cairn("average", "--method", "geometric", tmp_path / "a.npz", tmp_path / "c.npz", tmp_path / "no.npz")
    assert ran.code == 2 and "have no geometric mean" in ran.err and not (tmp_path / "no.npz").exists()


def test_bfloat16_is_averaged_in_float64(cairn, tmp_path):
    values = [RNG.normal(size=1000).astype(ml_dtypes.bfloat16) for _ in range(3)]
    for i, value in enumerate(values):
        save_file({"w": value}, tmp_path / f"{i}.safetensors")
    assert cairn("average", *(tmp_path / f"{i}.safetensors" for i in range(3)), tmp_path / "out.safetensors").code == 0
    expected = (sum(value.astype(np.float64) for value in values) / 3).astype(ml_dtypes.bfloat16)
    assert load_file(tmp_path / "out.safetensors")["w"].tobytes() == expected.tobytes()


def test_other_tensors_must_agree_or_the_last_is_taken(cairn, tmp_path):
    np.savez(tmp_path / "a.npz", step=np.int64(1), w=np.float32(1))
    np.savez(tmp_path / "b.npz", step=np.int64(2), w=np.float32(2))
    both = [tmp_path / "a.npz", tmp_path / "b.npz"]
    ran = cairn("average", *both, tmp_path / "out.npz")
    assert ran.code == 2 and "tensor 'step': has another value in source 2 than in the first" in ran.err
    assert not (tmp_path / "out.npz").exists()
    assert cairn("average", "--take-last", *both, tmp_path / "out.npz").code == 0
    assert load(tmp_path / "out.npz")["step"] == 2 and load(tmp_path / "out.npz")["w"] == 1.5


@pytest.mark.parametrize("other, error", [
    ({"w": np.zeros(2, np.float32)}, "tensor 'w': is float32[3] in the first source and float32[2] in source 2"),
    ({"v": np.zeros(3, np.float32)}, "tensor 'w': is not in source 2"),
    ({"w": np.zeros(3, np.float32), "v": np.zeros(3)}, "tensor 'v': is in source 2 and not in the first"),
    ({"w": np.zeros(3, np.int32)}, "tensor 'w': is float32[3] in the first source and int32[3] in source 2"),
])
def test_checkpoints_of_different_models_are_refused(cairn, tmp_path, other, error):
    np.savez(tmp_path / "a.npz", w=np.zeros(3, np.float32))
    np.savez(tmp_path / "b.npz", **other)
    for verb in ("average", "add", "subtract"):
        ran = cairn(verb, tmp_path / "a.npz", tmp_path / "b.npz", tmp_path / "out.npz")
        assert ran.code == 2 and error in ran.err, ran.err


@pytest.mark.parametrize("options, error", [(["--weights", "1"], "1 weights for 2 sources"), (["--weights", "1,x"], "'x' is not a number"),
                                            (["--weights", "1,-1"], "none is negative"), (["--method", "median"], "median")])
def test_weights_and_methods_are_judged(cairn, tmp_path, options, error):
    np.savez(tmp_path / "a.npz", w=np.zeros(3, np.float32))
    ran = cairn("average", *options, tmp_path / "a.npz", tmp_path / "a.npz", tmp_path / "out.npz")
    assert ran.code == 2 and error in ran.err


def test_merge_takes_the_later_and_says_what_is_hidden(cairn, tmp_path):
    for name, value in (("a", {"x": 1, "y": 1}), ("b", {"y": 2, "z": 2}), ("c", {"z": 3})):
        np.savez(tmp_path / f"{name}.npz", **{key: np.int64(number) for key, number in value.items()})
    paths = [tmp_path / f"{name}.npz" for name in "abc"]
    ran = cairn("merge", *paths, tmp_path / "out.npz")
    assert ran.code == 0 and "taken from the last source that has them: 'y', 'z'" in ran.err
    assert load(tmp_path / "out.npz") == {"x": 1, "y": 2, "z": 3}
    # It does not matter which two are merged first.
    assert cairn("merge", *paths[:2], tmp_path / "ab.npz").code == cairn("merge", *paths[1:], tmp_path / "bc.npz").code == 0
    assert cairn("merge", tmp_path / "ab.npz", paths[2], tmp_path / "ab_c.npz").code == cairn("merge", paths[0], tmp_path / "bc.npz", tmp_path / "a_bc.npz").code == 0
    assert (tmp_path / "ab_c.npz").read_bytes() == (tmp_path / "a_bc.npz").read_bytes() == (tmp_path / "out.npz").read_bytes()


def test_options_of_a_conversion_are_those_of_every_making_verb(cairn, three, tmp_path):
    ran = cairn("merge", "--dry-run", "--json", "--select", "w", "--dtype", "bfloat16", "--rename", "w=v", *three, tmp_path / "out.npz")
    plan = json.loads(ran.out)
    assert [(t["name"], t["dtype"], t["source"]) for t in plan["kept"]] == [("v", "bfloat16", "w")] and len(plan["sources"]) == 3
    assert not (tmp_path / "out.npz").exists()
