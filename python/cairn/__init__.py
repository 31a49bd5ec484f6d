"""Reads, saves, verifies and restores model checkpoints without TensorFlow.

    import cairn

    ckpt = cairn.open("train_log/model-1000")   # any path and format that the program takes
    ckpt["conv0/W"]                             # an array of numpy
"""

from __future__ import annotations

from cairn._cairn import SaveReport, version as __version__
from cairn.checkpoint import Checkpoint, open
from cairn.compat import (
    CheckpointReader,
    get_all_checkpoints,
    get_checkpoint_path,
    latest_checkpoint,
    list_variables,
    load_checkpoint,
    load_chkpt_vars,
    load_variable,
    save_chkpt_vars,
)
from cairn.errors import (
    AlreadyExistsError,
    CancelledError,
    DataLossError,
    DiskFullError,
    Error,
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    LimitError,
    LockedError,
    MissingFileError,
    MissingTensorError,
    NotFoundError,
    OutOfMemoryError,
    ReadOnlyError,
    ResourceExhaustedError,
    SystemCallError,
    UnavailableError,
    UnimplementedError,
)
from cairn.info import CheckpointInfo
from cairn.lazy import LazyTensor
from cairn.saving import save
from cairn.tree import Tree

__all__ = [
    "AlreadyExistsError",
    "CancelledError",
    "Checkpoint",
    "CheckpointInfo",
    "CheckpointReader",
    "DataLossError",
    "DiskFullError",
    "Error",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "LazyTensor",
    "LimitError",
    "LockedError",
    "MissingFileError",
    "MissingTensorError",
    "NotFoundError",
    "OutOfMemoryError",
    "ReadOnlyError",
    "ResourceExhaustedError",
    "SaveReport",
    "SystemCallError",
    "Tree",
    "UnavailableError",
    "UnimplementedError",
    "get_all_checkpoints",
    "get_checkpoint_path",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_chkpt_vars",
    "load_variable",
    "open",
    "save",
    "save_chkpt_vars",
    "__version__",
]
