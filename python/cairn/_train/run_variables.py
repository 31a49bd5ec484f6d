"""The variables of a run: those of its model, and the arrays in the states of its other parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from cairn import _cairn
from cairn._core import values
from cairn._core.errors import DataLossError
from cairn._restore.array_variables import ArrayVariables, variable_of_array
from cairn._restore.variables import Adapter, Variable
from cairn._train.run_parts import Part

__all__ = ["RunVariables"]

# The prefix of the names of an adapter's variables, and the adapter.
Prefixed = tuple[str, Adapter]


class RunVariables:
    """The adapter of a whole run.

    While a run is saved, its variables are those of the model and the arrays of all states. While it
    is resumed, they are those of the model and, for every state in the checkpoint, arrays with the
    dtypes and shapes that the checkpoint has, which become the states afterwards.
    """

    def __init__(
        self, models: list[Prefixed], parts: list[Part], texts: Callable[[], dict[str, str]]
    ) -> None:
        self.models = models
        self._parts = parts
        self._texts = texts
        self._arrays: dict[str, Any] = {}
        self._is_resuming = False
        self._states: dict[str, str] = {}

    def list_variables(self) -> tuple[list[Variable], dict[str, str]]:
        texts: dict[str, str] = {}
        if not self._is_resuming:
            texts = self._take_states()
        variables = [
            variable._replace(name=prefix + variable.name)
            for prefix, adapter in self.models
            for variable in adapter.list_variables()[0]
        ]
        variables += [variable_of_array(name, value, "") for name, value in self._arrays.items()]
        return variables, texts

    def read(self, names: list[str]) -> list[tuple[Any, ...]]:
        own = {n: values.describe(n, self._arrays[n]) for n in names if n in self._arrays}
        for prefix, adapter in self.models:
            wanted = [n for n in self._names_of(prefix, names) if n not in own]
            read = adapter.read([n[len(prefix) :] for n in wanted]) if wanted else []
            own.update({n: (n, *item[1:]) for n, item in zip(wanted, read, strict=True)})
        return [own[name] for name in names]

    def assign(self, arrays: dict[str, Any]) -> None:
        own = {name: array for name, array in arrays.items() if name in self._arrays}
        for prefix, adapter in self.models:
            mine = [name for name in self._names_of(prefix, list(arrays)) if name not in own]
            if mine:
                adapter.assign({name[len(prefix) :]: arrays[name] for name in mine})
        if own:
            ArrayVariables(self._arrays).assign(own)

    def metagraph(self) -> bytes | None:
        return self.models[0][1].metagraph()

    def model(self) -> Any:
        return self.models[0][1].model()

    def prepare(self, tensors: _cairn.Tensors, states: dict[str, str]) -> None:
        """Makes arrays for the states that a checkpoint has."""
        self._is_resuming = True
        self._states = {part.name: states[part.name] for part in self._parts if part.name in states}
        self._arrays = {}
        for part in self._parts:
            for name, kind in part.tensor_names(self._states.get(part.name, "null")).items():
                self._arrays[name] = _empty_array(part.name, tensors, name, kind)

    def end_resume(self) -> None:
        """Gives every part the state that was loaded."""
        for part in self._parts:
            if part.name in self._states:
                part.load(self._states[part.name], self._arrays)
        self.forget_resume()

    def forget_resume(self) -> None:
        """Lists the present states from now on."""
        self._is_resuming = False
        self._arrays, self._states = {}, {}

    def _names_of(self, prefix: str, names: list[str]) -> list[str]:
        """Returns the names of the variables of one adapter: the longest prefix counts."""
        longer = [p for p, _ in self.models if len(p) > len(prefix)]
        return [n for n in names if n.startswith(prefix) and not any(map(n.startswith, longer))]

    def _take_states(self) -> dict[str, str]:
        texts = self._texts()
        self._arrays = {}
        for part in self._parts:
            texts[f"state/{part.name}"], arrays = part.state()
            self._arrays.update(arrays)
        return texts


def _empty_array(part: str, tensors: _cairn.Tensors, name: str, kind: str) -> Any:
    if name not in tensors:
        raise DataLossError(
            f"the state of {part} is not complete: the checkpoint has no tensor {name!r}",
            reason="E_FORMAT",
            tensor=name,
        )
    shape, dtype = tensors.shape(name), tensors.dtype_name(name)
    if kind == "torch":
        from cairn._restore.torch_variables import empty_tensor

        return empty_tensor(shape, dtype)
    return numpy.empty(shape, _cairn.numpy_dtype(dtype))
