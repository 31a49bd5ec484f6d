"""Signals that ask a training to save and stop: those of a scheduler, and Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from cairn import _cairn

__all__ = ["EXIT_TRY_AGAIN", "StopSignals", "Stopped"]

# The exit code that schedulers know as "try again" (EX_TEMPFAIL).
EXIT_TRY_AGAIN = _cairn.EXIT_TRY_AGAIN


class Stopped(SystemExit):
    """The training was saved and stopped by a signal, to be resumed. Ends the program with code 75."""

    def __init__(self, message: str = "") -> None:
        super().__init__(EXIT_TRY_AGAIN)
        self.message = message


class StopSignals:
    """While it exists, the first of its signals asks for a stop, and the second ends the process.

        with cairn.StopSignals() as signals:
            for step in range(start.step, steps):
                ...
                if signals.is_stop_requested:
                    break

    `ModelSaver(stop_signals=True)` does this by itself. A process can have one at a time.

    Args:
      signals: the numbers of the signals; by default SIGTERM, SIGUSR1 and SIGINT, which is Ctrl-C.

    Raises:
      AlreadyExistsError: the process has another one.
      InvalidArgumentError: a number is not a signal, or one that cannot be caught.
    """

    def __init__(self, signals: Iterable[int] | None = None) -> None:
        numbers = _cairn.StopSignals.default_signals() if signals is None else list(signals)
        self._signals: _cairn.StopSignals | None = _cairn.StopSignals.install(numbers)

    @property
    def is_stop_requested(self) -> bool:
        """Whether a signal came, or `request_stop` was called."""
        return self._signals is not None and self._signals.is_stop_requested

    @property
    def signal(self) -> int | None:
        """The number of the first signal that came, or None."""
        return (self._signals.signal or None) if self._signals is not None else None

    def request_stop(self) -> None:
        """Asks for a stop as a signal does. The next signal does not end the process."""
        if self._signals is not None:
            self._signals.request_stop()

    def close(self) -> None:
        """Puts the earlier handlers back."""
        self._signals = None

    def __enter__(self) -> StopSignals:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
