"""The functions of TensorFlow and tensorpack that read checkpoints, without TensorFlow.

They take checkpoints of every format, and return what `tf.train` and tensorpack return.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy

from cairn import _cairn
from cairn._cairn import CheckpointReader
from cairn._checkpoint.saving import tensors_of

__all__ = [
    "CheckpointReader",
    "get_all_checkpoints",
    "get_checkpoint_path",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_chkpt_vars",
    "load_variable",
    "save_chkpt_vars",
]

Path = str | bytes | os.PathLike[str]


def load_checkpoint(ckpt_dir_or_file: Path) -> CheckpointReader:
    """Opens a checkpoint as `tf.train.load_checkpoint` does.

    The dtypes of `get_variable_to_dtype_map` are numpy's. `get_tensor` returns new arrays.
    """
    return _cairn.open_reader(ckpt_dir_or_file)


def load_variable(ckpt_dir_or_file: Path, name: str) -> Any:
    """Returns the value of one variable, as `tf.train.load_variable` does."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file: Path) -> list[tuple[str, list[int]]]:
    """Returns the name and shape of each variable, by name, as `tf.train.list_variables` does."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def latest_checkpoint(checkpoint_dir: Path, latest_filename: str | None = None) -> str | None:
    """Returns the prefix that the state file of a directory calls newest, or None."""
    return _cairn.latest_checkpoint(checkpoint_dir, latest_filename or "checkpoint")


def load_chkpt_vars(path: Path) -> dict[str, numpy.ndarray[Any, Any]]:
    """Returns all variables of a checkpoint as new arrays, verified.

    From an npz file, names go without ":0".
    """
    return _cairn.load_chkpt_vars(path)


def save_chkpt_vars(dic: Mapping[str, Any], path: Path, *, overwrite: bool = False) -> None:
    """Saves variables: as a compressed archive if the path ends in .npz, names as given; otherwise
    as a checkpoint, names without ":0".
    """
    _cairn.save_chkpt_vars(tensors_of(dic), path, overwrite)


def get_checkpoint_path(path: Path) -> str:
    """Returns the prefix that a path names: a prefix, a member file, a state file or a directory.

    What the path was taken for is a warning in the log "cairn", if it is not the prefix itself.
    """
    prefix, note = _cairn.get_checkpoint_path(path)
    if note:
        import logging  # takes milliseconds, which `import cairn` shall not

        logging.getLogger("cairn").warning(note)
    return prefix


def get_all_checkpoints(dir: Path, prefix: str = "model") -> list[tuple[str, int]]:
    """Returns (prefix, step) of each checkpoint of a directory, in order of the step."""
    return _cairn.get_all_checkpoints(dir, prefix)
