"""What a training of torch keeps beside the tensors of its module: optimizers and extra state.

The state of an optimizer has the names that the C++ library gives it: `fc.weight/exp_avg` is what it
keeps for the parameter `fc.weight`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cairn._restore import state_tree
from cairn._train.run_parts import Part, parts_of

if TYPE_CHECKING:
    torch: Any  # it has no types where it is not installed
else:
    import torch

__all__ = ["parts_of_module"]


def parts_of_module(module: Any, optimizer: Any) -> list[Part]:
    """Returns the parts of a module and of its optimizers."""
    names = {id(parameter): name for name, parameter in module.named_parameters()}
    parts = parts_of("optimizer", optimizer, lambda name, owner: _OptimizerPart(name, owner, names))
    extra = _ExtraState(module)
    if extra.state_dict():
        parts.append(Part("extra_state", extra))
    return parts


class _OptimizerPart(Part):
    """The state of an optimizer: its tensors, and the options of its groups."""

    def __init__(self, name: str, optimizer: Any, names: Mapping[int, str]) -> None:
        super().__init__(name, optimizer)
        self._optimizer = optimizer
        self._names = names
        # Several optimizers may have state for one parameter.
        self._prefix = name.removeprefix("optimizer").lstrip(".")
        self._is_of_torch = isinstance(optimizer, torch.optim.Optimizer)

    def tensor_name(self, path: state_tree.Path) -> str:
        place = list(map(str, path))
        if path[0] == "state" and self._is_of_torch:
            place = [self._parameter_name(path[1]), *place[2:]]
        return "/".join([self._prefix, *place] if self._prefix else place)

    def load(self, text: str, arrays: Mapping[str, Any]) -> None:
        super().load(text, arrays)
        if self._is_of_torch:
            self._keep_dtypes(arrays)

    def _parameters(self) -> list[Any]:
        groups = self._optimizer.param_groups
        return [parameter for group in groups for parameter in group["params"]]

    def _parameter_name(self, number: int) -> str:
        return self._names.get(id(self._parameters()[number]), f"parameter_{number}")

    def _keep_dtypes(self, arrays: Mapping[str, Any]) -> None:
        """Undoes the casts of `load_state_dict`, which gives every tensor the dtype of its parameter."""
        for number, parameter in enumerate(self._parameters()):
            state = self._optimizer.state.get(parameter, {})
            for key, value in state.items():
                state[key] = self._uncast(("state", number, key), value, arrays)

    def _uncast(self, path: state_tree.Path, value: Any, arrays: Mapping[str, Any]) -> Any:
        if isinstance(value, list):
            return [self._uncast((*path, i), item, arrays) for i, item in enumerate(value)]
        if not isinstance(value, torch.Tensor):
            return value
        saved = arrays.get(self.tensor_name(path))
        if saved is None or saved.dtype == value.dtype:
            return value
        return saved.to(value.device)


class _ExtraState:
    """What modules keep by `get_extra_state`, under the names of `state_dict`."""

    _SUFFIX = "_extra_state"

    def __init__(self, module: Any) -> None:
        self._module = module

    def state_dict(self) -> dict[str, Any]:
        state = self._module.state_dict()
        return {name: value for name, value in state.items() if name.endswith(self._SUFFIX)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            owner = name.removesuffix(self._SUFFIX).rstrip(".")
            self._module.get_submodule(owner).set_extra_state(value)
