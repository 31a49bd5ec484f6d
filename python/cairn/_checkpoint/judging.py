"""The verbs that judge and rescue checkpoints: verify and repair."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from cairn import _cairn
from cairn._core import progress as progress_bar
from cairn._core.errors import InvalidArgumentError
from cairn._core.listing import binary_size
from cairn._core.report_json import named, to_json

__all__ = [
    "Finding",
    "RepairReport",
    "RepairedCheckpoint",
    "VerifiedCheckpoint",
    "VerifyReport",
    "repair",
    "verify",
]

Path = str | bytes | os.PathLike[str]


class Finding(NamedTuple):
    """One thing that is wrong with a checkpoint."""

    reason: str
    tensor: str
    path: str
    offset: int | None
    expected: str  # of a checksum, in hexadecimal; else empty
    found: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Returns the finding as the program's JSON has it."""
        return self._asdict() | named("tensor", self.tensor) | named("path", self.path)


class VerifiedCheckpoint:
    """What was found out about one checkpoint.

    Attributes:
      path: the path of the checkpoint.
      format: its format, or None if there is none at that path.
      ok: whether nothing is wrong.
      findings: what is wrong.
      num_tensors, nbytes: how much was looked at.
      num_unprotected: how many tensors have no checksum: they are read, not proven.
      error: why there was nothing to verify, as a dict; else None.
    """

    def __init__(self, verified: dict[str, Any]) -> None:
        self.path: str = verified["path"]
        self.format: str | None = verified["format"]
        self.ok: bool = verified["ok"]
        self.num_tensors: int = verified["tensors"]
        self.nbytes: int = verified["nbytes"]
        self.num_unprotected: int = verified["unprotected"]
        self.findings = [Finding(**finding) for finding in verified["findings"]]
        self.error: dict[str, Any] | None = verified["error"]

    def to_dict(self) -> dict[str, Any]:
        """Returns the verdict as the program's JSON has it."""
        return named("path", self.path) | {
            "format": self.format,
            "ok": self.ok,
            "tensors": self.num_tensors,
            "nbytes": self.nbytes,
            "unprotected": self.num_unprotected,
            "findings": [finding.to_dict() for finding in self.findings],
            "error": _error(self.error),
        }

    def __str__(self) -> str:
        if self.error is not None:
            return str(self.error["message"])
        lines = [f"{self.path}: {found.reason}: {found.message}" for found in self.findings]
        verdict = _count(len(self.findings), "finding") if self.findings else "sound"
        if self.num_unprotected:
            unproven = f"{_count(self.num_unprotected, 'tensor')} without a checksum"
            verdict = f"{verdict}, {unproven}" if self.findings else unproven
        size = binary_size(self.nbytes)
        lines.append(f"{self.path}: {_count(self.num_tensors, 'tensor')}, {size}: {verdict}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<cairn.{type(self).__name__}: {str(self).splitlines()[-1]}>"


class VerifyReport:
    """What `verify` found out.

    Attributes:
      checkpoints: the verdict on each checkpoint.
      ok: whether nothing is wrong with any of them.
      findings: what is wrong with all of them together.
      num_tensors, nbytes, num_unprotected: the sums over all checkpoints.
    """

    def __init__(self, verified: list[dict[str, Any]]) -> None:
        self.checkpoints = [VerifiedCheckpoint(one) for one in verified]
        self.ok = all(one.ok for one in self.checkpoints)
        self.findings = [found for one in self.checkpoints for found in one.findings]
        self.num_tensors = sum(one.num_tensors for one in self.checkpoints)
        self.nbytes = sum(one.nbytes for one in self.checkpoints)
        self.num_unprotected = sum(one.num_unprotected for one in self.checkpoints)

    def to_dict(self) -> dict[str, Any]:
        """Returns the document that `cairn verify --json` prints."""
        return {
            "schema_version": 1,
            "checkpoints": [one.to_dict() for one in self.checkpoints],
            "findings": [finding.to_dict() for finding in self.findings],
            "num_tensors": self.num_tensors,
            "num_unprotected": self.num_unprotected,
            "nbytes": self.nbytes,
        }

    def to_json(self) -> str:
        """Returns the same document as text."""
        return to_json(self.to_dict())

    def __str__(self) -> str:
        return "\n".join(map(str, self.checkpoints))

    def __repr__(self) -> str:
        verdict = "ok" if self.ok else _count(len(self.findings), "finding")
        return f"<cairn.VerifyReport: {_count(len(self.checkpoints), 'checkpoint')}, {verdict}>"


def verify(
    *paths: Path,
    all: bool = False,
    quick: bool = False,
    strict: bool = False,
    require_checksums: bool = False,
    progress: bool = False,
) -> VerifyReport:
    """Reads checkpoints to their ends, compares every checksum, and returns all that is wrong.

    Damage is not an exception: it is in the report. Where there is no checkpoint, that is the
    `error` of the path in the report.

    Args:
      paths: the checkpoints: any paths that `cairn.open` takes.
      all: whether the paths are directories of runs, of which every checkpoint is verified.
      quick: whether only metadata and sizes are looked at.
      strict: whether padding, order, overlap, and bytes and files of nobody are findings, too.
      require_checksums: whether a tensor without a checksum is a finding.
      progress: whether a progress bar is shown.
    """
    if quick and strict:
        raise InvalidArgumentError("quick and strict exclude each other", reason="E_ARGUMENT")
    depth = "quick" if quick else "strict" if strict else "full"
    listed: list[Path] = list(_cairn.list_runs(paths)[0] if all else paths)
    with progress_bar.of("verify", progress) as advance:
        return VerifyReport(_cairn.verify(listed, depth, require_checksums, advance))


class RepairedCheckpoint:
    """What became of one checkpoint.

    Attributes:
      source, path: the damaged checkpoint and the new one.
      num_tensors, nbytes: how much was saved.
      is_partial: whether something was lost, now or in an earlier repair: the new checkpoint then
        has a mark, does not verify, and no run is resumed from it.
      lost: what was lost, and why.
      unprotected: the names of tensors that had no checksum: saved as found, not proven.
      notes: what was rebuilt, and from what.
      error: why nothing could be saved, as a dict; else None.
    """

    def __init__(self, repaired: dict[str, Any]) -> None:
        self.source: str = repaired["source"]
        self.path: str = repaired["path"]
        self.num_tensors: int = repaired["tensors"]
        self.nbytes: int = repaired["nbytes"]
        self.is_partial: bool = repaired["partial"]
        self.lost = [Finding(**finding) for finding in repaired["lost"]]
        self.unprotected: list[str] = repaired["unprotected"]
        self.notes: list[str] = repaired["notes"]
        self.error: dict[str, Any] | None = repaired["error"]

    def to_dict(self) -> dict[str, Any]:
        """Returns the result as the program's JSON has it."""
        return (
            named("source", self.source)
            | named("path", self.path)
            | {
                "tensors": self.num_tensors,
                "nbytes": self.nbytes,
                "partial": self.is_partial,
                "lost": [finding.to_dict() for finding in self.lost],
                "unprotected": self.unprotected,
                "notes": self.notes,
                "error": _error(self.error),
            }
        )

    def __str__(self) -> str:
        if self.error is not None:
            return f"{self.path}: not repaired: {self.error['message']}"
        lines = [f"lost: {finding.reason}: {finding.message}" for finding in self.lost]
        lost = f"{len(self.lost):,} lost" if self.lost else "nothing lost"
        count = _count(self.num_tensors, "tensor")
        lines.append(f"{self.path}: {count}, {binary_size(self.nbytes)} saved, {lost}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<cairn.RepairedCheckpoint: {str(self).splitlines()[-1]}>"


class RepairReport:
    """What `repair` saved.

    Attributes:
      checkpoints: what became of each checkpoint.
      is_whole: whether nothing was lost.
      state_file: which checkpoint the new state file of a run calls newest, or None.
    """

    def __init__(self, all: list[dict[str, Any]], newest: str | None) -> None:
        self.checkpoints = [RepairedCheckpoint(repaired) for repaired in all]
        self.is_whole = not any(one.is_partial or one.error for one in self.checkpoints)
        self.state_file = newest

    def to_dict(self) -> dict[str, Any]:
        """Returns the document that `cairn repair --json` prints."""
        lost = [finding for one in self.checkpoints for finding in one.lost]
        return {
            "schema_version": 1,
            "checkpoints": [one.to_dict() for one in self.checkpoints],
            "state_file": self.state_file,
            "findings": [finding.to_dict() for finding in lost],
            "num_tensors": sum(one.num_tensors for one in self.checkpoints),
            "num_unprotected": sum(len(one.unprotected) for one in self.checkpoints),
            "nbytes": sum(one.nbytes for one in self.checkpoints),
        }

    def to_json(self) -> str:
        """Returns the same document as text."""
        return to_json(self.to_dict())

    def __str__(self) -> str:
        return "\n".join(map(str, self.checkpoints))

    def __repr__(self) -> str:
        verdict = "nothing lost" if self.is_whole else "not all could be saved"
        return f"<cairn.RepairReport: {_count(len(self.checkpoints), 'checkpoint')}, {verdict}>"


def repair(
    src: Path,
    dst: Path,
    *,
    like: Path | None = None,
    require_checksums: bool = False,
    no_sync: bool = False,
    progress: bool = False,
) -> RepairReport:
    """Saves every tensor that verifies anew, and says what is lost. Nothing of `src` is touched.

    Args:
      src: the damaged checkpoint, its prefix, or the directory of a run.
      dst: the prefix of the new one; of a run, a new directory.
      like: makes a lost index after that of this checkpoint of the same run.
      require_checksums: whether tensors that have no checksum are left out.
      no_sync: whether the function does not wait for the disk.
      progress: whether a progress bar is shown.

    Raises:
      DataLossError: nothing at all could be saved.
    """
    with progress_bar.of(f"repair {os.fsdecode(src)}", progress) as advance:
        return RepairReport(*_cairn.repair(src, dst, like, require_checksums, not no_sync, advance))


def _error(error: dict[str, Any] | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return error | named("path", error["path"]) | named("tensor", error["tensor"])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
