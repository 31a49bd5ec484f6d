"""The options of every verb that makes a checkpoint of others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, SupportsIndex, TypedDict, cast

from cairn import _cairn
from cairn._core.errors import InvalidArgumentError, UnimplementedError
from cairn._making.change_texts import (
    concat_text,
    dtype_text,
    pad_text,
    rename_texts,
    shape_text,
    slice_text,
    texts,
)

__all__ = ["MakingOptions", "changes_of", "saving_of"]

Path = str | bytes | os.PathLike[str]


class MakingOptions(TypedDict, total=False):
    """The options of `cairn.convert` and the other verbs. They are those of the program, which
    `cairn help making` describes, and changes are made in this order.

    - drop_training_state: without optimizers, their slots, counters of steps.
    - ema: moving averages in the place of the weights.
    - select, exclude: patterns of names; with `regex` they are regular expressions.
    - names: writes key, path or full names, then renames.
    - rename_map: new names by old ones, all at once.
    - rename: new names by old ones, one after another; or prefixes, which end in "/".
    - sub: `s/RE2/NEW/`, what a regular expression matches in names.
    - concat, split: for the name of a tensor (parts) or (parts, axis).
    - slice: an index by pattern, such as "0:10,:" or (slice(0, 10), ...).
    - pad: (before, after) for each axis, by pattern.
    - rows: (old words, new words), by pattern.
    - transpose: axes by pattern.
    - reshape: a shape by pattern, of which one size may be -1.
    - set: the path of a .npy file by the name of a tensor.
    - dtype: the dtype of all tensors of floating-point numbers, or dtypes by pattern.
    - recipe, record: makes the changes that a file has, and writes them down.
    - lineage: keeps the sources, their checksums and the changes in the new checkpoint.
    - to: "tf", "npz", "npz-compressed", "npy" or "safetensors", if the name does not tell.
    - level: of "npz-compressed", from 1 (fast) to 9 (small).
    - alignment: each tensor begins at a multiple of this many bytes.
    - max_shard_size: makes several files of at most this many bytes, also as "5GB".
    - strings: "metadata" keeps string tensors in the metadata of safetensors.
    - link, hard_link: shares the blocks of the files of a source, or the files.
    - memory: the bytes of memory that are used for buffers, also as "256MiB".
    - max_expand: holds packed strings that take up to this many times their size.
    - require_checksums: refuses tensors that have no checksum in their source.
    - no_sync: does not wait for the disk: a power cut may leave the new checkpoint damaged.
    - force: replaces a file, in one step.
    - dry_run: writes nothing, and returns the plan.
    - progress: shows a progress bar.
    """

    drop_training_state: bool
    ema: bool
    select: str | Sequence[str]
    exclude: str | Sequence[str]
    regex: bool
    names: Literal["key", "path", "full"]
    rename_map: Mapping[str, str]
    rename: Mapping[str, str]
    sub: str | Sequence[str]
    concat: Mapping[str, Any]
    split: Mapping[str, Any]
    slice: Mapping[str, Any]
    pad: Mapping[str, Sequence[tuple[int, int]]]
    rows: Mapping[str, tuple[Iterable[str], Iterable[str]]]
    transpose: Mapping[str, Iterable[SupportsIndex]]
    reshape: Mapping[str, Iterable[SupportsIndex]]
    set: Mapping[str, Path]
    dtype: Any
    recipe: Path | None
    record: Path | None
    lineage: bool
    to: str | None
    level: int
    alignment: int
    max_shard_size: int | str
    strings: Literal["metadata"] | None
    link: bool
    hard_link: bool
    memory: int | str
    max_expand: int
    require_checksums: bool
    no_sync: bool
    force: bool
    dry_run: bool
    progress: bool


# How the value of an option that is a mapping becomes a text, given the key of the mapping.
_TEXTS_OF_ITEMS: dict[str, Callable[[str, Any], str]] = {
    "concat": lambda name, parts: _joined(name, parts),
    "split": lambda name, parts: _joined(name, parts),
    "slice": slice_text,
    "pad": pad_text,
    "transpose": shape_text,
    "reshape": shape_text,
}


def changes_of(options: MakingOptions) -> dict[str, Any]:
    """Returns the changes that options ask for, with the keys of a recipe file."""
    given = cast("Mapping[str, Any]", options)
    changes: dict[str, Any] = {key: given[key] for key in ("regex", "names") if key in given}
    changes |= {key: texts(given[key]) for key in ("select", "exclude", "sub") if key in given}
    if "rename" in given:
        changes["rename"] = rename_texts(given["rename"])
    if "rename_map" in given:
        changes["rename_map"] = [f"{old}\t{new}" for old, new in given["rename_map"].items()]
    for key, text_of in _TEXTS_OF_ITEMS.items():
        if key in given:
            changes[key] = [text_of(name, value) for name, value in given[key].items()]
    if "rows" in given:
        words = given["rows"].items()
        changes["rows"] = [(pattern, texts(old), texts(new)) for pattern, (old, new) in words]
    if "set" in given:
        changes["set"] = list(given["set"].items())
    if given.get("dtype") is not None:
        changes["dtype"] = _dtypes(given["dtype"])
    return _with_recipe(changes, options)


def saving_of(options: MakingOptions) -> dict[str, Any]:
    """Returns how a checkpoint is saved, as `_cairn.plan_making` takes it."""
    to = options.get("to") or ""
    if options.get("link") and options.get("hard_link"):
        raise InvalidArgumentError("link and hard_link exclude each other", reason="E_ARGUMENT")
    level = options.get("level", 0)
    is_compressed = to.endswith("-compressed")
    if level and not is_compressed:
        raise InvalidArgumentError(
            "level is for what is compressed",
            reason="E_ARGUMENT",
            hint='use to="npz-compressed"',
        )
    if not 0 <= level <= 9:
        raise InvalidArgumentError(f"level {level} is not from 1 to 9", reason="E_ARGUMENT")
    share = "hard_link" if options.get("hard_link") else "reflink" if options.get("link") else ""
    return {
        "to": to.removesuffix("-compressed"),
        "recorded_to": to,
        "compress": is_compressed,
        "level": level,
        "alignment": options.get("alignment", 1),
        "max_shard_size": _nbytes(options.get("max_shard_size", 0)),
        "share": share,
        "strings_in_metadata": options.get("strings") == "metadata",
        "require_checksums": options.get("require_checksums", False),
        "no_sync": options.get("no_sync", False),
        "force": options.get("force", False),
        "memory": _nbytes(options.get("memory", 0)),
        "max_expand": options.get("max_expand", 0),
        "lineage": options.get("lineage", False),
        "drop_training_state": options.get("drop_training_state", False),
        "ema": options.get("ema", False),
    }


def _nbytes(size: int | str) -> int:
    return _cairn.parse_size(size) if isinstance(size, str) else size


def _joined(name: str, parts: Any) -> str:
    """Returns the text of `parts`, or of (parts, axis)."""
    if isinstance(parts, tuple) and len(parts) == 2 and isinstance(parts[1], int):
        return concat_text(name, parts[0], parts[1])
    return concat_text(name, parts, 0)


def _dtypes(dtype: Any) -> list[str]:
    if isinstance(dtype, Mapping):
        return [dtype_text(value, pattern) for pattern, value in dtype.items()]
    return [dtype_text(dtype)]


def _with_recipe(changes: dict[str, Any], options: MakingOptions) -> dict[str, Any]:
    """Returns the changes of the file of `recipe`, if there is one."""
    path = options.get("recipe")
    if path is None:
        return changes
    if changes:
        raise InvalidArgumentError(
            "recipe is given, and another option that changes tensors",
            reason="E_ARGUMENT",
            hint="leave one of them out",
        )
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        recorded, takes_otherwise, verb, to, level, size, strings = _cairn.read_recipe(file.read())
    if takes_otherwise:
        raise UnimplementedError(
            f"{os.fsdecode(path)} is a recipe of cairn {verb or 'convert'} that takes tensors "
            "otherwise than from one checkpoint",
            reason="E_UNSUPPORTED",
            hint="run cairn convert SRC DST --recipe FILE",
        )
    if to:
        options.setdefault("to", to)
    if level:
        options.setdefault("level", int(level))
    if strings:
        options.setdefault("strings", "metadata")
    if size:
        options.setdefault("max_shard_size", size)
    return recorded
