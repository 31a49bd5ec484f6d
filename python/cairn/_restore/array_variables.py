"""The arrays of a dict, which may be nested, as variables."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import numpy

from cairn import _cairn
from cairn._core import values
from cairn._restore.variables import Variable

__all__ = ["ArrayVariables", "variable_of_array"]


class ArrayVariables:
    """The values of a dict are the variables. In a nested dict their names are paths: "conv0/W".

    Arrays of numpy and tensors of torch that are contiguous and can be written to are filled in
    place. Any other value, such as a number, is replaced in the dict.
    """

    def __init__(self, model: Mapping[str, Any]) -> None:
        self._model = model

    def list_variables(self) -> tuple[list[Variable], dict[str, str]]:
        return [variable_of_array(name, value) for name, _, _, value in self._items()], {}

    def read(self, names: list[str]) -> list[tuple[Any, ...]]:
        by_name = {name: value for name, _, _, value in self._items()}
        return [values.describe(name, by_name[name]) for name in names]

    def assign(self, arrays: dict[str, Any]) -> None:
        # Whatever cannot be assigned fails here, before anything is.
        places = [item for item in self._items() if item[0] in arrays]
        for name, parent, _, value in places:
            if not _is_writable(value) and not isinstance(parent, MutableMapping):
                raise TypeError(f"variable {name!r} cannot be written to, and neither can its dict")
        for name, parent, key, value in places:
            _assign(parent, key, value, arrays[name])

    def metagraph(self) -> bytes | None:
        return None

    def model(self) -> Mapping[str, Any]:
        return self._model

    def _items(self) -> Iterator[tuple[str, Mapping[str, Any], str, Any]]:
        """Yields (name, dict, key, value) of each variable."""
        return _items_below("", self._model)


def variable_of_array(name: str, value: Any, role: str = "trainable") -> Variable:
    """Returns the variable that an array of any kind, a number or a text is."""
    if _is_torch(value):
        from cairn._restore.torch_variables import variable_of_tensor

        return variable_of_tensor(name, value, role)
    if isinstance(value, numpy.ndarray) and value.dtype.kind not in "SUOT":
        dtype = _cairn.dtype_name(value.dtype)
        return Variable(name, dtype, value.shape, _shared_bytes(value), _role_of(dtype, role))
    _, dtype, shape, _ = values.describe(name, value)
    return Variable(name, dtype, tuple(shape), None, _role_of(dtype, role))


def _role_of(dtype: str, role: str) -> str:
    """Integers, booleans and texts are not trained."""
    return role if "float" in dtype or "complex" in dtype else "model"


def _items_below(
    prefix: str, parent: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any], str, Any]]:
    for key, value in parent.items():
        if not isinstance(key, str):
            raise TypeError(f"the name of a variable must be str, not {key!r}")
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _items_below(f"{name}/", value)
        else:
            yield name, parent, key, value


def _shared_bytes(array: numpy.ndarray[Any, Any]) -> Any:
    """Returns the bytes of an array as an array, or None if they cannot be filled in place."""
    if not array.flags.c_contiguous or not array.flags.writeable or not array.dtype.isnative:
        return None
    # Types that numpy does not have, such as bfloat16, are not known to the buffer protocol.
    return array.reshape(-1).view(numpy.uint8)


def _is_writable(value: Any) -> bool:
    if isinstance(value, numpy.ndarray):
        # Texts in an array of numpy have a length, which new ones may not have.
        return value.flags.writeable and value.dtype.kind not in "SUT"
    return _is_torch(value)


def _assign(parent: Mapping[str, Any], key: str, value: Any, new: Any) -> None:
    if _is_torch(value):
        from cairn._restore.torch_variables import assign_tensor

        assign_tensor(value, new)
    elif _is_writable(value):
        value[...] = new
    elif isinstance(parent, MutableMapping):
        parent[key] = _like(value, new)


def _like(value: Any, new: Any) -> Any:
    """Returns a new value for a place that has held `value`: a number stays a number."""
    if isinstance(value, (bool, int, float, complex)):
        return type(value)(new[()])
    if isinstance(value, numpy.ndarray) and value.dtype.kind in "UT":
        texts = [text.decode("utf-8", "surrogateescape") for text in new.ravel()]
        return numpy.array(texts, str).reshape(new.shape)
    if isinstance(value, str):
        return new[()].decode("utf-8", "surrogateescape")
    return new[()] if isinstance(value, (bytes, numpy.generic)) else new


def _is_torch(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)
