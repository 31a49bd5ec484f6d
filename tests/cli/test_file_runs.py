"""Runs whose checkpoints are npz or safetensors files, and steps of a run by DIR@STEP in every verb."""
import json

import numpy as np
import pytest

FORMATS = {"npz": ".npz", "safetensors": ".safetensors"}


def run_state(step):
    state = {"version": 1, "step": step, "epoch": 1, "callbacks": {}, "generators": {}, "data_position": ""}
    return np.bytes_(json.dumps(state).encode())


@pytest.fixture(params=FORMATS)
def run(request, cairn, tmp_path):
    """A run with the steps 9 and 10, weights that somebody put there, and a copy of step 9."""
    directory = tmp_path / "run"
    directory.mkdir()

    def put(stem, step, value):
        arrays = {"w": np.float32([value, 2]), "b": np.int64([7])}
        source = tmp_path / "source.npz"
        np.savez(source, **arrays, **({"_CAIRN_RUN_STATE": run_state(step)} if step else {}))
        to = directory / (stem + FORMATS[request.param])
        done = cairn("convert", str(source), str(to))
        assert done.code == 0, done.err
        return to

    for step in (9, 10):
        put(f"model-{step}", step, step)
    put("weights-99", None, 99)
    put("min-cost", 9, 9)
    return directory, FORMATS[request.param]


def test_state(cairn, run):
    directory, extension = run
    shown = cairn("state", str(directory))
    assert shown.code == 0, shown.out + shown.err
    assert [line.split()[0] for line in shown.out.splitlines()[:3]] == [
        f"min-cost{extension}", f"model-9{extension}", f"model-10{extension}"]
    assert f"\nresume model-10{extension}: the newest with a run state\n" in shown.out
    told = json.loads(cairn("state", "--json", str(directory)).out)
    assert told["resume"]["name"] == f"model-10{extension}"
    assert [checkpoint["step"] for checkpoint in told["checkpoints"]] == [9, 9, 10]


def test_a_damaged_newest(cairn, run):
    directory, extension = run
    newest = directory / f"model-10{extension}"
    content = newest.read_bytes()
    newest.write_bytes(content.replace(np.int64([7]).tobytes(), np.int64([6]).tobytes()))
    assert newest.read_bytes() != content
    shown = cairn("state", str(directory))
    assert shown.code == 1 and "E_CRC" in shown.out
    assert f"\nresume model-9{extension}: the newest with a run state\n" in shown.out
    (directory / f"model-9{extension}").unlink()
    shown = cairn("state", str(directory))
    assert f"\nresume min-cost{extension}: the newest with a run state\n" in shown.out
    assert f"min-cost{extension} is a copy of step 9" in shown.err


def test_verify_all(cairn, run):
    directory, extension = run
    done = cairn("verify", "--all", str(directory))
    assert done.code == 0 and done.out.splitlines()[-1].startswith("3 checkpoints, ")
    (directory / f"model-9{extension}").write_bytes(b"?")
    assert cairn("verify", "--all", str(directory)).code == 1


def test_the_directory_and_its_steps(cairn, run):
    directory, extension = run
    assert cairn("cat", str(directory), "w").out == "[10.  2.]\n"
    for step in (9, 10):
        shown = cairn("cat", f"{directory}@{step}", "w")
        assert shown.out.split() == [f"[{step}.", "2.]"]
        assert shown.err == f"cairn: note: {directory}, step {step}: taken as {directory}/model-{step}{extension}\n"
    missing = cairn("ls", f"{directory}@99")
    assert missing.code == 2 and "there are the steps '9', '10'" in missing.err
    differs = cairn("diff", f"{directory}@9", f"{directory}@10")
    assert differs.code == 1 and "\n  w " in differs.out


def test_a_name_with_an_at_sign_wins(cairn, tmp_path):
    for directory, value in (("x", 1), ("x@5", 2)):
        (tmp_path / directory).mkdir()
        np.savez(tmp_path / directory / "model-5.npz", w=np.float32(value), _CAIRN_RUN_STATE=run_state(5))
    assert cairn("cat", str(tmp_path / "x@5"), "w").out == "2.0\n"
    (tmp_path / "x@5" / "model-5.npz").unlink()
    empty = cairn("cat", str(tmp_path / "x@5"), "w")
    assert empty.code == 2 and "x@5: no checkpoint" in empty.err
    (tmp_path / "x@5").rmdir()
    assert cairn("cat", str(tmp_path / "x@5"), "w").out == "1.0\n"


# Every verb that takes a checkpoint, with DIR@STEP in its place.
VERBS = {
    "ls": ["ls", "{at}"],
    "cat": ["cat", "{at}", "w"],
    "info": ["info", "{at}"],
    "stats": ["stats", "{at}"],
    "verify": ["verify", "{at}"],
    "diff": ["diff", "{at}", "{at}"],
    "convert": ["convert", "{at}", "{new}.npz"],
    "prune": ["prune", "--outputs", "w", "{at}", "{new}.npz"],
    "merge": ["merge", "{at}", "{other}", "{new}.npz"],
    "average": ["average", "{at}", "{at}", "{new}.npz"],
    "add": ["add", "{at}", "{at}", "{new}.npz"],
    "subtract": ["subtract", "{at}", "{at}", "{new}.npz"],
    "repair": ["repair", "{at}", "{new}"],
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_a_step(cairn, tmp_path, verb):
    run = tmp_path / "run"
    run.mkdir()
    for step in (1, 20):
        np.savez(run / f"model-{step}.npz", w=np.float32(step), _CAIRN_RUN_STATE=run_state(step))
    np.savez(tmp_path / "other.npz", v=np.float32(3))
    places = {"at": f"{run}@1", "new": str(tmp_path / "new"), "other": str(tmp_path / "other.npz")}
    done = cairn(*[word.format(**places) for word in VERBS[verb]])
    assert "model-1.npz" in done.err + done.out, done.err
    if verb != "prune":  # it needs a graph, and says so for the checkpoint that it found
        assert done.code == 0, done.err


def test_a_metagraph_by_its_step(cairn, tmp_path):
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        v1.get_variable("w", initializer=1.0)
        session.run(v1.global_variables_initializer())
        saver = v1.train.Saver()
        for step in (1, 20):
            saver.save(session, str(tmp_path / "run" / "model"), global_step=step)
    shown = cairn("meta", f"{tmp_path}/run@20")
    assert shown.code == 0 and f"taken as {tmp_path}/run/model-20.meta" in shown.err
    assert cairn("meta", f"{tmp_path}/run@2").code == 2
    (tmp_path / "run" / "model-1.meta").unlink()
    none = cairn("meta", f"{tmp_path}/run@1")
    assert none.code == 2 and "there is no metagraph beside" in none.err
