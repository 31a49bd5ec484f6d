"""The variables of a live session of TensorFlow 1."""

from __future__ import annotations

from typing import Any

import tensorflow

from cairn._core import values
from cairn._restore.variables import Variable

__all__ = ["SessionVariables"]

_V1 = tensorflow.compat.v1


class SessionVariables:
    """The global and local variables of the graph of a session, under the names of their ops.

    They are read and assigned in one run each, and no op is added: the graph may be finalized.
    """

    def __init__(self, session: Any) -> None:
        self._session = session

    def list_variables(self) -> tuple[list[Variable], dict[str, str]]:
        graph = self._session.graph
        trainable = {v.op.name for v in graph.get_collection(_V1.GraphKeys.TRAINABLE_VARIABLES)}
        model = {v.op.name for v in graph.get_collection(_V1.GraphKeys.MODEL_VARIABLES)}
        roles = dict.fromkeys(self._global(), "")
        roles |= dict.fromkeys(model, "model") | dict.fromkeys(trainable, "trainable")
        variables = [_describe(n, v, roles[n]) for n, v in self._global().items()]
        local = graph.get_collection(_V1.GraphKeys.LOCAL_VARIABLES)
        known = {variable.name for variable in variables}
        variables += [_describe(v.op.name, v, "local") for v in local if v.op.name not in known]
        return variables, {}

    def read(self, names: list[str]) -> list[tuple[Any, ...]]:
        known = self._global()
        arrays = self._session.run([known[name] for name in names])
        return [values.describe(n, array) for n, array in zip(names, arrays, strict=True)]

    def assign(self, arrays: dict[str, Any]) -> None:
        known = self._global()
        ops = [known[name].initializer for name in arrays]
        fed = zip(ops, arrays.values(), strict=True)
        self._session.run(ops, {op.inputs[1]: array for op, array in fed})

    def metagraph(self) -> bytes | None:
        graph = self._session.graph
        text: bytes = _V1.train.export_meta_graph(graph=graph).SerializeToString()
        return text

    def model(self) -> Any:
        return self._session

    def _global(self) -> dict[str, Any]:
        variables = self._session.graph.get_collection(_V1.GraphKeys.GLOBAL_VARIABLES)
        return {variable.op.name: variable for variable in variables}


def _describe(name: str, variable: Any, role: str) -> Variable:
    dims = variable.shape.dims
    shape = None if dims is None else tuple(-1 if d.value is None else d.value for d in dims)
    return Variable(name, variable.dtype.base_dtype.name, shape, None, role)
