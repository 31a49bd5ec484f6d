"""Changes to tensors in the words of the command line, which a recipe is made of."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, SupportsIndex

import numpy

from cairn import _cairn
from cairn._core.errors import InvalidArgumentError

__all__ = [
    "concat_text",
    "dtype_text",
    "pad_text",
    "place_text",
    "rename_texts",
    "shape_text",
    "slice_text",
    "texts",
]


def texts(value: str | Iterable[str]) -> list[str]:
    """Returns one text or several as a list."""
    return [value] if isinstance(value, str) else list(value)


def rename_texts(names: Mapping[str, str]) -> list[str]:
    """Returns "OLD=NEW" for each pair."""
    for old in names:
        if "=" in old:
            raise _mistake(f"{old!r} cannot be renamed, because it has a '='", "use substitute()")
    return [f"{old}={new}" for old, new in names.items()]


def dtype_text(dtype: Any, pattern: str | None = None) -> str:
    """Returns "bfloat16:PATTERN". A dtype is a name, or one of numpy or ml_dtypes."""
    name = dtype if isinstance(dtype, str) else _cairn.dtype_name(numpy.dtype(dtype))
    return f"{name}:{pattern}" if pattern is not None else name


def shape_text(pattern: str, numbers: Iterable[SupportsIndex]) -> str:
    """Returns "PATTERN=-1,10", for a shape or an order of axes."""
    return f"{pattern}={','.join(str(operator.index(number)) for number in numbers)}"


def slice_text(pattern: str, index: Any) -> str:
    """Returns "PATTERN=0:10,:,3" for what numpy takes as an index; a text stays as it is."""
    if isinstance(index, str):
        return f"{pattern}={index}"
    parts = index if isinstance(index, tuple) else (index,)
    return f"{pattern}={','.join(map(place_text, parts))}"


def place_text(part: Any) -> str:
    """Returns one part of an index as text, such as "3", "0:10" and "..." are."""
    if part is ...:
        return "..."
    if isinstance(part, slice):
        bounds = [part.start, part.stop] + ([part.step] if part.step is not None else [])
        return ":".join("" if bound is None else str(operator.index(bound)) for bound in bounds)
    return str(operator.index(part))


def pad_text(pattern: str, widths: Sequence[tuple[int, int]]) -> str:
    """Returns "PATTERN=0:2,1:1" for the zeros before and after each axis."""
    return f"{pattern}={','.join(f'{before}:{after}' for before, after in widths)}"


def concat_text(name: str, parts: Iterable[str], axis: int) -> str:
    """Returns "NAME=A,B,C@AXIS"."""
    listed = list(parts)
    for part in listed:
        if set(part) & set(",@="):
            raise _mistake(
                f"{part!r} cannot be joined or made, because it has one of ',', '@' and '='",
                "rename it first",
            )
    return f"{name}={','.join(listed)}@{axis}"


def _mistake(message: str, hint: str) -> InvalidArgumentError:
    return InvalidArgumentError(message, reason="E_ARGUMENT", hint=hint)
