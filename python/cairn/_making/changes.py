"""The changes of the tensors of a checkpoint: each returns a new one, and nothing is read."""

from __future__ import annotations

import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, SupportsIndex, TypeVar

from cairn import _cairn
from cairn._making.change_plan import ChangePlan
from cairn._making.change_texts import (
    concat_text,
    dtype_text,
    pad_text,
    rename_texts,
    shape_text,
    slice_text,
    texts,
)

__all__ = ["Changeable"]

Self = TypeVar("Self", bound="Changeable")


class Changeable(ABC):
    """What `Checkpoint` can be changed into.

    Every method returns a new checkpoint, whose tensors are made of those of this one when they are
    read, in bounded memory. A pattern is a glob: `*` and `?` stay inside a part of a name, `**`
    crosses parts. The optimizer slots of a tensor are renamed and edited with it, and the object
    graph of a TensorFlow 2 checkpoint follows. The methods raise MissingTensorError where a name or
    all patterns match no tensor.
    """

    @abstractmethod
    def _plan_object(self) -> _cairn.PlanObject:
        """Returns the plan that saves this checkpoint."""

    @abstractmethod
    def _with_plan(self: Self, plan: _cairn.PlanObject) -> Self:
        """Returns the checkpoint that a plan leaves."""

    @abstractmethod
    def _given_path(self) -> str:
        """Returns the path by which the checkpoint was opened; an empty text if there is none."""

    @property
    def plan(self) -> ChangePlan:
        """What `save` would write: `print(ckpt.plan)` shows a line for each tensor."""
        return ChangePlan(self._plan_object())

    def select(self: Self, *patterns: str, regex: bool = False) -> Self:
        """Keeps the tensors that match one of the patterns.

        Args:
          patterns: globs, or with `regex` regular expressions (RE2), which are searched anywhere in
            a name.
          regex: whether the patterns are regular expressions.
        """
        return self._changed(select=list(patterns), regex=regex)

    def exclude(self: Self, *patterns: str, regex: bool = False) -> Self:
        """Leaves out the tensors that match one of the patterns; see `select`."""
        return self._changed(exclude=list(patterns), regex=regex)

    def rename(self: Self, names: Mapping[str, str]) -> Self:
        """Renames tensors, or replaces prefixes.

        Args:
          names: new names by old ones. A name that ends in "/" or is empty is a prefix: "net/" to
            "body/", "net/" to "", or "" to "net/".
        """
        return self._changed(rename=rename_texts(names))

    def substitute(self: Self, *rules: str) -> Self:
        r"""Replaces what a regular expression (RE2) matches in names, as sed does: `s/RE2/NEW/`.

        Args:
          rules: `s/^conv(\d)/layer\1/`; a "g" at the end replaces every match.
        """
        return self._changed(sub=list(rules))

    def named(self: Self, by: str) -> Self:
        """Gives the tensors of a TensorFlow 2 checkpoint other names of theirs.

        Args:
          by: "path" for short paths in the object graph, "full" for the names that the variables
            had in their program, "key" for what they are stored under.
        """
        return self._changed(names=by)

    def cast(self: Self, dtype: Any, *patterns: str) -> Self:
        """Casts tensors, to the nearest value.

        Args:
          dtype: a name such as "bfloat16", or a dtype of numpy or ml_dtypes.
          patterns: casts all tensors of numbers that match; without one, all of floating-point
            numbers.
        """
        rules = [dtype_text(dtype, pattern) for pattern in patterns] or [dtype_text(dtype)]
        return self._changed(dtype=rules)

    def transpose(self: Self, pattern: str, axes: Iterable[SupportsIndex]) -> Self:
        """Puts the axes of tensors into another order: axis i becomes what axis axes[i] was."""
        return self._changed(transpose=[shape_text(pattern, axes)])

    def reshape(self: Self, pattern: str, shape: Iterable[SupportsIndex]) -> Self:
        """Gives the elements of tensors another shape, of which one size may be -1."""
        return self._changed(reshape=[shape_text(pattern, shape)])

    def slice(self: Self, pattern: str, index: Any) -> Self:
        """Keeps a part of tensors: an index of numpy with positive steps, or its text "0:10,:"."""
        return self._changed(slice=[slice_text(pattern, index)])

    def pad(self: Self, pattern: str, widths: Sequence[tuple[int, int]]) -> Self:
        """Puts zeros before and after the elements of tensors, (before, after) for each axis."""
        return self._changed(pad=[pad_text(pattern, widths)])

    def concat(self: Self, name: str, parts: Iterable[str], axis: int = 0) -> Self:
        """Joins tensors along an axis into the tensor `name`; they are gone."""
        return self._changed(concat=[concat_text(name, parts, axis)])

    def split(self: Self, name: str, parts: Iterable[str], axis: int = 0) -> Self:
        """Cuts a tensor along an axis into equal parts of these names; it is gone."""
        return self._changed(split=[concat_text(name, parts, axis)])

    def map_rows(
        self: Self, pattern: str, old_words: Iterable[str], new_words: Iterable[str]
    ) -> Self:
        """Makes rows for another list of words: a word that both lists have keeps its row, any
        other row is zero."""
        return self._changed(rows=[(pattern, texts(old_words), texts(new_words))])

    def drop_training_state(self: Self) -> Self:
        """Leaves out optimizers, their slots, and counters of steps, as the object graph, the graph
        beside the checkpoint, or else their names tell."""
        return self._dropped(drops=True)

    def take_averages(self: Self) -> Self:
        """Takes the moving average of each weight in its place."""
        return self._dropped(drops=False)

    def _changed(self: Self, **changes: Any) -> Self:
        plan = _cairn.change(self._plan_object(), changes)
        for text in plan.warnings():
            warnings.warn(text, stacklevel=3)
        return self._with_plan(plan)

    def _dropped(self: Self, drops: bool) -> Self:
        given = os.fsdecode(self._given_path())
        return self._with_plan(
            _cairn.drop_training_state(self._plan_object(), given, drops, not drops)
        )
