"""Tensors of torch are saved through DLPack, without a copy."""

import numpy as np
import pytest

import cairn

torch = pytest.importorskip("torch")
ml_dtypes = pytest.importorskip("ml_dtypes")


@pytest.mark.parametrize(
    "value, expected",
    [
        (lambda: torch.arange(6.0).reshape(2, 3), np.arange(6, dtype=np.float32).reshape(2, 3)),
        (lambda: torch.arange(6).reshape(2, 3).t(), np.arange(6).reshape(2, 3).T),
        (lambda: torch.arange(10)[::2], np.arange(10)[::2]),
        (lambda: torch.ones(3, dtype=torch.bfloat16), np.ones(3, ml_dtypes.bfloat16)),
        (lambda: torch.ones(3, dtype=torch.float16), np.ones(3, np.float16)),
        (lambda: torch.tensor([True, False]), np.array([True, False])),
        (lambda: torch.nn.Parameter(torch.ones(2)), np.ones(2, np.float32)),
        (lambda: torch.tensor([1 + 2j]).conj(), np.array([1 - 2j], np.complex64)),
        (lambda: torch.tensor(3), np.array(3)),
        (lambda: torch.zeros(0, 3), np.zeros((0, 3), np.float32)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_tensor_is_saved(tmp_path, value, expected):
    cairn.save(tmp_path / "m", {"x": value()})
    np.testing.assert_array_equal(cairn.open(tmp_path / "m")["x"], expected, strict=True)


def test_the_memory_of_a_tensor_is_what_is_saved():
    tensor = torch.ones(3)
    _, _, memory = cairn._cairn.describe_dlpack(tensor)
    tensor[0] = 5
    assert np.frombuffer(memory, np.float32).tolist() == [5, 1, 1]
