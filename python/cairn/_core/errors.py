"""The exceptions of Cairn.

Every one is a `cairn.Error`, and also the builtin exception that a Python user expects: a missing
tensor is a `KeyError`, a missing file a `FileNotFoundError`, damage a `ValueError`.
"""

from __future__ import annotations

import errno
from typing import Any

__all__ = [
    "AlreadyExistsError",
    "CancelledError",
    "DataLossError",
    "DiskFullError",
    "Error",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "LimitError",
    "LockedError",
    "MissingFileError",
    "MissingTensorError",
    "NotFoundError",
    "OutOfMemoryError",
    "ReadOnlyError",
    "ResourceExhaustedError",
    "SystemCallError",
    "UnavailableError",
    "UnimplementedError",
]


class Error(Exception):
    """An error of Cairn. `str()` is one line: the place, what is wrong, and the hint.

    Attributes:
      reason: why, in one stable word such as "E_CRC".
      path: the file, where one is known.
      tensor: the name of the tensor, where one is known.
      offset: the offset in the file in bytes, where one is known.
      hint: what to do, where something can be done.
    """

    reason: str
    path: str | None
    tensor: str | None
    offset: int | None
    hint: str | None

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        path: str | None = None,
        tensor: str | None = None,
        offset: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.path = path
        self.tensor = tensor
        self.offset = offset
        self.hint = hint

    def __str__(self) -> str:
        # KeyError would show the repr of the text, and OSError its number.
        text = str(self.args[0])
        return f"{text} ({self.hint})" if self.hint else text

    def __reduce__(self) -> tuple[Any, ...]:
        fields = ("reason", "path", "tensor", "offset", "hint")
        return _unpickle, (type(self), self.args[0], {name: getattr(self, name) for name in fields})


def _unpickle(cls: type[Error], message: str, fields: dict[str, Any]) -> Error:
    return cls(message, **fields)


class SystemCallError(Error, OSError):
    """An error that the operating system has a number for: `errno`."""

    _number: int = errno.EIO

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.errno = self._number
        self.strerror = message
        self.filename = self.path


class DataLossError(Error, ValueError):
    """A file is damaged: a checksum, a structure or a size is wrong."""


class InvalidArgumentError(Error, ValueError):
    """An argument is wrong, or two of them do not go together."""


class NotFoundError(Error):
    """Something that was named does not exist."""


class MissingTensorError(NotFoundError, KeyError):
    """The checkpoint has no tensor of that name."""


class MissingFileError(NotFoundError, SystemCallError, FileNotFoundError):
    """There is no checkpoint or no file at that path."""

    _number = errno.ENOENT


class AlreadyExistsError(SystemCallError, FileExistsError):
    """There is something at the path of a new checkpoint."""

    _number = errno.EEXIST


class FailedPreconditionError(SystemCallError):
    """The file system or another process does not allow it."""


class LockedError(FailedPreconditionError):
    """Another process writes to the run."""

    _number = errno.EAGAIN


class ReadOnlyError(FailedPreconditionError):
    """The file system, or the permissions of a file, forbid writing."""

    _number = errno.EROFS


class ResourceExhaustedError(Error):
    """Something ran out."""


class OutOfMemoryError(ResourceExhaustedError, MemoryError):
    """There is not enough memory."""


class DiskFullError(ResourceExhaustedError, SystemCallError):
    """There is not enough space on the disk, or a file would be too large."""

    _number = errno.ENOSPC


class LimitError(ResourceExhaustedError, ValueError):
    """A file asks for far more than its size justifies."""


class UnavailableError(SystemCallError):
    """A file cannot be read or written now, or changed meanwhile."""


class UnimplementedError(Error, NotImplementedError):
    """The format, or this part of it, is not supported."""


class CancelledError(Error):
    """The work was stopped before it ended."""


class InternalError(Error, RuntimeError):
    """Cairn, or a program that it works with, is wrong."""
