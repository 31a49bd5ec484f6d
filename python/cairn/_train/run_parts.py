"""The parts of a run beside its model: objects whose states are saved and loaded with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cairn._core.errors import InvalidArgumentError
from cairn._restore import state_tree

__all__ = ["Part", "data_text", "load_data", "parts_of"]


class Part:
    """An object with a state: `state_dict` and `load_state_dict`, or `save` and `load`.

    The arrays of its state are tensors of the checkpoint. Their names begin with that of the part.
    """

    def __init__(self, name: str, owner: Any) -> None:
        self.name = name
        self._owner = owner
        self._get, self._set = _functions_of(name, owner)

    def state(self) -> tuple[str, dict[str, Any]]:
        """Returns the present state: its text, and its arrays by the names of their tensors."""
        arrays: dict[str, Any] = {}

        def keep(path: state_tree.Path, value: Any) -> Any:
            name = self.tensor_name(path)
            if name in arrays:
                raise InvalidArgumentError(
                    f"the state of {self.name} has two arrays named {name!r}", reason="E_ARGUMENT"
                )
            arrays[name] = value
            return [state_tree.kind_of(value), name]

        return state_tree.dumps(self.name, self._get(), keep), arrays

    def tensor_names(self, text: str) -> dict[str, str]:
        """Returns the names of the tensors that a text asks for, each with the kind of its array."""
        names: dict[str, str] = {}
        state_tree.loads(self.name, text, lambda known: names.update({known[1]: known[0]}))
        return names

    def load(self, text: str, arrays: Mapping[str, Any]) -> None:
        """Gives the object the state of a text. `arrays` are those that the text asks for."""
        present = self._get() if '"$program"' in text else None
        state = state_tree.loads(
            self.name, text, lambda known: state_tree.as_kind(known[0], arrays[known[1]]), present
        )
        self._set(state)

    def tensor_name(self, path: state_tree.Path) -> str:
        """Returns the name of the tensor for an array at a place of the state."""
        return "/".join([self.name, *map(str, path)])


def parts_of(name: str, owner: Any, make: Callable[[str, Any], Part] = Part) -> list[Part]:
    """Returns the part of an object, or those of a dict or list of objects: "optimizer.0"."""
    if owner is None:
        return []
    if isinstance(owner, Mapping) and not _has_state(owner):
        return [make(f"{name}.{key}", value) for key, value in owner.items()]
    if isinstance(owner, (list, tuple)):
        return [make(f"{name}.{i}", value) for i, value in enumerate(owner)]
    return [make(name, owner)]


def data_text(data: Any) -> str:
    """Returns the position of a source of data as text."""
    if hasattr(data, "position") and hasattr(data, "seek"):
        return state_tree.dumps("data", data.position(), state_tree.inline_array)
    get, _ = _functions_of("data", data)
    return state_tree.dumps("data", get(), state_tree.inline_array)


def load_data(data: Any, text: str) -> None:
    """Takes a source of data to a position."""
    position = state_tree.loads("data", text, state_tree.array_of_inline)
    if hasattr(data, "position") and hasattr(data, "seek"):
        data.seek(position)
    else:
        _functions_of("data", data)[1](position)


def _has_state(owner: Any) -> bool:
    return any(
        callable(getattr(owner, get, None)) and callable(getattr(owner, load, None))
        for get, load in _PAIRS
    )


def _functions_of(name: str, owner: Any) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    for get, load in _PAIRS:
        if callable(getattr(owner, get, None)) and callable(getattr(owner, load, None)):
            return getattr(owner, get), getattr(owner, load)
    raise InvalidArgumentError(
        f"{name} is a {type(owner).__qualname__}, which has no state",
        reason="E_ARGUMENT",
        hint="give it the functions state_dict() and load_state_dict(state), or save() and load(state)",
    )


_PAIRS = (("state_dict", "load_state_dict"), ("save", "load"))
