"""Saves arrays, or the tensors of a checkpoint, as a new checkpoint."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from cairn import _cairn
from cairn._checkpoint.checkpoint import Checkpoint
from cairn._checkpoint.lazy import LazyTensor
from cairn._core import progress as progress_bar, values

__all__ = ["save", "tensors_of"]


def save(
    path: str | bytes | os.PathLike[str],
    tensors: Mapping[str, Any],
    *,
    format: str | None = None,
    overwrite: bool = False,
    compress: bool = False,
    alignment: int = 1,
    max_shard_nbytes: int = 0,
    share: Literal["reflink", "hard_link"] | None = None,
    metadata: Mapping[str, str] | None = None,
    durable: bool = True,
    progress: bool = False,
) -> _cairn.SaveReport:
    """Saves tensors by name as a new checkpoint, in one step: after an error there is none.

    Args:
      path: a name that ends in .npz, .npy or .safetensors, or the prefix of a TensorFlow checkpoint.
      tensors: arrays of numpy, torch, JAX or whatever has DLPack or the buffer protocol, numbers,
        texts, lazy tensors, or a whole `Checkpoint`. Arrays are not copied, unless they are not
        contiguous.
      format: "tf", "npz", "npy" or "safetensors", if the name of the path does not tell.
      overwrite: whether an existing file is replaced, in one step. A TensorFlow checkpoint, which
        is several files, is never replaced.
      compress: whether values are deflated, which only npz can.
      alignment: each tensor begins at a multiple of this many bytes (a power of two). With 64, all
        tensors of a TensorFlow checkpoint can be read as views.
      max_shard_nbytes: a new data file is begun where a tensor would make one longer than this.
        0 makes one file.
      share: makes files that share the bytes of the files in which values lie as they are, as a
        "reflink" (the same blocks of the disk) or a "hard_link" (the same file). Only TensorFlow
        checkpoints can.
      metadata: texts that are kept beside the tensors, where the format has a place for them.
      durable: whether the files are on stable storage when the function returns.
      progress: whether a progress bar is shown.

    Raises:
      AlreadyExistsError: there is something under that name.
      InvalidArgumentError: a value is not an array, or the format does not have an option.
      UnimplementedError: the format cannot hold one of the tensors.
      DiskFullError, UnavailableError: the files cannot be written.
    """
    with progress_bar.of(f"save {os.fsdecode(path)}", progress) as advance:
        return _cairn.save(
            tensors_of(tensors, metadata),
            path,
            format,
            overwrite,
            compress,
            alignment,
            max_shard_nbytes,
            share,
            durable,
            advance,
        )


def tensors_of(
    tensors: Mapping[str, Any], metadata: Mapping[str, str] | None = None
) -> _cairn.Tensors:
    """Returns the values of a mapping as tensors, without a copy."""
    if isinstance(tensors, Checkpoint) and metadata is None:
        return tensors._tensors
    items = [_item(name, value) for name, value in _lazily(tensors).items()]
    return _cairn.tensors_of_values(items, dict(metadata or {}))


def _lazily(tensors: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(tensors, Checkpoint):
        return {name: tensors.lazy(name) for name in tensors}
    return tensors


def _item(name: str, value: Any) -> tuple[Any, ...]:
    if isinstance(value, LazyTensor):
        return name, value._tensors, value.name
    return values.describe(name, value)
