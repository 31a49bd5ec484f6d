"""Plans of checkpoints that are made of others: complete before a value is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cairn._core.listing import binary_size
from cairn._core.report_json import named, to_json

if TYPE_CHECKING:
    from cairn import _cairn

__all__ = ["CastLoss", "ChangePlan", "ChangeReport", "DroppedTensor", "KeptTensor", "Side"]


class Side(NamedTuple):
    """A checkpoint: a source, or what is made of it."""

    path: str
    format: str | None


class KeptTensor(NamedTuple):
    """A tensor of the new checkpoint."""

    name: str
    source: str | None  # its name in the source; None if it is made of several
    dtype: str
    shape: tuple[int, ...]
    nbytes: int


class DroppedTensor(NamedTuple):
    """A tensor that is left out, and why."""

    name: str
    why: str


class CastLoss(NamedTuple):
    """How many elements a cast changed by more than rounding."""

    name: str
    elements: int
    overflowed: int
    zeroed: int
    truncated: int


class ChangePlan:
    """What would be saved: `print(plan)` shows a line for each tensor.

    Attributes:
      sources: the checkpoints that tensors are taken from.
      target: the new checkpoint; None as long as it has no path.
      exists: whether there is something at that path.
      kept: the tensors of the new checkpoint, by name.
      dropped: the tensors that are left out.
      casts: what casts lost, as far as values have been read.
      graph: the file of the graph that told what the model needs, or None.
      notes: what is good to know.
      nbytes_before: the size of the tensors of all sources.
      nbytes_after: the size of the tensors of the new checkpoint.
    """

    def __init__(self, plan: _cairn.PlanObject) -> None:
        self.sources = [Side(*side) for side in plan.sources()]
        target = plan.target()
        self.target = None if target is None else Side(*target)
        self.exists = plan.exists
        self.kept = [KeptTensor(*row) for row in plan.kept()]
        self.dropped = [DroppedTensor(*row) for row in plan.dropped()]
        self.casts = [CastLoss(*row) for row in plan.casts()]
        self.graph = plan.graph
        self.notes = plan.notes()
        self.nbytes_before = plan.nbytes_before
        self.nbytes_after = plan.nbytes_after

    def to_dict(self) -> dict[str, Any]:
        """Returns the document that the program prints with `--dry-run --json`."""
        document: dict[str, Any] = {"schema_version": 1, "source": _side(self.sources[0])}
        if len(self.sources) > 1:
            document["sources"] = [_side(side) for side in self.sources]
        document["target"] = None if self.target is None else _side(self.target)
        document["exists"] = self.exists
        if self.graph is not None:
            document["graph"] = self.graph
        document["kept"] = [_kept(tensor) for tensor in self.kept]
        document["dropped"] = [named("name", name) | {"why": why} for name, why in self.dropped]
        document["nbytes_before"] = self.nbytes_before
        document["nbytes_after"] = self.nbytes_after
        if self.casts:
            document["casts"] = [
                named("name", loss.name) | dict(zip(loss._fields[1:], loss[1:], strict=True))
                for loss in self.casts
            ]
        document["written"] = None
        document["files"] = []
        return document

    def to_json(self) -> str:
        """Returns the same document as text."""
        return to_json(self.to_dict())

    def __str__(self) -> str:
        lines = [_line(tensor, bool(self.dropped)) for tensor in self.kept]
        lines += [f"drop  {name}  {why}" for name, why in self.dropped]
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join([*lines, self._summary()])

    def __repr__(self) -> str:
        return f"<cairn.{type(self).__name__}: {self._summary()}>"

    def _summary(self) -> str:
        sources = ", ".join(map(_side_text, self.sources))
        target = f" to {_side_text(self.target)}" if self.target else ""
        number = len(self.kept)
        count = f"{number:,} tensor" if number == 1 else f"{number:,} tensors"
        before = f" of {binary_size(self.nbytes_before)}" if self.dropped else ""
        exists = ", which exists" if self.exists else ""
        return f"plan: {sources}{target}{exists}, {count}, {binary_size(self.nbytes_after)}{before}"


class ChangeReport(ChangePlan):
    """What was saved.

    Attributes, beside those of `ChangePlan`:
      written: the size of all files; None after a dry run.
      files: the paths of all files.
    """

    def __init__(self, plan: _cairn.PlanObject, report: _cairn.SaveReport | None) -> None:
        super().__init__(plan)
        self.written = report.nbytes if report else None
        self.files = report.files if report else []
        if report:
            self.notes = self.notes + report.notes

    def to_dict(self) -> dict[str, Any]:
        """Returns the document that the program prints with `--json`."""
        return super().to_dict() | {"written": self.written, "files": self.files}

    def _summary(self) -> str:
        if self.written is None or self.target is None:
            return super()._summary()
        number = len(self.kept)
        count = f"{number:,} tensor" if number == 1 else f"{number:,} tensors"
        size = binary_size(self.written)
        return f"{self.target.path}: {count}, {size} as {self.target.format}"


def _side(side: Side) -> dict[str, Any]:
    return named("path", side.path) | {"format": side.format}


def _side_text(side: Side) -> str:
    path = side.path or "tensors in memory"
    return f"{path} ({side.format})" if side.format else path


def _kept(tensor: KeptTensor) -> dict[str, Any]:
    source = {} if tensor.source is None else named("source", tensor.source)
    facts = {"dtype": tensor.dtype, "shape": list(tensor.shape), "nbytes": tensor.nbytes}
    return named("name", tensor.name) | source | facts


def _line(tensor: KeptTensor, says_kept: bool) -> str:
    before = f"  from {tensor.source}" if tensor.source not in (None, tensor.name) else ""
    dims = ",".join(map(str, tensor.shape))
    kept = "keep  " if says_kept else ""
    return f"{kept}{tensor.name}{before}  {tensor.dtype}[{dims}]  {binary_size(tensor.nbytes)}"
