"""The verbs of the program, as functions; their documents are those that the program prints."""

import json
import os
import subprocess

import numpy as np
import pytest

import cairn


@pytest.fixture
def program():
    """Runs the program, and returns the document that it prints."""
    path = os.environ.get("CAIRN")
    if path is None:
        pytest.skip("CAIRN does not name the program")

    def run(*args):
        done = subprocess.run([path, *map(str, args)], capture_output=True, text=True, timeout=120)
        return json.loads(done.stdout)

    return run


@pytest.fixture
def run(tmp_path):
    """Returns the directory of a run with three checkpoints."""
    directory = tmp_path / "run"
    for step in (1, 2, 3):
        cairn.save_chkpt_vars(
            {
                "conv0/W": np.full((2, 3), step, np.float32),
                "conv0/W/Adam": np.zeros((2, 3), np.float32),
                "global_step": np.array(7, np.int64),
            },
            directory / f"model-{step}",
        )
    return directory


def damage(prefix):
    """Flips a bit of the first tensor of a checkpoint."""
    data = prefix.with_name(prefix.name + ".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[0] ^= 1
    data.write_bytes(content)


def test_convert_is_that_of_the_program(run, tmp_path, program):
    options = {
        "exclude": "**/Adam",
        "rename": {"conv0/": "stem/"},
        "dtype": {"stem/*": "float16"},
        "transpose": {"stem/W": [1, 0]},
    }
    flags = [
        "--exclude=**/Adam",
        "--rename=conv0/=stem/",
        "--dtype=float16:stem/*",
        "--transpose=stem/W=1,0",
    ]
    report = cairn.convert(run / "model-2", tmp_path / "a.npz", **options)
    printed = program("convert", "--json", *flags, run / "model-2", tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    document = json.loads(report.to_json().replace("a.npz", "b.npz"))
    assert document == printed
    assert report.target.format == "npz" and report.files == [str(tmp_path / "a.npz")]
    assert [tensor.name for tensor in report.kept] == ["global_step", "stem/W"]
    assert report.dropped == [("conv0/W/Adam", "is not selected")]
    assert "2 tensors" in repr(report) and str(report).splitlines()[0].startswith(
        "keep  global_step"
    )


def test_a_dry_run_writes_nothing(run, tmp_path, program):
    plan = cairn.convert(run, tmp_path / "a.safetensors", dry_run=True, select="conv0/W")
    assert not (tmp_path / "a.safetensors").exists() and plan.written is None
    printed = program(
        "convert", "--dry-run", "--json", "--select=conv0/W", run, tmp_path / "a.safetensors"
    )
    assert plan.to_dict() == printed
    assert plan.sources == [(str(run / "model-3"), "tf-v2")]


def test_every_change_of_a_conversion(tmp_path, program):
    np.save(tmp_path / "new.npy", np.arange(3))
    (tmp_path / "old.txt").write_text("a\nb\nc\nd\n")
    (tmp_path / "new.txt").write_text("d\na\n")
    cairn.save(
        tmp_path / "m",
        {"e": np.arange(12.0).reshape(3, 4), "f": np.ones((2, 2)), "g": np.ones((2, 2))},
    )
    cairn.convert(
        tmp_path / "m",
        tmp_path / "a",
        rename_map={"e": "emb"},
        sub="s/f$/ff/",
        concat={"joined": (["ff", "g"], 1)},
        rows={"emb": (list("abcd"), list("da"))},
        pad={"emb": [(0, 1), (0, 0)]},
        reshape={"joined": (4, -1)},
        slice={"emb": np.s_[:, 1:3]},
        set={"new": tmp_path / "new.npy"},
        alignment=64,
        lineage=True,
        record=tmp_path / "recipe.json",
    )
    program(
        "convert",
        "--json",
        "--rename-map",
        _lines(tmp_path / "map.tsv", "e\temb"),
        "--sub=s/f$/ff/",
        "--concat=joined=ff,g@1",
        f"--rows=emb={tmp_path}/old.txt:{tmp_path}/new.txt",
        "--pad=emb=0:1,0:0",
        "--reshape=joined=4,-1",
        "--slice=emb=:,1:3",
        f"--set=new={tmp_path}/new.npy",
        tmp_path / "m",
        tmp_path / "b",
    )
    ours, theirs = dict(cairn.open(tmp_path / "a")), dict(cairn.open(tmp_path / "b"))
    lineage = json.loads(ours.pop("_CAIRN_LINEAGE")[()])
    assert lineage["verb"] == "convert" and lineage["sources"][0]["path"] == str(tmp_path / "m")
    assert ours.keys() == theirs.keys() == {"emb", "joined", "new"}
    for name, value in theirs.items():
        np.testing.assert_array_equal(ours[name], value, strict=True)
    cairn.convert(tmp_path / "m", tmp_path / "c", recipe=tmp_path / "recipe.json")
    again = dict(cairn.open(tmp_path / "c"))
    assert again.keys() == theirs.keys() and again["emb"].tolist() == theirs["emb"].tolist()


def _lines(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_recipe_of_the_program_is_made_again(run, tmp_path, program):
    program(
        "convert",
        "--json",
        "--select=conv0/W",
        "--to=npz-compressed",
        "--level=9",
        f"--record={tmp_path}/r.json",
        run / "model-1",
        tmp_path / "a.npz",
    )
    cairn.convert(run / "model-1", tmp_path / "b.npz", recipe=tmp_path / "r.json")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with pytest.raises(cairn.InvalidArgumentError, match="another option"):
        cairn.convert(run, tmp_path / "c.npz", recipe=tmp_path / "r.json", select="x")


def test_merge_average_add_and_subtract_are_those_of_the_program(run, tmp_path, program):
    a, b = run / "model-1", run / "model-3"
    cases = {
        "merge": (cairn.merge, ([a, b],), {}, []),
        "average": (cairn.average, ([a, b],), {"weights": [3, 1]}, ["--weights=3,1"]),
        "add": (cairn.add, (a, b), {}, []),
        "subtract": (cairn.subtract, (a, b), {}, []),
    }
    for verb, (function, sources, options, flags) in cases.items():
        ours, theirs = tmp_path / f"a-{verb}.npz", tmp_path / f"b-{verb}.npz"
        report = function(*sources, ours, **options)
        printed = program(verb, "--json", *flags, a, b, theirs)
        assert json.loads(report.to_json().replace("a-", "b-")) == printed
        assert ours.read_bytes() == theirs.read_bytes()
    assert cairn.open(tmp_path / "a-average.npz")["conv0/W"][0, 0] == 1.5


def test_prune_is_that_of_the_program(corpus, tmp_path, program):
    prefix = corpus / "tf1_estimator_two_shards/model.ckpt-1000"
    ours, theirs = tmp_path / "a.npz", tmp_path / "b.npz"
    report = cairn.prune(prefix, ours)
    printed = program("prune", "--json", prefix, theirs)
    assert json.loads(report.to_json().replace("a.npz", "b.npz")) == printed
    assert report.graph == f"{prefix}.meta" and report.dropped
    again = cairn.prune(prefix, tmp_path / "c.npz", meta=f"{prefix}.meta", dry_run=True)
    assert again.kept == report.kept
    with pytest.raises(cairn.MissingTensorError):
        cairn.prune(prefix, tmp_path / "c.npz", outputs=["nothing:0"])
    with pytest.raises(FileNotFoundError):
        cairn.prune(prefix, tmp_path / "c.npz", meta=tmp_path / "nothing.meta")


def test_mistakes_are_errors(run, tmp_path):
    with pytest.raises(FileNotFoundError):
        cairn.convert(tmp_path / "nothing", tmp_path / "a.npz")
    cairn.convert(run, tmp_path / "a.npz")
    with pytest.raises(FileExistsError):
        cairn.convert(run, tmp_path / "a.npz")
    assert cairn.convert(run, tmp_path / "a.npz", force=True).exists
    with pytest.raises(TypeError, match="there is no option 'seletc'"):
        cairn.convert(run, tmp_path / "b.npz", seletc="x")
    with pytest.raises(KeyError):
        cairn.convert(run, tmp_path / "b.npz", select="conv9/*")
    with pytest.raises(cairn.InvalidArgumentError, match="level is for"):
        cairn.convert(run, tmp_path / "b.npz", level=3)
    with pytest.raises(cairn.InvalidArgumentError, match="two or more sources"):
        cairn.merge([run], tmp_path / "b.npz")
    with pytest.raises(TypeError, match="several paths"):
        cairn.average(str(run), tmp_path / "b.npz")
    with pytest.raises(cairn.InvalidArgumentError, match="not a format"):
        cairn.convert(run, tmp_path / "b", to="hdf5")
    with pytest.raises(cairn.InvalidArgumentError):
        cairn.average([run / "model-1", run / "model-2"], tmp_path / "b.npz", weights=[1])
    assert not (tmp_path / "b.npz").exists()


def test_diff_is_that_of_the_program(run, program):
    a, b = run / "model-1", run / "model-3"
    diff = cairn.diff(a, b)
    assert diff.to_dict() == program("diff", "--json", a, b)
    assert not diff.equal and [changed.name for changed in diff.changed] == ["conv0/W"]
    assert diff.changed[0].max_abs == 2 and "1 changed" in repr(diff)
    assert cairn.diff(a, a).equal
    assert cairn.diff(a, b, atol=5).equal
    assert cairn.diff(a, b, "global_step").equal
    assert cairn.diff(a, b, exclude="conv0/W").num_compared == 2


def test_diff_matches_names(run, tmp_path, program):
    cairn.convert(run / "model-1", tmp_path / "m.npz", rename={"conv0/": "stem/"})
    diff = cairn.diff(run / "model-1", tmp_path / "m.npz", rename={"conv0/": "stem/"})
    assert diff.equal and diff.num_compared == 3
    document = cairn.diff(run / "model-1", tmp_path / "m.npz").to_dict()
    assert document == program("diff", "--json", run / "model-1", tmp_path / "m.npz")
    stem = cairn.open(run / "model-1").rename({"conv0/": "stem/"})
    assert cairn.diff(stem, tmp_path / "m.npz", equal_nan=True).equal
    with pytest.warns(UserWarning, match="matches no tensor"):
        cairn.diff(run, run, "global_step", "nothing")


def test_infinite_differences_are_numbers(tmp_path, program):
    cairn.save(tmp_path / "a", {"x": np.array([np.inf, 1.0])})
    cairn.save(tmp_path / "b", {"x": np.array([0.0, np.nan])})
    diff = cairn.diff(tmp_path / "a", tmp_path / "b")
    assert diff.changed[0].max_abs == np.inf and diff.changed[0].num_nan_in_b == 1
    assert diff.to_dict() == program("diff", "--json", tmp_path / "a", tmp_path / "b")


def test_verify_is_that_of_the_program(run, program):
    report = cairn.verify(run / "model-1")
    assert report.ok and report.to_dict() == program("verify", "--json", run / "model-1")
    damage(run / "model-2")
    report = cairn.verify(run, all=True)
    assert not report.ok and [one.ok for one in report.checkpoints] == [True, False, True]
    assert report.to_dict() == program("verify", "--all", "--json", run)
    (finding,) = report.findings
    assert (finding.reason, finding.tensor) == ("E_CRC", "conv0/W")
    assert "1 finding" in repr(report) and "E_CRC" in str(report)
    assert cairn.verify(run, all=True, quick=True).ok
    strict = cairn.verify(run / "model-1", strict=True)
    assert strict.to_dict() == program("verify", "--strict", "--json", run / "model-1")


def test_verify_tells_what_is_not_there(tmp_path, program):
    report = cairn.verify(tmp_path / "nothing")
    assert not report.ok and report.checkpoints[0].error["reason"] == "E_MISSING"
    assert report.to_dict() == program("verify", "--json", tmp_path / "nothing")
    with pytest.raises(FileNotFoundError):
        cairn.verify(tmp_path / "nothing", all=True)
    with pytest.raises(cairn.InvalidArgumentError):
        cairn.verify(tmp_path, quick=True, strict=True)


def test_verify_tells_of_missing_checksums(tmp_path):
    np.savez(tmp_path / "m.npz", x=np.ones(3))
    cairn.save(tmp_path / "n.npz", {"x": np.ones(3)})
    assert cairn.verify(tmp_path / "n.npz", require_checksums=True).ok
    safetensors = pytest.importorskip("safetensors.numpy")
    safetensors.save_file({"x": np.ones(3)}, tmp_path / "m.safetensors")
    report = cairn.verify(tmp_path / "m.safetensors")
    assert report.ok and report.num_unprotected == 1
    assert not cairn.verify(tmp_path / "m.safetensors", require_checksums=True).ok


def test_repair_is_that_of_the_program(run, tmp_path, program):
    damage(run / "model-2")
    report = cairn.repair(run / "model-2", tmp_path / "fixed")
    assert not report.is_whole and report.checkpoints[0].lost[0].tensor == "conv0/W"
    printed = program("repair", "--json", run / "model-2", tmp_path / "other")
    assert json.loads(report.to_json().replace("/fixed", "/other")) == printed
    assert sorted(cairn.open(tmp_path / "fixed").select("conv0/**", "global_step")) == [
        "conv0/W/Adam",
        "global_step",
    ]


def test_a_run_is_repaired(run, tmp_path):
    damage(run / "model-2")
    report = cairn.repair(run, tmp_path / "rescued")
    assert [one.is_partial for one in report.checkpoints] == [False, True, False]
    assert report.state_file == "model-3" and "not all" in repr(report)
    assert cairn.latest_checkpoint(tmp_path / "rescued") == str(tmp_path / "rescued/model-3")
    with pytest.raises(FileExistsError):
        cairn.repair(run, tmp_path / "rescued")


def test_stats_are_those_of_the_program(run, tmp_path, program):
    cairn.save(
        tmp_path / "m",
        {"x": np.array([1, np.nan, np.inf, -2.5]), "s": ["a", "bcd"], "i": np.arange(5)},
    )
    stats = cairn.stats(tmp_path / "m")
    assert stats.to_dict() == program("stats", "--json", tmp_path / "m")
    x = stats["x"]
    assert (x.num_elements, x.num_nans, x.num_positive_infs, x.min, x.max) == (4, 1, 1, -2.5, 1)
    assert stats.with_nans == ["x"] and stats["s"].longest == 3
    assert stats["i"].max == 4 and isinstance(stats["i"].max, int)
    assert len(cairn.stats(tmp_path / "m", "i", "s")) == 2
    assert [one.name for one in cairn.stats(cairn.open(run), exclude="conv0/**")] == ["global_step"]
    assert sum(stats["i"].histogram.counts) == 5 and "3 tensors" in repr(stats)
    assert str(stats).splitlines()[0].startswith("i  int64[5]  0 to 4, mean 2")


def test_names_that_are_not_utf_8_are_in_the_documents(tmp_path, program):
    cairn.save(tmp_path / "m", {b"\xff": np.ones(2)})
    stats = cairn.stats(tmp_path / "m")
    assert stats["\udcff"].max == 1
    assert stats.to_dict() == program("stats", "--json", tmp_path / "m")
    report = cairn.convert(tmp_path / "m", tmp_path / "n", dry_run=True)
    assert report.to_dict() == program(
        "convert", "--json", "--dry-run", tmp_path / "m", tmp_path / "n"
    )
