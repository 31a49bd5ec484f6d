"""Loaders: from which sources a model gets its values, and by which rules, under tensorpack's names."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cairn import _cairn
from cairn._checkpoint import checkpoint, saving
from cairn._restore.restore_plan import Plan, plan_of

__all__ = [
    "ChainInit",
    "DictRestore",
    "JustCurrentSession",
    "SaverRestore",
    "SaverRestoreRelaxed",
    "SessionInit",
    "SmartInit",
    "get_model_loader",
]

Path = str | bytes | os.PathLike[str]


class SessionInit:
    """Gives a model its values: a dict of arrays, a torch.nn.Module, a Keras model, a pytree of JAX, or
    a live tf.compat.v1.Session."""

    _loader: _cairn.SessionInit

    def plan(self, model: Any) -> Plan:
        """Returns what `init` would do. Nothing is read and nothing changes."""
        return plan_of(model, self._loader)

    def init(self, model: Any) -> Plan:
        """Gives the model its values, and warns of names and values that do not agree.

        Returns:
          the plan that was applied; `.model` of it is the model.

        Raises:
          InvalidArgumentError: names or values do not agree in a way that the rules do not allow.
          DataLossError: a value is damaged. The model is unchanged then.
        """
        plan = self.plan(model)
        for line in plan.warnings:
            warnings.warn(line, stacklevel=2)
        plan.apply()
        return plan


class SaverRestore(SessionInit):
    """Restores from a checkpoint. Variables that it does not have keep their values.

    Args:
      path: any path that `cairn.open` takes.
      prefix: variables whose names begin with `prefix/` are looked up without it.
      ignore: names of tensors that are not used.
    """

    def __init__(self, path: Path, prefix: str | None = None, ignore: Iterable[str] = ()) -> None:
        self._loader = _saver_restore(path, _cairn.RestoreRules(), prefix, ignore)


class SaverRestoreRelaxed(SessionInit):
    """Restores from a checkpoint as `SaverRestore` does, and casts and reshapes values.

    A value with another number of elements is only a warning.
    """

    def __init__(self, path: Path, prefix: str | None = None, ignore: Iterable[str] = ()) -> None:
        rules = _cairn.RestoreRules.of_relaxed()
        self._loader = _saver_restore(path, rules, prefix, ignore)


class DictRestore(SessionInit):
    """Restores from a mapping of arrays, such as a dict or a `cairn.Checkpoint`. Values are cast and
    reshaped.

    Args:
      variable_dict: the mapping. Its arrays are not copied.
      ignore_mismatch: whether a value with another number of elements is only a warning.
    """

    def __init__(self, variable_dict: Mapping[str, Any], ignore_mismatch: bool = False) -> None:
        rules = _cairn.RestoreRules.of_dict(ignore_mismatch)
        self._loader = _cairn.given_source(saving.tensors_of(variable_dict), rules, "", "")


class ChainInit(SessionInit):
    """Restores from several loaders: of two that have a variable, the last one counts."""

    def __init__(self, sess_inits: Sequence[SessionInit]) -> None:
        self._loader = _cairn.chain_init([member._loader for member in sess_inits])


class JustCurrentSession(SessionInit):
    """Restores nothing."""

    def __init__(self) -> None:
        self._loader = _cairn.just_current_session()


def SmartInit(obj: Any, ignore_mismatch: bool = False) -> SessionInit:
    """Returns the loader that an argument needs.

    - None, an empty path, list or dict: `JustCurrentSession`.
    - A list: `ChainInit` of the loaders of its elements.
    - A mapping of arrays, or the path of a file that holds one (npz, npy, safetensors):
      `DictRestore`.
    - The path of any other checkpoint: `SaverRestore`, or `SaverRestoreRelaxed` with
      `ignore_mismatch`.

    Args:
      ignore_mismatch: whether a value with another number of elements is only a warning.

    Raises:
      MissingFileError: the path names no checkpoint.
    """
    if isinstance(obj, SessionInit):
        return obj
    if obj is None or (isinstance(obj, (str, bytes, list, tuple, Mapping)) and len(obj) == 0):
        return JustCurrentSession()
    if isinstance(obj, (list, tuple)):
        return ChainInit([SmartInit(element, ignore_mismatch) for element in obj])
    if isinstance(obj, Mapping):
        return DictRestore(obj, ignore_mismatch)
    return _loader_of_path(obj, ignore_mismatch)


get_model_loader = SmartInit


def _loader_of_path(path: Path, ignore_mismatch: bool) -> SessionInit:
    opened = checkpoint.open(path)
    # A directory, or a step in one, stands for its file.
    if _cairn.is_dict_file(os.fsdecode(path)) or _cairn.is_dict_file(opened.path or ""):
        return DictRestore(opened, ignore_mismatch)
    return SaverRestoreRelaxed(path) if ignore_mismatch else SaverRestore(path)


def _saver_restore(
    path: Path, rules: _cairn.RestoreRules, prefix: str | None, ignore: Iterable[str]
) -> _cairn.SessionInit:
    rules.prefix = prefix or ""
    rules.set_ignore(list(ignore))
    return _cairn.saver_restore(path, rules)
