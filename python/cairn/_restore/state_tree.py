"""The state of an object as text and arrays: what `state_dict` returns, or the like.

The text is JSON. Arrays are kept elsewhere, such as in the tensors of a checkpoint, and the text has
their names. Functions and classes belong to the program: they are not kept, and the object keeps its
own when the state is loaded.
"""

from __future__ import annotations

import base64
import collections
import json
import sys
from collections.abc import Callable
from typing import Any

import numpy

from cairn import _cairn
from cairn._core import values
from cairn._core.errors import DataLossError, InvalidArgumentError

__all__ = ["array_of_inline", "as_kind", "dumps", "inline_array", "is_array", "kind_of", "loads"]

Path = tuple[Any, ...]
# Takes the place and the value of an array, and returns what the text has of it.
OnArray = Callable[[Path, Any], Any]
# Takes what the text has of an array, and returns the array.
MakeArray = Callable[[Any], Any]


def dumps(what: str, state: Any, on_array: OnArray) -> str:
    """Returns the text of a state. Messages show `what`.

    Raises:
      InvalidArgumentError: the state has an object that is neither number, text, array, list,
        tuple, set nor dict.
    """
    return json.dumps(_encode(what, (), state, on_array), separators=(",", ":"))


def loads(what: str, text: str, make_array: MakeArray, present: Any = None) -> Any:
    """Returns the state that a text was made of. `present` is the state that the object has now.

    Raises:
      DataLossError: the text is not one of `dumps`.
    """
    try:
        return _decode(json.loads(text), make_array, present)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise DataLossError(
            f"the state of {what} cannot be read: {error}", reason="E_FORMAT"
        ) from error


def inline_array(path: Path, value: Any) -> Any:
    """Keeps an array in the text itself."""
    _, dtype, shape, data = values.describe("/".join(map(str, path)), value)
    if isinstance(data, list):
        raise TypeError("an array of texts is not a part of a state")
    return [kind_of(value), dtype, list(shape), base64.b64encode(data).decode("ascii")]


def array_of_inline(known: Any) -> Any:
    """Returns the array that `inline_array` has kept."""
    kind, dtype, shape, data = known
    flat = numpy.frombuffer(bytearray(base64.b64decode(data)), _cairn.numpy_dtype(dtype))
    return as_kind(kind, flat.reshape(shape))


def is_array(value: Any) -> bool:
    """Whether a value is an array of numpy, torch or JAX, or a scalar of numpy."""
    return isinstance(value, (numpy.ndarray, numpy.generic)) or kind_of(value) != "numpy"


def as_kind(kind: str, array: Any) -> Any:
    """Returns an array as what it was when its state was taken."""
    if kind == "scalar":
        return array[()]
    if kind == "torch" and isinstance(array, numpy.ndarray):
        import torch

        from cairn._restore.torch_variables import tensor_of_array

        return tensor_of_array(array, getattr(torch, _cairn.dtype_name(array.dtype)))
    if kind == "jax":
        import jax

        return jax.numpy.asarray(array)
    return array


def kind_of(value: Any) -> str:
    """Returns what an array is one of: "numpy", "scalar" (of numpy), "torch" or "jax"."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return "torch"
    jax = sys.modules.get("jax")
    if jax is not None and isinstance(value, jax.Array):
        return "jax"
    return "scalar" if isinstance(value, numpy.generic) else "numpy"


def _encode(what: str, path: Path, value: Any, on_array: OnArray) -> Any:
    if value is None or isinstance(value, (bool, str)) or type(value) in (int, float):
        return value
    if is_array(value):
        return {"$array": on_array(path, value)}
    if isinstance(value, dict):
        return _encode_dict(what, path, value, on_array)
    if isinstance(value, (list, tuple, set)):
        items = [_encode(what, (*path, i), item, on_array) for i, item in enumerate(value)]
        if isinstance(value, list):
            return items
        return {"$tuple" if isinstance(value, tuple) else "$set": items}
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, complex):
        return {"$complex": [value.real, value.imag]}
    if callable(value):
        return {"$program": getattr(value, "__qualname__", type(value).__qualname__)}
    raise _not_a_state(what, path, value)


def _encode_dict(what: str, path: Path, value: dict[Any, Any], on_array: OnArray) -> Any:
    items = [(key, _encode(what, (*path, key), item, on_array)) for key, item in value.items()]
    if isinstance(value, collections.Counter):
        return {"$counter": [[_encode(what, path, key, on_array), item] for key, item in items]}
    if all(isinstance(key, str) and not key.startswith("$") for key, _ in items):
        return dict(items)
    return {"$dict": [[_encode(what, path, key, on_array), item] for key, item in items]}


def _decode(value: Any, make_array: MakeArray, present: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item, make_array, _part(present, i)) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (key, known), *_ = value.items()
        if key.startswith("$"):
            return _decode_special(key, known, make_array, present)
    return {key: _decode(item, make_array, _part(present, key)) for key, item in value.items()}


def _decode_special(key: str, known: Any, make_array: MakeArray, present: Any) -> Any:
    if key == "$array":
        return make_array(known)
    if key in ("$dict", "$counter"):
        keys = [_decode(item[0], make_array, None) for item in known]
        parts = [_part(present, k) for k in keys]
        items = zip(keys, known, parts, strict=True)
        decoded = {k: _decode(item[1], make_array, part) for k, item, part in items}
        return collections.Counter(decoded) if key == "$counter" else decoded
    if key in ("$tuple", "$set"):
        items_of = tuple if key == "$tuple" else set
        return items_of(_decode(known, make_array, present))
    if key == "$bytes":
        return base64.b64decode(known)
    if key == "$complex":
        return complex(*known)
    if key == "$program":
        return present
    raise ValueError(f"{key!r} is not known")


def _part(present: Any, key: Any) -> Any:
    """Returns what the present state has at the same place, or None."""
    if isinstance(present, dict):
        return present.get(key)
    if isinstance(present, (list, tuple)) and isinstance(key, int) and key < len(present):
        return present[key]
    return None


def _not_a_state(what: str, path: Path, value: Any) -> InvalidArgumentError:
    place = "".join(f"[{key!r}]" for key in path)
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    return InvalidArgumentError(
        f"the state of {what} has a {kind}{f' at {place}' if place else ''}, which is not saved",
        reason="E_ARGUMENT",
        hint="return numbers, texts, arrays, lists and dicts from its state_dict",
    )
