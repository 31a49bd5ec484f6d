"""How the bytes of a file are had, by the names that safetensors has for it."""

from __future__ import annotations

from cairn._core.errors import InvalidArgumentError

__all__ = ["is_mapped"]


def is_mapped(backend: str) -> bool:
    """Returns whether files are mapped, which "mmap" asks for; "pread" copies their values."""
    if backend not in ("mmap", "pread"):
        raise InvalidArgumentError(
            f"backend {backend!r} is not known",
            reason="E_ARGUMENT",
            hint='use "mmap" or "pread"',
        )
    return backend == "mmap"
