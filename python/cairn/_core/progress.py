"""A progress bar, for those who ask for one: tqdm's where it is installed, else a line of our own."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["of"]

Advance = Callable[[int, int], object]

# Shorter work shows no bar.
_PATIENCE = 0.5
_WIDTH = 30


@contextlib.contextmanager
def of(what: str, is_wanted: bool) -> Iterator[Advance | None]:
    """Yields what is called with the bytes done and the bytes in all; None if no bar is wanted."""
    if not is_wanted:
        yield None
        return
    bar = _make_bar(what)
    try:
        yield bar.advance
    finally:
        bar.close()


def _make_bar(what: str) -> _TqdmBar | _Line:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _Line(what)
    return _TqdmBar(tqdm, what)


class _TqdmBar:
    """A bar of tqdm, which draws itself on a terminal or in a notebook."""

    def __init__(self, tqdm: Any, what: str) -> None:
        self._bar = tqdm(
            desc=what, unit="B", unit_scale=True, unit_divisor=1024, delay=_PATIENCE, leave=False
        )

    def advance(self, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class _Line:
    """A line on the terminal that is written over; nothing if stderr is not a terminal."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begin = time.monotonic()
        self._is_shown = False
        self._is_terminal = sys.stderr is not None and sys.stderr.isatty()

    def advance(self, done: int, total: int) -> None:
        if not self._is_terminal or total == 0 or time.monotonic() - self._begin < _PATIENCE:
            return
        full = _WIDTH * done // total
        bar = "█" * full + " " * (_WIDTH - full)
        sys.stderr.write(f"\r{self._what} |{bar}| {100 * done // total} %")
        sys.stderr.flush()
        self._is_shown = True

    def close(self) -> None:
        if self._is_shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
