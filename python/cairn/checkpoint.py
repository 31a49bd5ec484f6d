"""An open checkpoint as a mapping from names to arrays."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy

from cairn import _cairn, listing

__all__ = ["Checkpoint", "open"]

Array = numpy.ndarray[Any, numpy.dtype[Any]]
Path = str | bytes | os.PathLike[str]


class Checkpoint(Mapping[str, Array]):
    """A checkpoint of any format: a mapping from the names of tensors to arrays.

    `ckpt[name]` is a read-only view of the mapped file where the file allows it, otherwise a new
    array. A view stays valid as long as it exists, also after `del ckpt`. Its checksum is compared
    when the tensor is read for the first time.

    Safe to use from several threads at once. It can be pickled if it was opened from a path, and is
    opened again from that path.
    """

    def __init__(self, tensors: _cairn.Tensors, source: _Source | None = None) -> None:
        self._tensors = tensors
        self._source = source

    def __getitem__(self, name: str) -> Array:
        return self._tensors.read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors.names())

    def __len__(self) -> int:
        return len(self._tensors)

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    @property
    def path(self) -> str | None:
        """The path of the checkpoint, or None if it does not lie in files."""
        return self._source.path if self._source else None

    @property
    def format(self) -> str | None:
        """The format of the files, such as "tf-v2", or None if it does not lie in files."""
        return self._source.format if self._source else None

    def dtype(self, name: str) -> numpy.dtype[Any]:
        """Returns the dtype of the array of a tensor, without reading it."""
        return self._tensors.dtype(name)

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor, without reading it."""
        return self._tensors.shape(name)

    def nbytes(self, name: str) -> int:
        """Returns the size of a tensor in bytes, without reading it."""
        return self._tensors.nbytes(name)

    def __repr__(self) -> str:
        return listing.text(self)

    def _repr_html_(self) -> str:
        return listing.html(self)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._source is None:
            raise TypeError("a checkpoint that was made of others cannot be pickled: save it first")
        return open, (self._source.given, self._source.mmap)


class _Source:
    """The files that a checkpoint was opened from."""

    def __init__(self, given: str | bytes, mmap: bool, opened: _cairn.Opened) -> None:
        self.given = given
        self.mmap = mmap
        self.path = opened.path
        self.format = opened.format


def open(path: Path, mmap: bool = True) -> Checkpoint:
    """Opens a checkpoint of any format. Only metadata is read.

    Args:
      path: a prefix ("run/model-100"), any file of a checkpoint, or the directory of a run.
      mmap: whether files are mapped, so that arrays can be views of them. A mapped file must not be
        cut while it is used: the process would end. With `mmap=False` values are copied, and a file
        that was cut is an error.

    Raises:
      MissingFileError: there is no checkpoint; the hint shows what is there instead.
      DataLossError: the metadata is damaged.
      UnimplementedError: the format is known, and is not read.
    """
    opened = _cairn.open(path, mmap)
    return Checkpoint(opened.tensors, _Source(os.path.abspath(os.fspath(path)), mmap, opened))
