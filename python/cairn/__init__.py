"""Reads, saves, verifies and restores model checkpoints without TensorFlow.

    import cairn

    ckpt = cairn.open("train_log/model-1000")   # any path and format that the program takes
    ckpt["conv0/W"]                             # an array of numpy
"""

from __future__ import annotations

from cairn._cairn import SaveReport, version as __version__
from cairn.change_plan import ChangePlan, ChangeReport
from cairn.checkpoint import Checkpoint, open
from cairn.comparing import Diff, diff
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
from cairn.judging import RepairReport, VerifyReport, repair, verify
from cairn.lazy import LazyTensor
from cairn.making import add, average, convert, merge, prune, subtract
from cairn.safetensors_file import safe_open
from cairn.saving import save
from cairn.statistics_of import Stats, stats

__all__ = [
    "AlreadyExistsError",
    "CancelledError",
    "ChangePlan",
    "ChangeReport",
    "Checkpoint",
    "CheckpointReader",
    "DataLossError",
    "Diff",
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
    "RepairReport",
    "ResourceExhaustedError",
    "SaveReport",
    "Stats",
    "SystemCallError",
    "UnavailableError",
    "UnimplementedError",
    "VerifyReport",
    "add",
    "average",
    "convert",
    "diff",
    "get_all_checkpoints",
    "get_checkpoint_path",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_chkpt_vars",
    "load_variable",
    "merge",
    "open",
    "prune",
    "repair",
    "safe_open",
    "save",
    "save_chkpt_vars",
    "stats",
    "subtract",
    "verify",
    "__version__",
]
