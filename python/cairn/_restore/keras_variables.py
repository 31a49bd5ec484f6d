"""The variables of a Keras model, of its optimizer and of its seed generators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cairn._core import values
from cairn._restore.variables import Variable

if TYPE_CHECKING:
    keras: Any  # it has no types where it is not installed
else:
    import keras

__all__ = ["GlobalSeed", "ModelVariables", "OptimizerVariables"]


class _Variables:
    """Variables of Keras under their paths. Keras reads and assigns them."""

    def _variables(self) -> Iterable[Any]:
        raise NotImplementedError

    def list_variables(self) -> tuple[list[Variable], dict[str, str]]:
        return [_describe(name, variable) for name, variable in self._by_name().items()], {}

    def read(self, names: list[str]) -> list[tuple[Any, ...]]:
        by_name = self._by_name()
        return [values.describe(n, _numpy(by_name[n])) for n in names]

    def assign(self, arrays: dict[str, Any]) -> None:
        for name, variable in self._by_name().items():
            if name in arrays:
                variable.assign(arrays[name])

    def metagraph(self) -> bytes | None:
        return None

    def _by_name(self) -> dict[str, Any]:
        """Returns the variables by their paths. Later ones of an equal path get a number."""
        known: dict[str, Any] = {}
        seen: set[int] = set()
        for variable in self._variables():
            if id(variable) in seen:
                continue
            seen.add(id(variable))
            name, number = variable.path, 1
            while name in known:
                name, number = f"{variable.path}_{number}", number + 1
            known[name] = variable
        return known


class ModelVariables(_Variables):
    """All variables of a model: weights, metrics, seed generators, and those of its optimizer."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def model(self) -> Any:
        return self._model

    def _variables(self) -> Iterable[Any]:
        yield from self._model.variables
        optimizer = getattr(self._model, "optimizer", None)
        if optimizer is not None and optimizer.built:
            yield from optimizer.variables


class OptimizerVariables(_Variables):
    """The variables of an optimizer of Keras, which must be built."""

    def __init__(self, optimizer: Any) -> None:
        self._optimizer = optimizer

    def model(self) -> Any:
        return self._optimizer

    def _variables(self) -> Iterable[Any]:
        return list(self._optimizer.variables)


class GlobalSeed:
    """The generator that `keras.random` uses where it is given no seed."""

    def __init__(self) -> None:
        # Keras makes it when it is used first, with a number from the generator of Python.
        self._variable()

    def state_dict(self) -> dict[str, Any]:
        return {"state": _numpy(self._variable())}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._variable().assign(state["state"])

    def _variable(self) -> Any:
        from keras.src.random.seed_generator import global_seed_generator

        return global_seed_generator().state


def _numpy(variable: Any) -> Any:
    """Returns a copy of the value of a variable."""
    value = variable.value
    # The general function of Keras asks a variable of TensorFlow for a copy in an old way.
    is_tensorflow = keras.backend.backend() == "tensorflow"
    return value.numpy() if is_tensorflow else keras.ops.convert_to_numpy(value)


def _describe(name: str, variable: Any) -> Variable:
    role = "trainable" if variable.trainable else "model"
    dtype = keras.backend.standardize_dtype(variable.dtype)
    return Variable(name, dtype, tuple(variable.shape), None, role)
