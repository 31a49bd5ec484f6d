"""Reads, saves, verifies and restores model checkpoints without TensorFlow.

    import cairn

    ckpt = cairn.open("train_log/model-1000")   # any path and format that the program takes
    ckpt["conv0/W"]                             # an array of numpy
"""

from __future__ import annotations

from cairn._cairn import __version__
from cairn.checkpoint import Checkpoint, open
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
    UnavailableError,
    UnimplementedError,
)

__all__ = [
    "AlreadyExistsError",
    "CancelledError",
    "Checkpoint",
    "DataLossError",
    "DiskFullError",
    "Error",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "LimitError",
    "LockedError",
    "MissingFileError",
    "MissingTensorError",
    "NotFoundError",
    "OutOfMemoryError",
    "ReadOnlyError",
    "ResourceExhaustedError",
    "UnavailableError",
    "UnimplementedError",
    "__version__",
    "open",
]
