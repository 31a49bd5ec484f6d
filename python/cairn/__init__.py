"""Reads, saves, verifies and restores model checkpoints without TensorFlow.

In short:

    import cairn

    ckpt = cairn.open("train_log/model-1000")   # any path and format that the program takes
    ckpt["conv0/W"]                             # an array of numpy
"""

from cairn._cairn import SaveReport, version as __version__
from cairn._checkpoint.checkpoint import Checkpoint, open
from cairn._checkpoint.comparing import Diff, diff
from cairn._checkpoint.compat import (
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
from cairn._checkpoint.info import CheckpointInfo
from cairn._checkpoint.judging import RepairReport, VerifyReport, repair, verify
from cairn._checkpoint.lazy import LazyTensor
from cairn._checkpoint.safetensors_file import safe_open
from cairn._checkpoint.saving import save
from cairn._checkpoint.statistics_of import Stats, stats
from cairn._checkpoint.tree import Tree
from cairn._core.errors import (
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
from cairn._making.change_plan import ChangePlan, ChangeReport
from cairn._making.making import add, average, convert, merge, prune, subtract
from cairn._restore.model_loader import (
    ChainInit,
    DictRestore,
    JustCurrentSession,
    SaverRestore,
    SaverRestoreRelaxed,
    SessionInit,
    SmartInit,
    get_model_loader,
)
from cairn._restore.restore_plan import Plan, PlanItem, plan
from cairn._train.best_saver import MaxSaver, MinSaver
from cairn._train.logger_dir import LoggerDir, auto_set_dir
from cairn._train.model_saver import ModelSaver, SavedCheckpoint, Start, auto_resume
from cairn._train.stop_signals import EXIT_TRY_AGAIN, Stopped, StopSignals

__all__ = [
    "AlreadyExistsError",
    "CancelledError",
    "ChainInit",
    "ChangePlan",
    "ChangeReport",
    "Checkpoint",
    "CheckpointInfo",
    "CheckpointReader",
    "DataLossError",
    "DictRestore",
    "Diff",
    "DiskFullError",
    "EXIT_TRY_AGAIN",
    "Error",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "JustCurrentSession",
    "LazyTensor",
    "LimitError",
    "LockedError",
    "LoggerDir",
    "MaxSaver",
    "MinSaver",
    "MissingFileError",
    "MissingTensorError",
    "ModelSaver",
    "NotFoundError",
    "OutOfMemoryError",
    "Plan",
    "PlanItem",
    "ReadOnlyError",
    "RepairReport",
    "ResourceExhaustedError",
    "SaveReport",
    "SavedCheckpoint",
    "SaverRestore",
    "SaverRestoreRelaxed",
    "SessionInit",
    "SmartInit",
    "Start",
    "Stats",
    "StopSignals",
    "Stopped",
    "SystemCallError",
    "Tree",
    "UnavailableError",
    "UnimplementedError",
    "VerifyReport",
    "add",
    "auto_resume",
    "auto_set_dir",
    "average",
    "convert",
    "diff",
    "get_all_checkpoints",
    "get_checkpoint_path",
    "get_model_loader",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_chkpt_vars",
    "load_variable",
    "merge",
    "open",
    "plan",
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


def _hide_rooms() -> None:
    """Tracebacks, help and pickles shall name what users import, not the file that it is in."""
    for name in __all__:
        if getattr(globals()[name], "__module__", "").startswith("cairn._"):
            globals()[name].__module__ = "cairn"


_hide_rooms()
