"""Loads and saves arrays of numpy: the names of `safetensors.numpy`, for every format.

In short:

    from cairn.numpy import load_file, save_file
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy

from cairn import _cairn
from cairn._checkpoint.checkpoint import Checkpoint
from cairn._checkpoint.saving import save as save_checkpoint, tensors_of
from cairn._core.backend import is_mapped

__all__ = ["load", "load_file", "save", "save_file"]

Array = numpy.ndarray[Any, numpy.dtype[Any]]
Path = str | bytes | os.PathLike[str]


def save(tensor_dict: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> bytes:
    """Returns the content of a safetensors file with these arrays.

    Args:
      tensor_dict: the arrays by name.
      metadata: texts that are kept beside them.
    """
    return _cairn.save_content(tensors_of(tensor_dict, metadata), "content.safetensors")


def save_file(
    tensor_dict: Mapping[str, Array], filename: Path, metadata: Mapping[str, str] | None = None
) -> None:
    """Saves arrays as a checkpoint of the format that the name tells. A file is replaced in one
    step; a TensorFlow checkpoint, which is several files, is never replaced.

    Args:
      tensor_dict: the arrays by name.
      filename: a name that ends in .safetensors, .npz or .npy, or the prefix of a TensorFlow
        checkpoint.
      metadata: texts that are kept beside the arrays, where the format has a place for them.
    """
    save_checkpoint(filename, tensor_dict, overwrite=True, metadata=metadata)


def load(data: bytes) -> dict[str, Array]:
    """Returns the arrays of a checkpoint of one file, given its content."""
    return _cairn.load_arrays(_cairn.open_content(data))


def load_file(filename: Path | Checkpoint, *, backend: str = "mmap") -> dict[str, Array]:
    """Returns the arrays of a checkpoint of any format, verified.

    The arrays can be written to, and the file stays as it is.

    Args:
      filename: any path that `cairn.open` takes, or a checkpoint that is open, whose tensors are
        copied: `load_file(cairn.open(path).select("net/**").cast("float32"))`.
      backend: "mmap" lets arrays show the mapped file where that is possible; a page is copied when
        it is written to. The file must not be cut meanwhile. "pread" copies all values.
    """
    if isinstance(filename, Checkpoint):
        return _cairn.load_arrays(filename._tensors, True)
    return _cairn.load_arrays(_cairn.open_privately(filename, is_mapped(backend)))
