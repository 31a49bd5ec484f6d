"""The verb that computes statistics of tensors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from cairn import _cairn
from cairn._checkpoint.checkpoint import Checkpoint, open as open_checkpoint
from cairn._core import progress as progress_bar
from cairn._core.report_json import named, to_json
from cairn._making.change_texts import texts

__all__ = ["Histogram", "Stats", "TensorStats", "stats"]

Path = str | bytes | os.PathLike[str]


class Histogram(NamedTuple):
    """How many values lie where: bin i begins at start + i * width."""

    start: float
    width: float
    counts: list[int]


class TensorStats(NamedTuple):
    """What the values of a tensor are like.

    Minimum, maximum, mean, deviation and histogram are over the finite elements, and None where
    there are none. Complex numbers count by their absolute value. Of a tensor of strings only
    `num_elements`, `nbytes`, `shortest` and `longest` are known. `error` is the reason why a tensor
    could not be read: nothing else is known then.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    error: str | None = None
    num_elements: int | None = None
    num_zeros: int | None = None
    num_nans: int | None = None
    num_positive_infs: int | None = None
    num_negative_infs: int | None = None
    min: float | int | None = None
    max: float | int | None = None
    mean: float | None = None
    std: float | None = None
    histogram: Histogram | None = None
    nbytes: int | None = None
    shortest: int | None = None
    longest: int | None = None


# The names of the attributes of TensorStats that have other ones in the program's JSON.
_KEYS = {
    "elements": "num_elements",
    "zeros": "num_zeros",
    "nan": "num_nans",
    "positive_inf": "num_positive_infs",
    "negative_inf": "num_negative_infs",
    "bytes": "nbytes",
}


class Stats(Sequence[TensorStats]):
    """The statistics of tensors, in the order of their names; `stats["name"]` is that of one."""

    def __init__(self, checkpoint: Checkpoint, rows: list[dict[str, Any]]) -> None:
        self._head: dict[str, Any] = {"format": checkpoint.format}
        self._head |= named("path", checkpoint.path or "")
        self._rows = rows
        self._all = [_tensor_stats(row) for row in rows]
        self._by_name = {one.name: one for one in self._all}

    def __getitem__(self, key: Any) -> Any:
        return self._by_name[key] if isinstance(key, str) else self._all[key]

    def __len__(self) -> int:
        return len(self._all)

    @property
    def with_nans(self) -> list[str]:
        """The names of the tensors that have a NaN."""
        return [one.name for one in self._all if one.num_nans]

    def to_dict(self) -> dict[str, Any]:
        """Returns the document that `cairn stats --json` prints."""
        tensors = [
            row | named("name", row["name"]) | {"shape": list(row["shape"])} for row in self._rows
        ]
        return {"schema_version": 1, **self._head, "tensors": tensors}

    def to_json(self) -> str:
        """Returns the same document as text."""
        return to_json(self.to_dict())

    def __str__(self) -> str:
        return "\n".join(map(_line, self._all))

    def __repr__(self) -> str:
        return f"<cairn.Stats of {len(self._all):,} tensors>"


def stats(
    path: Path | Checkpoint,
    *patterns: str,
    exclude: str | Sequence[str] = (),
    regex: bool = False,
    progress: bool = False,
) -> Stats:
    """Computes statistics of the values of each tensor, verified, in one pass.

    Args:
      path: a checkpoint, or the path of one.
      patterns: looks at the tensors whose names match one of them.
      exclude: leaves out the tensors that match one of these patterns.
      regex: whether patterns are regular expressions (RE2).
      progress: whether a progress bar is shown.
    """
    checkpoint = path if isinstance(path, Checkpoint) else open_checkpoint(path)
    selected = checkpoint
    if patterns or exclude:
        changes = {"select": list(patterns), "exclude": texts(exclude), "regex": regex}
        selected = checkpoint._changed(**changes)
    with progress_bar.of("stats", progress) as advance:
        return Stats(checkpoint, _cairn.stats(selected._tensors, advance))


def _tensor_stats(row: dict[str, Any]) -> TensorStats:
    known = {_KEYS.get(key, key): value for key, value in row.items()}
    if known.get("histogram") is not None:
        known["histogram"] = Histogram(**known["histogram"])
    return TensorStats(**known)


def _line(one: TensorStats) -> str:
    head = f"{one.name}  {one.dtype}[{','.join(map(str, one.shape))}]"
    if one.error is not None:
        return f"{head}  {one.error}"
    if one.nbytes is not None:
        return f"{head}  {one.nbytes:,} bytes, {one.shortest} to {one.longest} each"
    if one.mean is None or one.std is None:
        return f"{head}  no finite element"
    return f"{head}  {one.min:.6g} to {one.max:.6g}, mean {one.mean:.6g}, std {one.std:.6g}"
