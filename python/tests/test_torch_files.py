"""The functions of safetensors.torch, as its documentation describes them, for every format."""

import numpy as np
import pytest

import cairn

torch = pytest.importorskip("torch")

from cairn.torch import load, load_file, load_model, save, save_file, save_model  # noqa: E402

DTYPES = [
    name
    for name in "float16 float32 float64 bfloat16 bool int8 int16 int32 int64 uint8 uint16 "
    "complex64 float8_e4m3fn float8_e5m2".split()
    if hasattr(torch, name)
]


def tensors():
    return {
        "a": torch.arange(12, dtype=torch.float32).reshape(3, 4),
        "b": torch.tensor(3),
        "c": torch.zeros((0, 2), dtype=torch.float16),
        "d": torch.tensor([True, False, True]),
        "e": torch.tensor([1.5, -2.0]).to(torch.bfloat16),
    }


def assert_same(loaded, expected=None):
    expected = expected or tensors()
    assert loaded.keys() == expected.keys()
    for name, value in expected.items():
        assert loaded[name].dtype == value.dtype and loaded[name].shape == value.shape, name
        assert torch.equal(loaded[name], value), name


@pytest.mark.parametrize("backend", ["mmap", "pread"])
def test_tensors_survive(new_path, backend):
    saved = tensors()
    if new_path.suffix == ".npz":
        del saved["e"]  # numpy has no bfloat16
    save_file(saved, new_path)
    assert_same(load_file(new_path, backend=backend), saved)
    assert_same(load_file(new_path, device=torch.device("cpu")), saved)


@pytest.mark.parametrize("name", DTYPES)
def test_a_dtype_survives(tmp_path, name):
    value = torch.tensor([0.0, 1.0, 3.0]).to(getattr(torch, name))
    for path in (tmp_path / "m.safetensors", tmp_path / "m"):
        save_file({"x": value}, path)
        loaded = load_file(path)["x"]
        assert loaded.dtype == value.dtype
        assert bytes(loaded.view(torch.uint8).tolist()) == bytes(value.view(torch.uint8).tolist())


def test_safetensors_loads_what_is_saved(tmp_path):
    theirs = pytest.importorskip("safetensors")
    save_file(tensors(), tmp_path / "m.safetensors", {"who": "us"})
    with theirs.safe_open(tmp_path / "m.safetensors", framework="np") as f:
        assert f.metadata()["who"] == "us"
        assert f.get_tensor("a").tolist() == tensors()["a"].tolist()


def test_content_in_memory(tmp_path):
    content = save(tensors(), metadata={"who": "us"})
    assert isinstance(content, bytes)
    assert_same(load(content))


@pytest.mark.parametrize("backend", ["mmap", "pread"])
def test_loaded_tensors_are_written_to_and_the_file_stays(tmp_path, backend):
    save_file(tensors(), tmp_path / "m.safetensors")
    loaded = load_file(tmp_path / "m.safetensors", backend=backend)
    for tensor in loaded.values():
        tensor.zero_()
    assert_same(load_file(tmp_path / "m.safetensors"))


def test_loaded_tensors_outlive_the_file(tmp_path):
    save_file(tensors(), tmp_path / "m.safetensors")
    loaded = load_file(tmp_path / "m.safetensors")
    (tmp_path / "m.safetensors").unlink()
    assert_same(loaded)


def test_damage_is_found(tmp_path):
    save_file({"x": torch.ones(1000)}, tmp_path / "m.safetensors")
    content = bytearray((tmp_path / "m.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "m.safetensors").write_bytes(content)
    with pytest.raises(cairn.DataLossError):
        load_file(tmp_path / "m.safetensors")


def test_tensors_that_share_memory_are_refused(tmp_path):
    whole = torch.zeros(10)
    for shared in ({"a": whole, "b": whole}, {"a": whole[:6], "b": whole[5:]}):
        with pytest.raises(RuntimeError, match="tensors 'a', 'b' share memory"):
            save_file(shared, tmp_path / "m.safetensors")
    save_file({"a": whole[:5], "b": whole[5:]}, tmp_path / "m.safetensors")
    assert load_file(tmp_path / "m.safetensors").keys() == {"a", "b"}


def test_other_tensors_are_refused(tmp_path):
    with pytest.raises(ValueError, match="not contiguous"):
        save_file({"a": torch.zeros(2, 3).t()}, tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match="sparse"):
        save_file({"a": torch.zeros(2, 3).to_sparse()}, tmp_path / "m.safetensors")
    assert list(tmp_path.iterdir()) == []


class Tied(torch.nn.Module):
    """A module of which two parameters are one."""

    def __init__(self):
        super().__init__()
        self.one = torch.nn.Linear(3, 3, bias=False)
        self.two = torch.nn.Linear(3, 3, bias=False)
        self.two.weight = self.one.weight
        self.bias = torch.nn.Parameter(torch.zeros(3))


@pytest.mark.parametrize("name", ["m.safetensors", "m.npz", "m"])
def test_a_model_with_ties_survives(tmp_path, name):
    model = Tied()
    save_model(model, tmp_path / name)
    assert len(cairn.open(tmp_path / name)) == 2
    again = Tied()
    assert load_model(again, tmp_path / name) == ([], [])
    assert torch.equal(again.two.weight, model.one.weight)
    assert again.two.weight is again.one.weight


def test_safetensors_loads_a_model_with_ties(tmp_path):
    save_model(Tied(), tmp_path / "m.safetensors")
    metadata = cairn.open(tmp_path / "m.safetensors").metadata
    assert metadata["two.weight"] == "one.weight"


def test_a_model_that_is_not_contiguous_is_saved_as_if_it_were(tmp_path):
    model = torch.nn.Linear(3, 2)
    model.weight = torch.nn.Parameter(torch.arange(6.0).reshape(3, 2).t())
    with pytest.raises(ValueError):
        save_model(model, tmp_path / "m.safetensors", force_contiguous=False)
    save_model(model, tmp_path / "m.safetensors")
    assert torch.equal(load_file(tmp_path / "m.safetensors")["weight"], model.weight)


def test_names_that_do_not_match_are_an_error_or_told(tmp_path):
    save_file({"weight": torch.ones(2, 3), "other": torch.ones(1)}, tmp_path / "m.safetensors")
    model = torch.nn.Linear(3, 2)
    with pytest.raises(RuntimeError) as caught:
        load_model(model, tmp_path / "m.safetensors")
    assert 'Missing key(s) in state_dict: "bias"' in str(caught.value)
    assert 'Unexpected key(s) in state_dict: "other"' in str(caught.value)
    assert load_model(model, tmp_path / "m.safetensors", strict=False) == (["bias"], ["other"])
    assert model.weight.sum() == 6


def test_safe_open_makes_tensors_of_torch(tmp_path):
    save_file(tensors(), tmp_path / "m.safetensors")
    with cairn.safe_open(tmp_path / "m.safetensors", framework="pt", device="cpu") as f:
        assert_same(f.get_tensors())
        assert torch.equal(f.get_slice("a")[1:, ::2], tensors()["a"][1:, ::2])
        assert f.get_slice("e")[0] == 1.5 and f.get_slice("e").get_dtype() == "BF16"


def test_strings_are_refused_and_the_object_graph_is_left_out(tmp_path, corpus):
    cairn.save(tmp_path / "m", {"names": ["a"], "w": np.ones(2, np.float32)})
    with pytest.raises(cairn.InvalidArgumentError, match="tensor 'names': torch has no tensors"):
        load_file(tmp_path / "m")
    assert load_file(cairn.open(tmp_path / "m").exclude("names")).keys() == {"w"}
    loaded = load_file(corpus / "sonnet/mlp_3x4x5_1x3/checkpoint-1")
    assert loaded and "_CHECKPOINTABLE_OBJECT_GRAPH" not in loaded


def test_a_dtype_that_torch_does_not_have_is_named(tmp_path):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    cairn.save(tmp_path / "m", {"x": np.ones(2).astype(ml_dtypes.int4)})
    with pytest.raises(cairn.UnimplementedError, match="tensor 'x': torch .* has no dtype int4"):
        load_file(tmp_path / "m")


def test_cairn_saves_tensors_of_torch(tmp_path):
    parameter = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
    cairn.save(tmp_path / "m", {"p": parameter, "t": parameter.t(), "z": torch.tensor(True)})
    ckpt = cairn.open(tmp_path / "m")
    assert ckpt["p"].tolist() == parameter.tolist() and ckpt["t"].tolist() == parameter.t().tolist()
    assert ckpt["z"].dtype == bool and ckpt["z"]
