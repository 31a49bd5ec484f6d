"""What `cairn.save` takes as the value of a tensor: arrays, numbers and texts."""

from __future__ import annotations

import sys
from typing import Any

import numpy

from cairn import _cairn
from cairn._core.errors import InvalidArgumentError

__all__ = ["describe"]

# Kinds of numpy's dtypes whose elements are text or objects.
_TEXT_KINDS = "SUOT"


def describe(name: str | bytes, value: Any) -> tuple[Any, ...]:
    """Returns (name, dtype, shape, data), which `_cairn.tensors_of_values` takes.

    `data` shows the memory of the value where that is contiguous, and is a copy otherwise.
    """
    array = value
    if not isinstance(value, numpy.ndarray):
        known = _describe_foreign(value)
        if known is not None:
            return (name, *known)
        array = _as_array(name, value)
    if array.dtype.kind in _TEXT_KINDS:
        return (
            name,
            "string",
            array.shape,
            [_as_bytes(name, text) for text in array.ravel().tolist()],
        )
    dtype = _dtype_name(name, array.dtype)
    array = numpy.asarray(array, order="C")
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    # Types that numpy does not have, such as bfloat16, are not known to the buffer protocol.
    return name, dtype, array.shape, array.reshape(-1).view(numpy.uint8)


def _describe_foreign(value: Any) -> tuple[Any, ...] | None:
    """Describes an array that has DLPack, such as torch's and JAX's; None for other values."""
    if not hasattr(value, "__dlpack__"):
        return None
    if _is_torch(value):
        return _describe_torch(value)
    try:
        return _cairn.describe_dlpack(value)
    except (BufferError, TypeError, RuntimeError):
        return None  # an array on another device: numpy asks it for a copy


def _is_torch(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _describe_torch(value: Any) -> tuple[Any, ...] | None:
    # A tensor that needs a gradient, or is the conjugate of another, does not show its memory.
    value = value.detach().cpu().resolve_conj().resolve_neg().contiguous()
    dtype = str(value.dtype).removeprefix("torch.")
    if dtype == "bool" or dtype.startswith("float8"):
        # Older versions of torch have no DLPack of these types, whose elements are bytes.
        known = _cairn.describe_dlpack(value.view(sys.modules["torch"].uint8))
        return known and (dtype, *known[1:])
    return _cairn.describe_dlpack(value)


def _as_array(name: str | bytes, value: Any) -> numpy.ndarray[Any, Any]:
    if isinstance(value, (str, bytes)):
        # An array of numpy would drop the zero bytes at the end.
        array = numpy.empty((), dtype=object)
        array[()] = value
        return array
    if isinstance(value, (bytearray, memoryview)):
        return numpy.asarray(memoryview(value))
    try:
        return numpy.asarray(value)
    except (TypeError, ValueError) as error:
        raise _not_a_value(name, value, str(error)) from error


def _as_bytes(name: str | bytes, text: Any) -> bytes:
    if isinstance(text, bytes):
        return text
    if isinstance(text, str):
        return text.encode("utf-8", "surrogateescape")
    raise _not_a_value(name, text, "an array of objects may hold str and bytes alone")


def _dtype_name(name: str | bytes, dtype: numpy.dtype[Any]) -> str:
    try:
        return _cairn.dtype_name(dtype)
    except InvalidArgumentError as error:
        shown = name if isinstance(name, str) else name.decode("utf-8", "backslashreplace")
        raise InvalidArgumentError(
            f"tensor {shown!r}: {error.args[0]}", reason=error.reason, tensor=shown, hint=error.hint
        ) from None


def _not_a_value(name: str | bytes, value: Any, why: str) -> InvalidArgumentError:
    shown = name if isinstance(name, str) else name.decode("utf-8", "backslashreplace")
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    return InvalidArgumentError(
        f"tensor {shown!r}: a value of type {kind} is not an array: {why}",
        reason="E_ARGUMENT",
        tensor=shown,
        hint="convert it with numpy.asarray, and leave out what is not numbers or text",
    )
