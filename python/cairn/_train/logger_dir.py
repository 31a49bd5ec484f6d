"""The directory of a run, and the log in it."""

from __future__ import annotations

import os
import sys

from cairn import _cairn

__all__ = ["LoggerDir", "auto_set_dir"]


class LoggerDir:
    """The directory of a run: its path, and its log, which goes to `log.log` and to the terminal.

    Args:
      path: the directory, which is made if it does not exist. An older `log.log` gets a new name.
      action: what happens if the directory is not empty, as a letter: "k" goes on in it, "d" deletes
        everything in it, "b" renames it and begins an empty one, "n" leaves it alone and takes a new
        name, "q" is an error. By default it is asked for on the terminal.
      on_terminal: whether lines go to the terminal, too.

    Raises:
      AlreadyExistsError: the directory is not empty, and there is no answer.
      LockedError: it was to be deleted or renamed, and another process trains in it.
    """

    def __init__(
        self, path: str | bytes | os.PathLike[str], action: str = "", on_terminal: bool = True
    ) -> None:
        self._directory = _cairn.LoggerDir.open(path, action, sys.argv, on_terminal)

    @property
    def path(self) -> str:
        """The directory."""
        return self._directory.path

    def info(self, line: str) -> None:
        """Writes a line into the log."""
        self._directory.info(line)

    def warning(self, line: str) -> None:
        """Writes a line into the log, and marks it as a warning."""
        self._directory.warning(line)

    def error(self, line: str) -> None:
        """Writes a line into the log, and marks it as an error."""
        self._directory.error(line)

    def __fspath__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"cairn.LoggerDir({self.path!r})"


def auto_set_dir(name: str = "", action: str = "") -> LoggerDir:
    """Opens the usual directory of this program: `train_log/PROGRAM`, or `train_log/PROGRAM:NAME`."""
    return LoggerDir(_cairn.auto_set_dir(sys.argv[0], name), action)
