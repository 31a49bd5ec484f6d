"""The verb that compares two checkpoints."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from cairn import _cairn
from cairn._checkpoint.checkpoint import Checkpoint, open as open_checkpoint
from cairn._checkpoint.judging import Finding
from cairn._core import progress as progress_bar
from cairn._core.report_json import named, number, to_json
from cairn._making.change_texts import rename_texts, texts

__all__ = ["ChangedTensor", "Diff", "RenamedTensor", "diff"]

Path = str | bytes | os.PathLike[str]


class RenamedTensor(NamedTuple):
    """A tensor that seems to have another name in the other checkpoint."""

    a: str
    b: str
    by: Literal["checksum", "name"]  # what tells


class ChangedTensor(NamedTuple):
    """A tensor that is not equal in both checkpoints. Numbers are None where there are no values to
    compare: other shapes, or strings."""

    name: str
    dtype: tuple[str, str]  # in a and in b
    shape: tuple[tuple[int, ...], tuple[int, ...]]
    max_abs: float | int | None  # the greatest |a - b|
    max_rel: float | None  # the greatest |a - b| / |b|
    rel_l2: float | None  # ||a - b|| / ||b||
    cosine: float | None
    num_over: int | None  # elements that are not within the tolerance
    num_different: int | None
    num_elements: int | None
    num_nan_in_a: int | None
    num_nan_in_b: int | None

    def to_dict(self) -> dict[str, Any]:
        """Returns the tensor as the program's JSON has it."""
        reals = ("max_abs", "max_rel", "rel_l2", "cosine")
        lists = {"dtype": list(self.dtype), "shape": [list(dims) for dims in self.shape]}
        document: dict[str, Any] = self._asdict() | named("name", self.name) | lists
        return document | {key: number(document[key]) for key in reals}


class Diff:
    """How two checkpoints differ.

    Attributes:
      equal: whether both have the same tensors with equal values.
      only_in_a, only_in_b: the names of tensors that one has alone.
      renamed: guesses which of those are one tensor under two names.
      changed: the tensors that both have, and that are not equal.
      findings: the tensors that could not be compared.
      num_compared: how many tensors both have.
      num_equal_by_checksum: of how many of them nothing was read.
      nbytes_read: how many bytes of values were read.
    """

    def __init__(self, a: Checkpoint, b: Checkpoint, compared: dict[str, Any]) -> None:
        self._sides = {key: _side(ckpt) for key, ckpt in (("a", a), ("b", b))}
        self.equal: bool = compared["equal"]
        self.only_in_a: list[str] = compared["only_in_a"]
        self.only_in_b: list[str] = compared["only_in_b"]
        self.renamed = [RenamedTensor(*pair) for pair in compared["renamed"]]
        self.changed = [ChangedTensor(**changed) for changed in compared["changed"]]
        self.findings = [Finding(**finding) for finding in compared["findings"]]
        self.num_compared: int = compared["num_compared"]
        self.num_equal_by_checksum: int = compared["num_equal_by_checksum"]
        self.nbytes_read: int = compared["nbytes_read"]

    def to_dict(self) -> dict[str, Any]:
        """Returns the document that `cairn diff --json` prints."""
        return {
            "schema_version": 1,
            **self._sides,
            "equal": self.equal,
            "only_in_a": self.only_in_a,
            "only_in_b": self.only_in_b,
            "renamed": [
                named("a", pair.a) | named("b", pair.b) | {"by": pair.by} for pair in self.renamed
            ],
            "changed": [changed.to_dict() for changed in self.changed],
            "findings": [finding.to_dict() for finding in self.findings],
            "num_compared": self.num_compared,
            "num_equal_by_checksum": self.num_equal_by_checksum,
            "nbytes_read": self.nbytes_read,
        }

    def to_json(self) -> str:
        """Returns the same document as text."""
        return to_json(self.to_dict())

    def __str__(self) -> str:
        lines = [f"renamed, it seems: {pair.a} -> {pair.b} (by {pair.by})" for pair in self.renamed]
        pairs = {pair.a for pair in self.renamed}, {pair.b for pair in self.renamed}
        lines += [f"only in A: {name}" for name in self.only_in_a if name not in pairs[0]]
        lines += [f"only in B: {name}" for name in self.only_in_b if name not in pairs[1]]
        lines += [_changed_text(changed) for changed in self.changed]
        lines += [f"{finding.reason}: {finding.message}" for finding in self.findings]
        return "\n".join([*lines, self._summary()])

    def __repr__(self) -> str:
        return f"<cairn.Diff: {self._summary()}>"

    def _summary(self) -> str:
        num_equal = self.num_compared - len(self.changed)
        errors = f"; {len(self.findings)} errors" if self.findings else ""
        return (
            f"{self.num_compared:,} tensors in both: {num_equal:,} equal, "
            f"{len(self.changed):,} changed; {len(self.only_in_a):,} only in A, "
            f"{len(self.only_in_b):,} only in B{errors}"
        )


def diff(
    a: Path | Checkpoint,
    b: Path | Checkpoint,
    *patterns: str,
    exclude: str | Sequence[str] = (),
    regex: bool = False,
    rename_map: Mapping[str, str] | None = None,
    rename: Mapping[str, str] | None = None,
    sub: str | Sequence[str] = (),
    names: Literal["key", "path", "full"] = "key",
    rtol: float = 0,
    atol: float = 0,
    equal_nan: bool = False,
    read: bool = False,
    progress: bool = False,
) -> Diff:
    """Compares two checkpoints of any format: names, shapes, values.

    Without a tolerance, values are equal if their bits are; tensors whose stored checksums are equal
    are not read.

    Args:
      a: a checkpoint, or the path of one.
      b: the one by which `a` is measured.
      patterns: compares the tensors whose names match one of them.
      exclude: leaves out the tensors that match one of these patterns.
      regex: whether patterns are regular expressions (RE2).
      rename_map: names of `b` by names of `a`.
      rename: the same one after another, or prefixes, which end in "/".
      sub: `s/RE2/NEW/`, what a regular expression matches in names of `a`.
      names: matches by key, path or full names.
      rtol: values are equal up to rtol * |b|, as in numpy.allclose.
      atol: and up to this.
      equal_nan: whether a NaN equals any NaN.
      read: whether tensors whose stored checksums are equal are read, too.
      progress: whether a progress bar is shown.
    """
    sides = [_opened(a), _opened(b)]
    rules: dict[str, Any] = {
        "select": list(patterns),
        "exclude": texts(exclude),
        "regex": regex,
        "rename_map": [f"{old}\t{new}" for old, new in (rename_map or {}).items()],
        "rename": rename_texts(rename or {}),
        "sub": texts(sub),
        "names": names,
    }
    with progress_bar.of("diff", progress) as advance:
        compared = _cairn.diff(
            sides[0]._tensors, sides[1]._tensors, rules, rtol, atol, equal_nan, read, advance
        )
    _warn(compared.pop("warnings"))
    return Diff(sides[0], sides[1], compared)


def _opened(side: Path | Checkpoint) -> Checkpoint:
    return side if isinstance(side, Checkpoint) else open_checkpoint(side)


def _warn(said: list[str]) -> None:
    import warnings

    for text in said:
        warnings.warn(text, stacklevel=3)


def _side(checkpoint: Checkpoint) -> dict[str, Any]:
    return named("path", checkpoint.path or "") | {"format": checkpoint.format}


def _changed_text(changed: ChangedTensor) -> str:
    if changed.shape[0] != changed.shape[1]:
        return f"changed: {changed.name}: shape {changed.shape[0]} -> {changed.shape[1]}"
    if changed.max_abs is None:
        return f"changed: {changed.name}: {changed.num_different} of {changed.num_elements} differ"
    return (
        f"changed: {changed.name}: {changed.num_over:,} of {changed.num_elements:,}, "
        f"max abs {changed.max_abs:.4g}, rel L2 {_short(changed.rel_l2)}"
    )


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
