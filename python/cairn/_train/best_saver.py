"""Keeps the checkpoint at which a statistic was best, under a second name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cairn._train.model_saver import ModelSaver

__all__ = ["BestSaver", "MaxSaver", "MinSaver"]


class BestSaver:
    """Compares a statistic whenever `ModelSaver.step` is given it. If it is better than ever before,
    this step is saved, and its checkpoint gets a second name.

    Give it to a `ModelSaver`: `callbacks=[cairn.MinSaver("val_loss")]`.

    Args:
      monitor_stat: the name of the statistic.
      filename: the name of the copy. By default `min-STATISTIC` or `max-STATISTIC`, in which "-"
        stands for "/".
    """

    _is_largest = False

    def __init__(self, monitor_stat: str, filename: str | None = None) -> None:
        self.monitor_stat = monitor_stat
        self.filename = filename
        self._saver: ModelSaver | None = None
        self._number = 0
        self._last: tuple[int, float] | None = None

    @property
    def best(self) -> tuple[int, float] | None:
        """The step and the value that are best so far, or None."""
        if self._saver is None or self._saver._is_closed:
            return self._last
        return self._saver._run.best(self._number)

    def __repr__(self) -> str:
        return f"cairn.{type(self).__name__}({self.monitor_stat!r})"


class MinSaver(BestSaver):
    """Keeps the checkpoint at which a statistic was smallest."""


class MaxSaver(BestSaver):
    """Keeps the checkpoint at which a statistic was largest."""

    _is_largest = True
