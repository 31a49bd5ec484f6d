"""The verbs of the program that make a checkpoint of others."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from cairn import _cairn
from cairn._core import progress as progress_bar
from cairn._core.errors import InvalidArgumentError
from cairn._making.change_plan import ChangeReport
from cairn._making.making_options import MakingOptions, changes_of, saving_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["add", "average", "convert", "merge", "prune", "subtract"]

Path = str | bytes | os.PathLike[str]


def convert(src: Path, dst: Path, **options: Unpack[MakingOptions]) -> ChangeReport:
    """Saves a checkpoint in another format; every checksum is compared.

    Args:
      src: the checkpoint: any path that `cairn.open` takes.
      dst: the new one: its name or prefix.
      options: those of the program, `--rename-map` as `rename_map`; see `MakingOptions`.
    """
    return _make("convert", [src], dst, options)


def prune(
    src: Path,
    dst: Path,
    *,
    meta: Path | None = None,
    outputs: Sequence[str] = (),
    signature: str | None = None,
    **options: Unpack[MakingOptions],
) -> ChangeReport:
    """Saves only what the model needs of a checkpoint.

    Args:
      src: the checkpoint.
      dst: the new one.
      meta: the graph: a .meta or .pbtxt file, or a SavedModel. Without one, the object graph of the
        checkpoint or the graph beside it tells what is model.
      outputs: keeps what these tensors of the graph need.
      signature: keeps what this signature of the graph needs.
      options: as for `convert`.
    """
    own = {"meta": meta, "outputs": list(outputs), "signature": signature or ""}
    return _make("prune", [src], dst, options, own)


def merge(sources: Sequence[Path], dst: Path, **options: Unpack[MakingOptions]) -> ChangeReport:
    """Puts the tensors of several checkpoints into one; a later one wins. `options` as for
    `convert`."""
    return _make("merge", sources, dst, options)


def average(
    sources: Sequence[Path],
    dst: Path,
    *,
    weights: Sequence[float] = (),
    method: Literal["mean", "geometric", "slerp"] = "mean",
    take_last: bool = False,
    **options: Unpack[MakingOptions],
) -> ChangeReport:
    """Averages the floating-point tensors of checkpoints, in float64.

    Args:
      sources: the checkpoints, two or more.
      dst: the new one.
      weights: one for each source; they are divided by their sum.
      method: "geometric" and "slerp" are between two sources.
      take_last: whether other tensors may differ: those of the last source are taken.
      options: as for `convert`.
    """
    if method not in ("mean", "geometric", "slerp"):
        raise InvalidArgumentError(
            f"method {method!r} is not known",
            reason="E_ARGUMENT",
            hint="use mean, geometric or slerp",
        )
    own = {"weights": list(weights), "method": method, "take_last": take_last}
    return _make("average", sources, dst, options, own)


def add(a: Path, b: Path, dst: Path, **options: Unpack[MakingOptions]) -> ChangeReport:
    """Adds two checkpoints tensor by tensor, in float64. `options` as for `convert`."""
    return _make("add", [a, b], dst, options)


def subtract(a: Path, b: Path, dst: Path, **options: Unpack[MakingOptions]) -> ChangeReport:
    """Subtracts checkpoint `b` from `a` tensor by tensor, in float64. `options` as for
    `convert`."""
    return _make("subtract", [a, b], dst, options)


def _make(
    verb: str,
    sources: Sequence[Path],
    dst: Path,
    options: MakingOptions,
    own: Mapping[str, Any] | None = None,
) -> ChangeReport:
    _check_names(options)
    _check_sources(verb, sources)
    changes = changes_of(options)
    arguments = saving_of(options) | dict(own or {})
    arguments["recorded_options"] = _recorded(arguments, own or {})
    record = options.get("record")
    plan = _cairn.plan_making(verb, list(sources), dst, changes, arguments)
    if options.get("dry_run"):
        return ChangeReport(plan, None)
    with progress_bar.of(f"{verb} {os.fsdecode(dst)}", options.get("progress", False)) as advance:
        return ChangeReport(plan, _cairn.save_plan(plan, record, advance))


def _check_names(options: MakingOptions) -> None:
    for name in options:
        if name not in MakingOptions.__annotations__:
            raise TypeError(f"there is no option {name!r}")


def _check_sources(verb: str, sources: Sequence[Path]) -> None:
    if isinstance(sources, (str, bytes)):
        raise TypeError("sources must be several paths, not one")
    if verb in ("merge", "average") and len(sources) < 2:
        raise InvalidArgumentError(
            f"{verb} needs two or more sources, not {len(sources)}", reason="E_ARGUMENT"
        )


def _recorded(arguments: Mapping[str, Any], own: Mapping[str, Any]) -> list[str]:
    """Returns the options that tell which tensors are taken, in the words of the command line."""
    recorded = []
    if own.get("meta") is not None:
        recorded.append(f"--meta={os.fsdecode(own['meta'])}")
    recorded += [f"--outputs={output}" for output in own.get("outputs", ())]
    if own.get("signature"):
        recorded.append(f"--signature={own['signature']}")
    if own.get("weights"):
        recorded.append(f"--weights={','.join(map(repr, own['weights']))}")
    if own.get("method", "mean") != "mean":
        recorded.append(f"--method={own['method']}")
    for key in ("take_last", "drop_training_state", "ema"):
        if arguments.get(key):
            recorded.append(f"--{key.replace('_', '-')}")
    return recorded
