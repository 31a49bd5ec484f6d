"""The variables of a model: what they are, and how they are read and get new values.

A model is a dict of arrays (also a nested one), a `torch.nn.Module`, a Keras model, a pytree of JAX,
or a live `tf.compat.v1.Session`. Each kind has an adapter in a file of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

__all__ = ["Adapter", "Variable", "adapter_of"]


class Variable(NamedTuple):
    """A variable of a model.

    `shared` is an array with the buffer protocol or DLPack whose bytes are the variable: it is saved
    from there and restored into it. If it is None, the adapter reads and assigns the variable.
    """

    name: str
    dtype: str  # as the program shows it
    shape: tuple[int, ...] | None  # -1 is a dimension, and None a rank, that is not known yet
    shared: Any = None
    role: str = ""  # "trainable"; "model": not trained, but needed; "local": not saved


class Adapter(Protocol):
    """What the session of a model calls."""

    def list_variables(self) -> tuple[list[Variable], dict[str, str]]:
        """Returns the variables as they are now, and texts that a run keeps beside them, by name."""
        ...

    def read(self, names: list[str]) -> list[tuple[Any, ...]]:
        """Returns (name, dtype, shape, data) for each variable, as `values.describe` does."""
        ...

    def assign(self, arrays: dict[str, Any]) -> None:
        """Gives variables new values. The arrays belong to the adapter from then on."""

    def metagraph(self) -> bytes | None:
        """Returns the bytes of a MetaGraphDef that describes the graph of the model, or None."""

    def model(self) -> Any:
        """Returns the model with its present values."""


def adapter_of(model: Any) -> Adapter:
    """Returns the adapter of a model.

    Raises:
      TypeError: the model is none of the kinds that are known.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        from cairn._restore.torch_variables import ModuleVariables

        return ModuleVariables(model)
    keras = sys.modules.get("keras")
    if keras is not None and isinstance(model, (keras.Model, keras.optimizers.Optimizer)):
        from cairn._restore.keras_variables import ModelVariables, OptimizerVariables

        is_model = isinstance(model, keras.Model)
        return ModelVariables(model) if is_model else OptimizerVariables(model)
    if _is_tensorflow_session(model):
        from cairn._restore.tensorflow_variables import SessionVariables

        return SessionVariables(model)
    jax = sys.modules.get("jax")
    if jax is not None and _has_jax_leaf(jax, model):
        from cairn._restore.jax_variables import PytreeVariables

        return PytreeVariables(model)
    if isinstance(model, Mapping):
        from cairn._restore.array_variables import ArrayVariables

        return ArrayVariables(model)
    kind = f"{type(model).__module__}.{type(model).__qualname__}".removeprefix("builtins.")
    raise TypeError(
        f"{kind} is not a model: expected a dict of arrays, a torch.nn.Module, a Keras model, "
        "a pytree of JAX or a tf.compat.v1.Session"
    )


def _is_tensorflow_session(model: Any) -> bool:
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None:
        return False
    # A MonitoredSession of an estimator holds a session without being one.
    return isinstance(model, tensorflow.compat.v1.Session) or (
        type(model).__module__.startswith("tensorflow") and hasattr(model, "graph")
    )


def _has_jax_leaf(jax: Any, model: Any) -> bool:
    return any(isinstance(leaf, jax.Array) for leaf in jax.tree_util.tree_leaves(model))
