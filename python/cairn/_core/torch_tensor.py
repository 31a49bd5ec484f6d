"""Tensors of torch that show memory of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cairn._core.errors import InvalidArgumentError, UnimplementedError

if TYPE_CHECKING:
    import torch

__all__ = ["make_tensor"]

# The dtypes that have one name in torch and here.
_DTYPES = frozenset(
    "float16 float32 float64 bfloat16 bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "complex64 complex128 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz "
    "float8_e8m0fnu".split()
)


def make_tensor(name: str, dtype: str, shape: tuple[int, ...], memory: Any) -> torch.Tensor:
    """Returns a tensor that shows `memory`, which can be written to, and keeps it alive."""
    import torch

    torch_dtype = _dtype_of(name, dtype)
    if 0 in shape:
        return torch.empty(shape, dtype=torch_dtype)
    return torch.frombuffer(memory, dtype=torch_dtype).reshape(shape)


def _dtype_of(name: str, dtype: str) -> torch.dtype:
    import torch

    if dtype == "string":
        raise InvalidArgumentError(
            f"tensor {name!r}: torch has no tensors of strings",
            reason="E_ARGUMENT",
            tensor=name,
            hint=f"leave it out: load_file(cairn.open(path).exclude({name!r}))",
        )
    found = getattr(torch, dtype, None) if dtype in _DTYPES else None
    if found is None:
        raise UnimplementedError(
            f"tensor {name!r}: torch {torch.__version__} has no dtype {dtype}",
            reason="E_UNSUPPORTED",
            tensor=name,
            hint="cast it: load_file(cairn.open(path).cast(...))",
        )
    return found
