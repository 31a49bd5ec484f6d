"""The leaves of a pytree of JAX as variables, under their paths."""

from __future__ import annotations

from typing import Any

import jax
import numpy

from cairn._core import values
from cairn._restore.variables import Variable

__all__ = ["PytreeVariables"]


class PytreeVariables:
    """The leaves of a pytree. Their names are paths: "params/dense/kernel", "opt/0/mu/w".

    Arrays of JAX cannot be changed: a restore makes a new pytree, with the devices and shardings of
    the leaves before. `model` returns it.
    """

    def __init__(self, tree: Any) -> None:
        self._tree = tree

    def list_variables(self) -> tuple[list[Variable], dict[str, str]]:
        return [_describe(name, leaf) for name, leaf in self._leaves().items()], {}

    def read(self, names: list[str]) -> list[tuple[Any, ...]]:
        leaves = self._leaves()
        return [values.describe(name, numpy.asarray(_plain(leaves[name]))) for name in names]

    def assign(self, arrays: dict[str, Any]) -> None:
        leaves = self._leaves()
        new = [_like(leaf, arrays[n]) if n in arrays else leaf for n, leaf in leaves.items()]
        structure = jax.tree_util.tree_structure(self._tree)
        self._tree = jax.tree_util.tree_unflatten(structure, new)

    def metagraph(self) -> bytes | None:
        return None

    def model(self) -> Any:
        return self._tree

    def _leaves(self) -> dict[str, Any]:
        leaves: dict[str, Any] = {}
        for path, leaf in jax.tree_util.tree_flatten_with_path(self._tree)[0]:
            name = "/".join(_text_of(key) for key in path)
            if name in leaves:
                raise ValueError(f"the pytree has two leaves at {name!r}")
            leaves[name] = leaf
        return leaves


def _text_of(key: Any) -> str:
    for attribute in ("key", "name", "idx"):
        if hasattr(key, attribute):
            return str(getattr(key, attribute))
    return str(key)


def _is_key(leaf: Any) -> bool:
    """Whether a leaf is an array of random keys, whose elements are not numbers."""
    return isinstance(leaf, jax.Array) and jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _plain(leaf: Any) -> Any:
    return jax.random.key_data(leaf) if _is_key(leaf) else leaf


def _describe(name: str, leaf: Any) -> Variable:
    plain = _plain(leaf)
    array = plain if isinstance(plain, jax.Array) else numpy.asarray(plain)
    role = "trainable" if "float" in array.dtype.name else "model"
    return Variable(name, array.dtype.name, tuple(array.shape), None, role)


def _like(leaf: Any, array: Any) -> Any:
    """Returns a new leaf with the values of an array, of the kind and at the place of the old one."""
    if _is_key(leaf):
        kind: Any = jax.random.key_impl(leaf)
        return jax.random.wrap_key_data(jax.numpy.asarray(array), impl=kind)
    if isinstance(leaf, jax.Array):
        return jax.device_put(array, leaf.sharding)
    return array if isinstance(leaf, numpy.ndarray) else type(leaf)(array[()])
