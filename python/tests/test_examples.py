"""The scripts of examples/python do what they say; with TensorFlow's import line, too."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import cairn

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "python"
OURS, THEIRS = "import cairn as train\n", "from tensorflow import train\n"

needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="tensorflow is not installed"
)


def run(program, *args, cwd):
    """Runs a program, and returns what it prints."""
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, args)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=cwd,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_example(name, *args, cwd):
    return run((EXAMPLES / name).read_text(), *args, cwd=cwd)


def run_in_both_forms(name, *args, cwd):
    """Runs an example with cairn and with TensorFlow, and returns what both print."""
    text = (EXAMPLES / name).read_text()
    assert text.count(OURS) == 1
    ours = run(text, *args, cwd=cwd)
    assert ours == run(text.replace(OURS, THEIRS), *args, cwd=cwd)
    return ours


@pytest.fixture
def model(tmp_path):
    """Returns the path of a model with its optimizer."""
    rng = np.random.default_rng(1)
    values = {
        "fc/kernel": rng.standard_normal((4, 3), np.float32),
        "fc/bias": np.zeros(3, np.float32),
        "fc/kernel/Adam": np.ones((4, 3), np.float32),
        "fc/kernel/Adam_1": np.ones((4, 3), np.float32),
        "global_step": np.array(100, np.int64),
    }
    cairn.save(tmp_path / "model-100", values)
    return tmp_path / "model-100"


@needs_tensorflow
def test_list_variables(model, tmp_path):
    said = run_in_both_forms("list_variables.py", model, cwd=tmp_path)
    assert said.endswith("5 variables, 40 elements\n")


@needs_tensorflow
def test_compare_two(model, tmp_path):
    cairn.open(model).exclude("fc/bias").cast("float16", "fc/kernel").cast(
        "float32", "fc/kernel"
    ).save(tmp_path / "b")
    said = run_in_both_forms("compare_two.py", model, tmp_path / "b", cwd=tmp_path)
    assert "only in A: fc/bias" in said and "value: fc/kernel 0.0" in said


@needs_tensorflow
def test_extract_embeddings(model, tmp_path):
    said = run_in_both_forms("extract_embeddings.py", model, "fc/kernel", cwd=tmp_path)
    assert len(said.splitlines()) == 4


@needs_tensorflow
def test_inspect_saved_model(corpus, tmp_path):
    num_compared = 0
    for saved_model in sorted(corpus.rglob("saved_model.pb"))[:3]:
        if (saved_model.parent / "variables" / "variables.index").exists():
            assert run_in_both_forms("inspect_saved_model.py", saved_model.parent, cwd=tmp_path)
            num_compared += 1
    if num_compared == 0:
        pytest.skip("the corpus has no SavedModel with variables")


def test_rename_and_save(model, tmp_path):
    said = run_example("rename_and_save.py", model, tmp_path / "b", "fc/", "head/", cwd=tmp_path)
    assert "head/kernel  from fc/kernel" in said
    assert "head/kernel/Adam" in cairn.open(tmp_path / "b")


def test_average_last_five(tmp_path):
    for step in range(1, 8):
        cairn.save_chkpt_vars({"w": np.full(2, step, np.float32)}, tmp_path / f"run/model-{step}")
    said = run_example("average_last_five.py", tmp_path / "run", "average.npz", cwd=tmp_path)
    assert said.startswith(f"average of {tmp_path}/run/model-3 ")
    assert cairn.open(tmp_path / "average.npz")["w"].tolist() == [5, 5]


def test_strip_optimizer(model, tmp_path):
    said = run_example("strip_optimizer.py", model, "small.safetensors", cwd=tmp_path)
    assert "without fc/kernel/Adam because it is" in said
    small = cairn.open(tmp_path / "small.safetensors")
    assert sorted(small) == ["fc/bias", "fc/kernel", "global_step"]
    assert small.dtype("fc/kernel") == np.float16


def test_npz_zoo_to_safetensors(tmp_path):
    (tmp_path / "zoo").mkdir()
    for name in ("a", "b"):
        np.savez(tmp_path / "zoo" / f"{name}.npz", w=np.ones(3), b=np.zeros(2))
    said = run_example("npz_zoo_to_safetensors.py", "zoo", "out", cwd=tmp_path)
    assert said == "out/a.safetensors 2 tensors\nout/b.safetensors 2 tensors\n"


def test_tensorflow_to_torch(model, tmp_path):
    pytest.importorskip("torch")
    run_example("tensorflow_to_torch.py", model, "back", cwd=tmp_path)
    back, before = cairn.open(tmp_path / "back"), cairn.open(model)
    for name in ("fc/kernel", "fc/bias"):
        np.testing.assert_array_equal(back[name], before[name], strict=True)


@pytest.fixture
def conv(tmp_path):
    values = {"conv0/W": np.arange(24, dtype=np.float32).reshape(4, 6), "conv0/b": np.ones(6)}
    cairn.save(tmp_path / "model-1", values, alignment=64)
    return tmp_path / "model-1"


def test_first_steps(conv, tmp_path):
    said = run_example("first_steps.py", conv, cwd=tmp_path)
    assert "11.5 False\n(2, 6)\n" in said and "stem/W  from conv0/W" in said
    assert list(cairn.open(tmp_path / "out.safetensors")) == ["stem/W"]


def test_errors(conv, tmp_path):
    said = run_example("errors.py", conv, cwd=tmp_path)
    assert "did you mean 'conv0/W'" in said and "E_MISSING" in said and said.endswith("sound\n")


def test_safetensors_names(conv, tmp_path):
    said = run_example("safetensors_names.py", conv, cwd=tmp_path)
    assert said.startswith("this example\n[[ 2.  3.]")


def test_resume_a_loop(tmp_path):
    whole = run_example("resume_a_loop.py", "a", 40, cwd=tmp_path)
    run_example("resume_a_loop.py", "b", 20, cwd=tmp_path)
    rest = run_example("resume_a_loop.py", "b", 40, cwd=tmp_path)
    assert whole.startswith("from step 0 to 40") and rest.startswith("from step 20 to 40")
    assert whole.split("to 40")[1] == rest.split("to 40")[1]
    assert cairn.latest_checkpoint(tmp_path / "b") is not None
