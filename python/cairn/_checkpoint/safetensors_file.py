"""A checkpoint as `safetensors.safe_open` opens a file: tensors one by one, and parts of them."""

from __future__ import annotations

import os
from typing import Any

from cairn import _cairn
from cairn._checkpoint.lazy import Index, LazyTensor
from cairn._core.backend import is_mapped
from cairn._core.errors import FailedPreconditionError
from cairn._core.frameworks import Converter, find_converter

__all__ = ["TensorSlice", "safe_open"]


class TensorSlice:
    """A tensor of which parts are read: `f.get_slice("emb")[2:5]` reads three rows."""

    def __init__(self, tensors: _cairn.Tensors, name: str, convert: Converter) -> None:
        self._tensors = tensors
        self._lazy = LazyTensor(tensors, name, verify=False, shows_progress=False)
        self._convert = convert

    def get_shape(self) -> list[int]:
        """Returns the shape of the whole tensor."""
        return list(self._lazy.shape)

    def get_dtype(self) -> str:
        """Returns the dtype by the name that it has in safetensors, such as F32."""
        return self._tensors.safetensors_dtype(self._lazy.name)

    def __getitem__(self, index: Index) -> Any:
        # An ellipsis makes an array also of what would be a number.
        parts = index if isinstance(index, tuple) else (index,)
        if not any(part is ... for part in parts):
            parts = (*parts, ...)
        name = self._lazy.name
        return self._convert(name, self._tensors.dtype_name(name), self._lazy[parts])


class safe_open:
    """Opens a checkpoint of any format with the methods that `safetensors.safe_open` has.

        with cairn.safe_open("model.safetensors", framework="np") as f:
            f.get_slice("emb")[2:5]

    Tensors are copies, which are verified when they are read as a whole. It can be used without
    `with`, too.

    Args:
      filename: any path that `cairn.open` takes.
      framework: "np", "pt", "tf" or "flax".
      device: where tensors of torch shall be.
      backend: "mmap" maps the file, which must not be cut meanwhile; "pread" reads it.
    """

    def __init__(
        self,
        filename: str | bytes | os.PathLike[str],
        framework: str,
        device: Any = "cpu",
        *,
        backend: str = "mmap",
    ) -> None:
        self._convert = find_converter(framework, device)
        self._opened: _cairn.Tensors | None = _cairn.open(filename, is_mapped(backend)).tensors

    def keys(self) -> list[str]:
        """Returns the names of all tensors, sorted."""
        return self._tensors.names()

    def offset_keys(self) -> list[str]:
        """Returns the names of all tensors, in the order in which they lie in the file."""
        return self._tensors.names_by_offset()

    def metadata(self) -> dict[str, str] | None:
        """Returns the texts that are kept beside the tensors, or None if there are none."""
        return self._tensors.metadata() or None

    def get_tensor(self, name: str) -> Any:
        """Returns a tensor, verified."""
        dtype = self._tensors.dtype_name(name)
        return self._convert(name, dtype, self._tensors.read_copy(name))

    def get_tensors(self) -> dict[str, Any]:
        """Returns all tensors, verified."""
        return {name: self.get_tensor(name) for name in self.keys()}

    def get_slice(self, name: str) -> TensorSlice:
        """Returns a tensor of which parts are read."""
        return TensorSlice(self._tensors, name, self._convert)

    @property
    def _tensors(self) -> _cairn.Tensors:
        if self._opened is None:
            raise FailedPreconditionError("the file is closed", reason="E_ARGUMENT")
        return self._opened

    def __enter__(self) -> safe_open:
        return self

    def __exit__(self, *error: object) -> None:
        self._opened = None
