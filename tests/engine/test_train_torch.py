"""Trains with examples/train_torch.cc, kills it, and resumes: it ends with the bytes of a run that was never killed.

Set CAIRN=build/release/bin/cairn and EXAMPLES=build/release/examples. Where the examples were built without libtorch, all tests are
skipped.
"""
import os
import pathlib
import random
import re
import subprocess

import numpy as np
import pytest
from safetensors.numpy import load_file

from conftest import read_all
from killed_runs import files_of, kill_after_lines, last_checkpoint

PROGRAM = pathlib.Path(os.environ["EXAMPLES"]) / "train_torch"
EPOCHS, STEPS_PER_EPOCH = 6, 30
SHAPES = {"hidden.weight": (64, 2), "hidden.bias": (64,), "logits.weight": (3, 64), "logits.bias": (3,)}

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="the examples were built without libtorch")


def train(directory, epochs=EPOCHS):
    done = subprocess.run([PROGRAM, directory, str(epochs)], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that was never killed."""
    directory = tmp_path_factory.mktemp("whole")
    lines = train(directory)
    assert lines[0] == "no checkpoint: from scratch" and f"saved model-{EPOCHS * STEPS_PER_EPOCH}" in lines, lines
    return directory, lines


def test_a_killed_run_ends_with_the_same_bytes(whole, tmp_path):
    generator = random.Random(20)
    resumed = 0
    while kill_after_lines([PROGRAM, tmp_path, str(EPOCHS), "--slow"], generator.randint(1, 70), "step "):
        resumed += 1
    lines = train(tmp_path)  # it is at the end, and only says how good it is
    assert resumed >= 2
    assert lines[-1] == whole[1][-1]
    assert files_of(tmp_path) == files_of(whole[0])


def test_each_step_after_a_kill_has_the_loss_of_the_whole_run(whole, tmp_path):
    """Losses depend on dropout and on the points that were picked, so on the generator too."""
    kill_after_lines([PROGRAM, tmp_path, str(EPOCHS), "--slow"], 95, "step ")
    lines = train(tmp_path)
    step = int(re.match(r"resumed from .*/model-\d+: step (\d+), ", lines[0]).group(1))
    assert step in (20, 40, 60, 80), lines[0]  # a save in the background may have been cut short
    losses = [line for line in lines if line.startswith("step ")]
    assert losses == [line for line in whole[1] if line.startswith("step ")][step:]


def test_safetensors_have_the_names_and_values_of_state_dict(whole, tmp_path):
    file = tmp_path / "model.safetensors"
    prefix = last_checkpoint(whole[0])
    subprocess.run([os.environ["CAIRN"], "convert", prefix, file], check=True, capture_output=True)
    saved, loaded = read_all(prefix), load_file(file)
    assert loaded.keys() == saved.keys() - {"_CAIRN_RUN_STATE"}
    assert {name: value.shape for name, value in loaded.items() if "/" not in name} == SHAPES
    for name, value in loaded.items():
        assert value.dtype == saved[name].dtype and value.tobytes() == np.asarray(saved[name]).tobytes(), name
        assert value.dtype == (np.int64 if name.endswith("/step") else np.float64 if name.startswith("param_groups/") else np.float32)
    assert {loaded[f"{name}/step"].item() for name in SHAPES} == {EPOCHS * STEPS_PER_EPOCH}
    assert all(loaded[f"{name}/{state}"].shape == SHAPES[name] for name in SHAPES for state in ("exp_avg", "exp_avg_sq"))


def test_the_net_that_is_saved_is_the_one_that_was_trained(whole):
    """numpy computes the same answers from the saved weights."""
    saved = read_all(last_checkpoint(whole[0]))
    label = np.arange(600) % 3
    radius = np.linspace(0.1, 1, 600, dtype=np.float32)
    angle = radius * 5 + label * (2 * np.pi / 3)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).astype(np.float32)
    hidden = np.maximum(x @ saved["hidden.weight"].T + saved["hidden.bias"], 0)
    answers = (hidden @ saved["logits.weight"].T + saved["logits.bias"]).argmax(1)
    said = int(whole[1][-1].split()[0])
    assert abs((answers == label).sum() - said) <= 1  # a point can lie between two spirals
    assert said > 300
