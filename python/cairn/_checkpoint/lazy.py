"""A tensor of which parts are read when they are asked for."""

from __future__ import annotations

import operator
from types import EllipsisType
from typing import Any, SupportsIndex

import numpy

from cairn import _cairn
from cairn._core import progress

__all__ = ["LazyTensor"]

_OneIndex = SupportsIndex | slice | EllipsisType | None
Index = _OneIndex | tuple[_OneIndex, ...]


class LazyTensor:
    """A tensor that is not read: `lazy[1000:1010]` reads that part into a new array.

    An index means what it means for an array of numpy: integers, slices with any step, `...` and
    `None`. Arrays of integers or of booleans are not taken.

    A checksum covers a whole stored value, so a part of a value that lies in a file as it is cannot
    be checked by itself. `verify=True` of `Checkpoint.lazy` reads and checks all that is needed.
    """

    def __init__(
        self, tensors: _cairn.Tensors, name: str, verify: bool, shows_progress: bool
    ) -> None:
        self._tensors = tensors
        self._verify = verify
        self._shows_progress = shows_progress
        self.name = name
        self.dtype: numpy.dtype[Any] = tensors.dtype(name)
        self.shape: tuple[int, ...] = tensors.shape(name)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        size = 1
        for dim in self.shape:
            size *= dim
        return size

    @property
    def nbytes(self) -> int:
        """The size of the stored value in bytes."""
        return self._tensors.nbytes(self.name)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a tensor without axes")
        return self.shape[0]

    def __getitem__(self, index: Index) -> Any:
        text, after = _plan(index, self.shape)
        with progress.of(f"read {self.name}", self._shows_progress) as advance:
            part = _cairn.read_part(self._tensors, self.name, text, self._verify, advance)
        return part[after]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> numpy.ndarray[Any, Any]:
        if copy is False:
            raise ValueError("a lazy tensor has no memory: reading it makes a copy")
        whole = self._tensors.read(self.name)
        if dtype is not None and whole.dtype != dtype:
            return whole.astype(dtype)
        return whole.copy() if copy else whole

    def __repr__(self) -> str:
        return f"<cairn.LazyTensor {self.name!r}: {self.dtype}, shape {self.shape}>"


def _plan(index: Index, shape: tuple[int, ...]) -> tuple[str, tuple[Any, ...]]:
    """Returns what is read, as text, and the index of numpy that makes the answer of that.

    What is read keeps every axis. Elements are read in their order; a negative step turns them
    afterwards.
    """
    read: list[str] = []
    after: list[Any] = []
    for part in _expanded(index, len(shape)):
        if part is None:
            after.append(None)
            continue
        axis = len(read)
        if isinstance(part, slice):
            text, turn = _stretch(part, shape[axis])
            after.append(turn)
        else:
            text = _place(part, axis, shape[axis])
            after.append(0)
        read.append(text)
    # numpy returns a scalar for a place in every axis, and an array where `...` is given.
    is_scalar = all(isinstance(part, int) for part in after) and not _has_ellipsis(index)
    return ",".join(read), tuple(after) if is_scalar else (*after, ...)


def _has_ellipsis(index: Index) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return any(part is ... for part in parts)


def _expanded(index: Index, rank: int) -> list[Any]:
    """Returns a place or a stretch for each axis, and None for each new axis."""
    parts = list(index) if isinstance(index, tuple) else [index]
    num_ellipses = sum(part is ... for part in parts)
    if num_ellipses > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    num_named = sum(part is not None and part is not ... for part in parts)
    if num_named > rank:
        raise IndexError(
            f"too many indices: the tensor has {rank} axes, but {num_named} were indexed"
        )
    if num_ellipses == 0:
        parts.append(...)
    at = next(i for i, part in enumerate(parts) if part is ...)
    parts[at : at + 1] = [slice(None)] * (rank - num_named)
    return parts


def _place(part: Any, axis: int, size: int) -> str:
    if isinstance(part, (bool, numpy.bool_)):
        raise TypeError(_NOT_TAKEN)
    try:
        place = operator.index(part)
    except TypeError:
        raise TypeError(_NOT_TAKEN) from None
    if not -size <= place < size:
        raise IndexError(f"index {place} is out of bounds for axis {axis} with size {size}")
    place %= size
    return f"{place}:{place + 1}"


_NOT_TAKEN = (
    "an index of a lazy tensor is made of integers, slices, '...' and None: "
    "for others read the whole tensor, as in ckpt[name][index]"
)


def _stretch(part: slice, size: int) -> tuple[str, slice]:
    places = range(*part.indices(size))
    if not places:
        return "0:0", slice(None)
    if places.step > 0:
        return f"{places[0]}:{places[-1] + 1}:{places.step}", slice(None)
    return f"{places[-1]}:{places[0] + 1}:{-places.step}", slice(None, None, -1)
