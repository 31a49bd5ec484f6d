"""Arrays of numpy as tensors of another framework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from cairn._core.errors import InvalidArgumentError
from cairn._core.torch_tensor import make_tensor

__all__ = ["find_converter"]

Array = numpy.ndarray[Any, numpy.dtype[Any]]
# Takes the name of a tensor, its dtype by our name, and a new array of its value.
Converter = Callable[[str, str, Array], Any]


def find_converter(framework: str, device: Any) -> Converter:
    """Returns what makes the tensors of a framework, by the names that safetensors has for them."""
    makers: dict[str, Callable[[Any], Converter]] = {
        "np": _to_numpy,
        "numpy": _to_numpy,
        "pt": _to_torch,
        "torch": _to_torch,
        "pytorch": _to_torch,
        "tf": _to_tensorflow,
        "tensorflow": _to_tensorflow,
        "flax": _to_jax,
        "jax": _to_jax,
    }
    if framework not in makers:
        raise InvalidArgumentError(
            f"framework {framework!r} is not known",
            reason="E_ARGUMENT",
            hint=f"use one of {', '.join(makers)}",
        )
    return makers[framework](device)


def _to_numpy(device: Any) -> Converter:
    return lambda name, dtype, array: array


def _to_torch(device: Any) -> Converter:
    def convert(name: str, dtype: str, array: Array) -> Any:
        whole = numpy.ascontiguousarray(array).reshape(-1)
        memory = whole if dtype == "string" else whole.view(numpy.uint8)
        tensor = make_tensor(name, dtype, array.shape, memory)
        return tensor if device == "cpu" else tensor.to(device)

    return convert


def _to_tensorflow(device: Any) -> Converter:
    import tensorflow

    return lambda name, dtype, array: tensorflow.convert_to_tensor(array)


def _to_jax(device: Any) -> Converter:
    import jax.numpy

    return lambda name, dtype, array: jax.numpy.asarray(array)
