"""The plan of a restore: which variable of a model gets which tensor, and what does not agree."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cairn import _cairn
from cairn._checkpoint import checkpoint, saving
from cairn._checkpoint.checkpoint import Checkpoint
from cairn._core import progress as progress_bar
from cairn._restore.variables import adapter_of

if TYPE_CHECKING:
    from cairn._restore.model_loader import SessionInit

__all__ = ["Plan", "PlanItem", "plan", "plan_of"]

Path = str | bytes | os.PathLike[str]
Policy = Literal["error", "warn", "skip"]


class PlanItem(NamedTuple):
    """What becomes of a variable, or of a tensor that no variable asks for."""

    match: str  # "matched", "cast", "missing", …
    name: str  # of the variable, or of the tensor if there is no variable
    entry: str | None  # the name in its source; None if the variable is missing
    source: int | None  # the number of the source
    nbytes: int  # stored bytes that are read for it
    detail: str  # "float32[3] in the checkpoint, float32[4] in the session"
    did_you_mean: list[str]  # the nearest names that no variable asks for


class Plan:
    """The plan of a restore. It was made without reading a value; `apply` carries it out.

    `print(plan)` shows it. The lists have the names of variables, or of tensors that no variable
    asks for, in the order of the variables.
    """

    def __init__(self, plan: _cairn.RestorePlan) -> None:
        self._plan = plan
        self.items = [PlanItem(*row) for row in plan.rows()]
        self.warnings = plan.warnings()

    @property
    def matched(self) -> list[str]:
        """The variables that get their values as they are."""
        return self._names("matched")

    @property
    def cast(self) -> list[str]:
        """The variables that get their values in another dtype, maybe also in another shape."""
        return self._names("cast")

    @property
    def reshaped(self) -> list[str]:
        """The variables that get the same elements in another shape."""
        return self._names("reshaped")

    @property
    def partial(self) -> list[str]:
        """The variables that get some rows, and keep the others."""
        return self._names("partial")

    @property
    def missing(self) -> list[str]:
        """The variables that no source has. They keep their values."""
        return self._variables("missing", "training_state")

    @property
    def unexpected(self) -> list[str]:
        """The tensors that no variable asks for, but ignored ones."""
        return [item.name for item in self.items if item.match == "unexpected"]

    @property
    def mismatched(self) -> list[str]:
        """The variables whose dtype or shape does not agree with that of the tensor."""
        return self._names("mismatched")

    @property
    def ignored(self) -> list[str]:
        """The tensors that a rule leaves out, and bookkeeping."""
        return self._names("ignored")

    @property
    def overwritten(self) -> list[str]:
        """The variables for which a later source counts. A name is there for each earlier one."""
        return self._names("overwritten")

    @property
    def error(self) -> str | None:
        """Why the plan cannot be applied, or None."""
        return self._plan.error()

    @property
    def nbytes(self) -> int:
        """How many stored bytes are read to apply the plan."""
        return self._plan.nbytes()

    @property
    def model(self) -> Any:
        """The model with its present values.

        It is the given object, except that the arrays of JAX cannot be changed: there it is a new
        pytree after `apply`.
        """
        return self._plan.session.adapter.model()

    def apply(self, verify: bool = True, progress: bool = False) -> Any:
        """Gives the variables their values, all or none of them, and returns `model`.

        Args:
          verify: whether checksums are compared.
          progress: whether a progress bar is shown.

        Raises:
          InvalidArgumentError: the plan has an `error`.
          DataLossError: a value is damaged. The model is unchanged then.
        """
        with progress_bar.of("restore", progress) as advance:
            for name, count, overflowed, _, _ in self._plan.apply(verify, advance):
                if overflowed:
                    self.warnings.append(
                        f"cast of {name!r}: {overflowed} of {count} elements are too great for the"
                        " dtype of the variable"
                    )
        return self.model

    def to_json(self) -> str:
        """Returns the plan as one JSON object, as `cairn restore --plan --json` prints it."""
        return self._plan.json()

    def __str__(self) -> str:
        return self._plan.text()

    def __repr__(self) -> str:
        counts: dict[str, int] = {}
        for item in self.items:
            counts[item.match] = counts.get(item.match, 0) + 1
        text = ", ".join(f"{count} {match}" for match, count in counts.items())
        return f"<cairn.Plan: {text or 'nothing to do'}>"

    def _names(self, match: str) -> list[str]:
        return [item.name for item in self.items if item.match == match]

    def _variables(self, *matches: str) -> list[str]:
        return [item.name for item in self.items if item.match in matches and item.entry is None]


def plan_of(model: Any, loader: _cairn.SessionInit) -> Plan:
    """Returns the plan that restores a model with a loader."""
    return Plan(_cairn.make_plan(_cairn.Session(adapter_of(model)), loader))


def plan(
    model: Any,
    sources: Path | Mapping[str, Any] | SessionInit | Iterable[Any],
    *,
    rename: Mapping[str, str] | None = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    prefix: str = "",
    relaxed: bool | None = None,
    mismatch: Policy = "error",
    missing: Policy = "warn",
    unexpected: Policy = "warn",
) -> Plan:
    """Plans how a model gets its values from a checkpoint. Nothing is read, and nothing changes.

        plan = cairn.plan(model, "resnet.npz", rename={"conv0/": "stem/"}, mismatch="warn")
        print(plan)
        plan.apply()

    Args:
      model: a dict of arrays, a torch.nn.Module, a Keras model, a pytree of JAX, or a live
        tf.compat.v1.Session.
      sources: a path that `cairn.open` takes, a mapping of arrays, a loader, or a list of these. For
        a variable that several of them have, the last one counts. The rules below are those of every
        path and mapping; a loader has its own.
      rename: names of tensors and what they become before they are matched. "conv0/": "stem/" is a
        prefix.
      select: patterns of the tensors that are used, such as "**/W". Nothing selects all.
      ignore: names of tensors that are not used.
      prefix: variables whose names begin with `prefix/` are looked up without it.
      relaxed: whether values are cast and reshaped. None means that those of npz, npy and
        safetensors files and of mappings are, and those of other checkpoints are not.
      mismatch: what becomes of values whose dtype or shape does not agree: "error" lets nothing be
        applied, "warn" and "skip" leave these variables as they are.
      missing: the same for variables that no source has.
      unexpected: the same for tensors that no variable asks for.
    """
    rules = _cairn.RestoreRules()
    rules.missing, rules.unexpected = missing, unexpected
    rules.mismatched_shape = rules.mismatched_dtype = mismatch
    rules.prefix = prefix
    rules.set_ignore(list(ignore))
    rules.set_select(list(select))
    rules.set_rename([f"{old}={new}" for old, new in (rename or {}).items()])
    members = [_source(source, rules, relaxed) for source in _listed(sources)]
    return plan_of(model, members[0] if len(members) == 1 else _cairn.chain_init(members))


def _listed(sources: Any) -> list[Any]:
    if isinstance(sources, (list, tuple)):
        return list(sources)
    return [sources]


def _source(source: Any, rules: _cairn.RestoreRules, relaxed: bool | None) -> _cairn.SessionInit:
    loader = getattr(source, "_loader", None)
    if isinstance(loader, _cairn.SessionInit):
        return loader
    if isinstance(source, (str, bytes, os.PathLike)):
        source = checkpoint.open(source)
    is_checkpoint = isinstance(source, Checkpoint) and source.format is not None
    is_dict = not is_checkpoint or _cairn.is_dict_file(source.path or "")
    own = rules.of_kind(is_dict, is_dict if relaxed is None else relaxed)
    path, note = (source.path or "", source.note) if is_checkpoint else ("", "")
    return _cairn.given_source(saving.tensors_of(source), own, path, note)
