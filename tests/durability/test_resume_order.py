"""Which checkpoint a run resumes from where others lie beside its own: none of them wins by its name or its time.

Set CAIRN=build/release/bin/cairn and EXAMPLES=build/release/examples.
"""
import os

import pytest

from jobs import cairn
from training_runs import committed_steps, own_loop, resumed_step


@pytest.fixture
def run(tmp_path):
    """A run of 40 steps, of which model-30 is the newest that is left."""
    directory = tmp_path / "run"
    for _ in range(2):
        assert own_loop(directory).code == 0
    for step in (35, 40):
        for path in directory.glob(f"model-{step}.*"):
            path.unlink()
    return directory


def export(run, step, name):
    """A checkpoint of the same values without the state of the run, as one saves the best of a training."""
    ran = cairn("convert", "--exclude", "_CAIRN_RUN_STATE", run / f"model-{step}", run / name)
    assert ran.code == 0, ran


@pytest.mark.parametrize("name", ["val-best-30", "val-best-29", "best-100", "best", "model-100", "model-30-best", "zzz-30", "a-30"])
def test_an_export_never_wins(run, name):
    export(run, 30, name)
    os.utime(run / f"{name}.index", (4e9, 4e9))  # newer than everything
    assert cairn("state", run).out.splitlines()[-1].startswith("resume model-30: ")
    ran = own_loop(run)
    assert ran.code == 0 and resumed_step(ran) == 30 and "/model-30: " in ran.out, ran
    assert (run / f"{name}.index").exists() or name == "model-100"


def test_the_state_file_does_not_overrule_a_newer_step(run):
    assert own_loop(run).code == 0
    text = (run / "checkpoint").read_text()
    assert 'model_checkpoint_path: "model-50"' in text
    (run / "checkpoint").write_text(text.replace('model_checkpoint_path: "model-50"', 'model_checkpoint_path: "model-40"', 1))
    ran = own_loop(run)
    assert ran.code == 0 and resumed_step(ran) == 50, ran


def test_no_state_file(run):
    (run / "checkpoint").unlink()
    ran = own_loop(run)
    assert ran.code == 0 and resumed_step(ran) == 30 and committed_steps(run) == [40, 45, 50], ran


def test_a_copy_elsewhere_is_the_same_run(run, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    moved = run.rename(tmp_path / "elsewhere" / "moved")
    ran = own_loop(moved)
    assert ran.code == 0 and resumed_step(ran) == 30, ran
