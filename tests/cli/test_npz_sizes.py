"""How small `convert --to npz-compressed` packs, beside numpy's own savez_compressed."""
import zipfile

import numpy as np
import pytest

RNG = np.random.default_rng(7)
COUNT = 1 << 18
WORDS = np.array(["model", "layer", "weights", "the", "of", "restore", "checkpoint", "gradient\n", "learning"])


def sparse(part):
    return np.where(RNG.random(COUNT) < part, RNG.standard_normal(COUNT), 0).astype(np.float32)


def one_hot(classes):
    return np.eye(classes, dtype=np.float32)[RNG.integers(0, classes, COUNT // classes)]


KINDS = {
    "zeros": np.zeros(COUNT, np.float32),
    "ones": np.ones(COUNT, np.float32),
    "sparse, 1 %": sparse(0.01),
    "sparse, 10 %": sparse(0.1),
    "sparse, 50 %": sparse(0.5),
    "int64 ids": RNG.integers(0, 50_000, COUNT),
    "sorted ids": np.sort(RNG.integers(0, 10**9, COUNT)),
    "one-hot": one_hot(256),
    "float32 weights": RNG.standard_normal(COUNT).astype(np.float32),
    "float16 weights": RNG.standard_normal(COUNT).astype(np.float16),
    "bfloat16 weights": (RNG.standard_normal(COUNT).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16),
    "float64 weights": RNG.standard_normal(COUNT),
    "text": np.frombuffer(" ".join(RNG.choice(WORDS, COUNT // 4)).encode(), np.uint8),
    "small integers": RNG.integers(-3, 4, COUNT).astype(np.int32),
    "int8 weights": np.clip(RNG.standard_normal(COUNT) * 20, -127, 127).astype(np.int8),
    "bool mask": RNG.random(COUNT) < 0.5,
    "rare bool": RNG.random(COUNT) < 0.01,
    "ramp": np.arange(COUNT),
    "float ramp": np.linspace(0, 1, COUNT, dtype=np.float32),
    "rectified": np.maximum(RNG.standard_normal(COUNT), 0).astype(np.float32),
    "quantized": (np.round(RNG.standard_normal(COUNT) * 8) / 8).astype(np.float32),
    "weights after zeros": np.concatenate([np.zeros(COUNT // 2), RNG.standard_normal(COUNT // 2)]).astype(np.float32),
    "a small array": np.arange(100, dtype=np.float32),
    "a scalar": np.float64(1.5),
    "empty": np.zeros((0, 3), np.float32),
}


def member_size(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        (member,) = archive.infolist()
        return member.compress_size


@pytest.mark.parametrize("kind", KINDS)
def test_never_much_larger_than_numpys(cairn, tmp_path, kind):
    np.savez_compressed(tmp_path / "theirs.npz", value=KINDS[kind])
    assert cairn("convert", "--to", "npz-compressed", tmp_path / "theirs.npz", tmp_path / "ours.npz").code == 0
    with np.load(tmp_path / "ours.npz") as ours:
        np.testing.assert_array_equal(ours["value"], KINDS[kind])
    assert member_size(tmp_path / "ours.npz") <= 1.05 * member_size(tmp_path / "theirs.npz") + 16


def test_a_level_packs_as_zlib_does(cairn, tmp_path):
    value = KINDS["text"]
    np.savez(tmp_path / "plain.npz", value=value)
    sizes = {}
    for level in "169":
        path = tmp_path / f"{level}.npz"
        ran = cairn("convert", "--to", "npz-compressed", "--level", level, "--record", tmp_path / f"{level}.json", tmp_path / "plain.npz", path)
        assert ran.code == 0, ran.err
        with np.load(path) as ours:
            assert np.array_equal(ours["value"], value)
        sizes[level] = member_size(path)
        again = tmp_path / f"again-{level}.npz"
        assert cairn("convert", "--recipe", tmp_path / f"{level}.json", tmp_path / "plain.npz", again).code == 0
        assert again.read_bytes() == path.read_bytes()
    assert sizes["1"] > sizes["6"] >= sizes["9"]


@pytest.mark.parametrize("options, error", [
    (["--level", "6"], "--level is for what is compressed"), (["--to", "npz-compressed", "--level", "10"], "'10' is not a number from 1 to 9"),
    (["--to", "npz-compressed", "--level", "x"], "'x' is not a number from 1 to 9")])
def test_levels_are_judged(cairn, tmp_path, options, error):
    np.savez(tmp_path / "plain.npz", value=np.zeros(3))
    ran = cairn("convert", *options, tmp_path / "plain.npz", tmp_path / "new.npz")
    assert ran.code == 2 and error in ran.err
    assert not (tmp_path / "new.npz").exists()
