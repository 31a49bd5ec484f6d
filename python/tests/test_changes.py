"""Checkpoints are changed lazily: select, rename, cast and the other changes, and the plan."""

import concurrent.futures
import itertools
import resource
import warnings

import numpy as np
import pytest
from conftest import sparse_safetensors

import cairn


def test_a_chain_is_saved(saved, tmp_path, arrays):
    changed = cairn.open(saved).select("**/W").rename({"conv0/": "stem/"}).cast("float16")
    report = changed.save(tmp_path / "out.safetensors")
    assert report.num_tensors == 1
    out = cairn.open(tmp_path / "out.safetensors")
    assert list(out) == ["stem/W"]
    np.testing.assert_array_equal(out["stem/W"], arrays["conv0/W"].astype(np.float16), strict=True)


def test_a_changed_checkpoint_is_a_mapping(saved, arrays):
    changed = cairn.open(saved).exclude("conv0/*").rename({"step": "global_step"})
    assert list(changed) == ["empty", "global_step", "mask"]
    assert changed["global_step"] == 7 and "step" not in changed
    assert changed.shape("mask") == (2,) and changed.lazy("mask")[1:] == [False]
    assert dict(changed).keys() == {"empty", "global_step", "mask"}
    assert "3 tensors" in repr(changed) and "<table>" in changed._repr_html_()


def test_the_checkpoint_itself_stays(saved, arrays):
    ckpt = cairn.open(saved)
    ckpt.select("conv0/W").cast("float64")
    assert dict(ckpt).keys() == arrays.keys() and ckpt.dtype("conv0/W") == np.float32


def test_an_untouched_tensor_is_still_a_view(saved):
    ckpt = cairn.open(saved)
    assert np.shares_memory(ckpt.rename({"conv0/": ""})["W"], ckpt["conv0/W"])


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda c: c.transpose("x", [1, 0]), lambda x: x.T),
        (lambda c: c.reshape("x", [2, -1]), lambda x: x.reshape(2, -1)),
        (lambda c: c.slice("x", np.s_[1:, 2]), lambda x: x[1:, 2]),
        (lambda c: c.slice("x", np.s_[..., ::2]), lambda x: x[..., ::2]),
        (lambda c: c.slice("x", "0:2"), lambda x: x[:2]),
        (lambda c: c.slice("x", -1), lambda x: x[-1]),
        (lambda c: c.pad("x", [(1, 0), (0, 2)]), lambda x: np.pad(x, [(1, 0), (0, 2)])),
        (lambda c: c.cast(np.float16), lambda x: x.astype(np.float16)),
        (lambda c: c.cast("int32", "x"), lambda x: x.astype(np.int32)),
        (lambda c: c.concat("x", ["x", "y"], axis=1), lambda x: np.concatenate([x, x + 1], 1)),
        (lambda c: c.split("x", ["p", "x"], axis=1), lambda x: x[:, 2:]),
        (lambda c: c.map_rows("x", ["a", "b", "c"], ["c", "a"]), lambda x: x[[2, 0]]),
        (lambda c: c.substitute("s/^y$/z/").select("x"), lambda x: x),
    ],
)
def test_an_edit_is_that_of_numpy(new_path, change, expected):
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    cairn.save(new_path, {"x": x, "y": x + 1})
    changed = change(cairn.open(new_path))
    np.testing.assert_array_equal(changed["x"], expected(x), strict=True)
    target = new_path.with_name("changed.safetensors")
    changed.save(target)
    np.testing.assert_array_equal(cairn.open(target)["x"], expected(x), strict=True)


def test_changes_are_made_in_the_order_of_the_calls(saved):
    ckpt = cairn.open(saved).rename({"conv0/W": "a"}).rename({"a": "b"}).select("b")
    assert list(ckpt.rename({"b": "c"}).transpose("c", [1, 0])) == ["c"]
    with pytest.raises(cairn.MissingTensorError):
        ckpt.select("conv0/W")


def test_the_plan_shows_what_would_be_saved(saved):
    plan = cairn.open(saved).exclude("empty").rename({"conv0/": "stem/"}).cast("float16").plan
    assert [(t.name, t.source, t.dtype, t.shape) for t in plan.kept[1:3]] == [
        ("stem/W", "conv0/W", "float16", (3, 4)),
        ("stem/b", "conv0/b", "float16", (4,)),
    ]
    assert plan.dropped == [("empty", "is not selected")]
    assert (plan.nbytes_before, plan.nbytes_after) == (74, 42)
    text = str(plan)
    assert "keep  stem/W  from conv0/W  float16[3,4]  24 B\n" in text
    assert "drop  empty  is not selected\n" in text
    assert text.splitlines()[-1] == f"plan: {saved} (tf-v2), 4 tensors, 42 B of 74 B"
    document = plan.to_dict()
    assert document["source"] == {"path": str(saved), "format": "tf-v2"}
    assert document["kept"][2]["source"] == "conv0/b"
    assert "4 tensors" in repr(plan)


def test_the_plan_of_an_open_checkpoint_is_all_of_it(saved, arrays):
    plan = cairn.open(saved).plan
    assert {tensor.name for tensor in plan.kept} == arrays.keys() and plan.dropped == []


def test_a_pattern_that_matches_nothing_is_an_error(saved):
    ckpt = cairn.open(saved)
    with pytest.raises(KeyError, match="no tensor matches 'conv1/\\*'"):
        ckpt.select("conv1/*")
    with pytest.raises(cairn.MissingTensorError, match="every tensor is excluded"):
        ckpt.exclude("**")
    with pytest.raises(cairn.MissingTensorError):
        ckpt.rename({"conv9": "x"})
    with pytest.raises(cairn.MissingTensorError):
        ckpt.cast("float16", "conv1/*")
    with pytest.raises(cairn.MissingTensorError):
        ckpt.transpose("conv1/*", [1, 0])


def test_a_pattern_beside_others_that_matches_nothing_is_a_warning(saved):
    with pytest.warns(UserWarning, match="select: 'conv1/\\*' matches no tensor"):
        assert list(cairn.open(saved).select("conv1/*", "step")) == ["step"]
    with pytest.warns(UserWarning, match="changes no name"):
        cairn.open(saved).substitute("s/xyz/a/")


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.select("["),
        lambda c: c.select("(", regex=True),
        lambda c: c.cast("float99"),
        lambda c: c.rename({"conv0/": "x"}),
        lambda c: c.rename({"step": "mask"}),
        lambda c: c.rename({"a=b": "x"}),
        lambda c: c.concat("x", ["a,b"]),
        lambda c: c.transpose("conv0/W", [0, 0]),
        lambda c: c.reshape("conv0/W", [5, 5]),
        lambda c: c.slice("conv0/W", "5,5"),
    ],
)
def test_a_mistake_is_a_value_error(saved, change):
    with pytest.raises(ValueError) as caught:
        change(cairn.open(saved))
    assert isinstance(caught.value, cairn.InvalidArgumentError)


def test_regular_expressions_select(saved):
    assert list(cairn.open(saved).select("^conv.*[Wb]$", regex=True)) == ["conv0/W", "conv0/b"]


def test_what_a_cast_loses_is_told(tmp_path):
    cairn.save(tmp_path / "m", {"x": np.array([1e6, 1.0, 1e-30], np.float32)})
    changed = cairn.open(tmp_path / "m").cast("float16")
    assert changed.plan.casts == []
    changed.save(tmp_path / "n")
    assert changed.plan.casts == [("x", 3, 1, 1, 0)]


def test_the_options_of_a_save(saved, tmp_path):
    ckpt = cairn.open(saved)
    ckpt.select("conv0/*").save(tmp_path / "a.npz", compress=True)
    with pytest.raises(FileExistsError):
        ckpt.save(tmp_path / "a.npz")
    ckpt.save(tmp_path / "a.npz", overwrite=True)
    assert len(cairn.open(tmp_path / "a.npz")) == 5
    ckpt.save(tmp_path / "linked", share="hard_link")
    assert cairn.open(tmp_path / "linked")["step"] == 7
    assert len(ckpt.save(tmp_path / "many", max_shard_nbytes=40).files) > 2
    with pytest.raises(cairn.InvalidArgumentError, match="not a way to share"):
        ckpt.save(tmp_path / "x", share="magic")


def test_a_changed_checkpoint_is_not_pickled(saved):
    import pickle

    with pytest.raises(TypeError, match="save it first"):
        pickle.dumps(cairn.open(saved).select("step"))


def test_a_damaged_tensor_is_an_error_of_the_read(saved):
    data = saved.with_name(saved.name + ".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[content.find(np.float32(11).tobytes())] ^= 1
    data.write_bytes(content)
    changed = cairn.open(saved).rename({"conv0/": "stem/"}).cast("float16")
    with pytest.raises(cairn.DataLossError):
        changed["stem/W"]
    with pytest.raises(cairn.DataLossError):
        changed.save(saved.with_name("out.npz"))
    assert not saved.with_name("out.npz").exists()


def test_training_state_is_dropped(tmp_path):
    names = ["w", "w/Adam", "w/Adam_1", "global_step"]
    cairn.save(tmp_path / "m", {name: np.ones(2, np.float32) for name in names})
    assert list(cairn.open(tmp_path / "m").drop_training_state()) == ["global_step", "w"]


def test_the_object_graph_follows(corpus, tmp_path):
    graphs = [
        path
        for path in corpus.glob("tf_features/*/*.index")
        if b"_CHECKPOINTABLE" in path.read_bytes()
    ]
    ckpt = cairn.open(sorted(graphs)[0])
    assert "_CHECKPOINTABLE_OBJECT_GRAPH" in ckpt
    paths = ckpt.named("path")
    assert not any(".ATTRIBUTES" in name for name in paths)


def test_memory_is_bounded(tmp_path):
    sparse_safetensors(tmp_path / "huge.safetensors", rows=1 << 16, columns=1 << 13)  # 2 GiB
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    changed = (
        cairn.open(tmp_path / "huge.safetensors", mmap=False).cast("float16").slice("x", "0:16384")
    )
    changed.save(tmp_path / "small.npz", durable=False)
    assert cairn.open(tmp_path / "small.npz").shape("x") == (16384, 1 << 13)
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 200 << 10, "512 MiB are read, and 256 MiB are written"


def test_every_pair_of_changes_goes_together(saved):
    changes = [
        lambda c: c.select("conv0/*", "x"),
        lambda c: c.rename({"conv0/W": "x"}) if "conv0/W" in c else c,
        lambda c: c.cast("float64"),
        lambda c: c.slice("**", "..."),
        lambda c: c.named("key"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of patterns that match nothing
        for first, second, third in itertools.permutations(changes, 3):
            changed = third(second(first(cairn.open(saved))))
            assert {name: value.tolist() for name, value in changed.items()}


def test_eight_threads_read_and_change_one_object(tmp_path):
    arrays = {f"a/w{i}": np.full(20_000, i, np.float32) for i in range(16)}
    cairn.save(tmp_path / "m", arrays)
    changed = cairn.open(tmp_path / "m").rename({"a/": ""}).cast("float64")

    def read(i):
        again = changed.select(f"w{i}").cast("float16")
        return changed[f"w{i}"].sum(), again[f"w{i}"].dtype, again.plan.nbytes_after

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for i, found in enumerate(pool.map(read, range(16))):
            assert found == (i * 20_000, np.float16, 40_000)
