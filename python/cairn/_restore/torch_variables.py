"""The parameters and buffers of a module of torch as variables, under the names of `state_dict`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from cairn._core import values
from cairn._core.errors import InvalidArgumentError
from cairn._restore.variables import Variable

if TYPE_CHECKING:
    torch: Any  # it has no types where it is not installed
else:
    import torch

__all__ = [
    "ModuleVariables",
    "assign_tensor",
    "empty_tensor",
    "permutation",
    "tensor_of_array",
    "variable_of_tensor",
]


class ModuleVariables:
    """What `state_dict` has is a variable: parameters, and buffers that are persistent.

    Tensors in main memory that are contiguous are saved from their memory and filled in place; the
    others, such as those of a GPU, are copied. A tensor that is there under two names is saved under
    both, as torch does, and the last one wins in a restore.
    """

    def __init__(self, module: Any) -> None:
        self._module = module

    def list_variables(self) -> tuple[list[Variable], dict[str, str]]:
        memories: set[int] = set()
        variables = []
        for name, tensor in self._tensors().items():
            is_trained = isinstance(tensor, torch.nn.Parameter) and tensor.requires_grad
            role = "trainable" if is_trained else "model"
            variable = variable_of_tensor(name, tensor, role)
            # One memory is filled once at a time, so that it is not shared twice.
            if variable.shared is not None and not _is_new(tensor, memories):
                variable = variable._replace(shared=None)
            variables.append(variable)
        return variables, {}

    def read(self, names: list[str]) -> list[tuple[Any, ...]]:
        tensors = self._tensors()
        return [values.describe(name, tensors[name]) for name in names]

    def assign(self, arrays: dict[str, Any]) -> None:
        for name, tensor in self._tensors().items():
            if name in arrays:
                assign_tensor(tensor, arrays[name])

    def metagraph(self) -> bytes | None:
        return None

    def model(self) -> Any:
        return self._module

    def _tensors(self) -> dict[str, Any]:
        state = self._module.state_dict(keep_vars=True)
        # What get_extra_state returns is not a place that can be filled: see torch_training.py.
        return {
            name: value
            for name, value in state.items()
            if isinstance(value, torch.Tensor) and not name.endswith("_extra_state")
        }


def variable_of_tensor(name: str, tensor: Any, role: str = "trainable") -> Variable:
    """Returns the variable that a tensor is.

    Raises:
      InvalidArgumentError: the tensor is sparse or quantized.
    """
    dtype = str(tensor.dtype).removeprefix("torch.")
    if tensor.layout != torch.strided or tensor.is_quantized:
        raise InvalidArgumentError(
            f"variable {name!r}: a tensor that is sparse or quantized is not saved",
            reason="E_ARGUMENT",
            tensor=name,
            hint="save tensors that are dense, such as its to_dense() or dequantize()",
        )
    if _is_uninitialized(tensor):
        return Variable(name, dtype, None, None, role)
    return Variable(name, dtype, tuple(tensor.shape), _shared_bytes(tensor), role)


def assign_tensor(tensor: Any, array: Any) -> None:
    """Gives a tensor a new value, an array of numpy with the same elements."""
    if _is_uninitialized(tensor):
        tensor.materialize(array.shape)
    with torch.no_grad():
        tensor.copy_(tensor_of_array(array, tensor.dtype))


def empty_tensor(shape: tuple[int, ...], dtype: str) -> Any:
    """Returns a new tensor in main memory whose elements are not set."""
    return torch.empty(shape, dtype=getattr(torch, dtype))


def permutation(size: int, seed: int) -> list[int]:
    """Returns the numbers below `size` in an order that `seed` decides."""
    generator = torch.Generator()
    generator.manual_seed(seed)
    order: list[int] = torch.randperm(size, generator=generator).tolist()
    return order


def tensor_of_array(array: Any, dtype: Any) -> Any:
    """Returns a tensor of torch that shows the bytes of an array, which can be written to."""
    flat = numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8)
    return torch.from_dlpack(flat).view(dtype).reshape(array.shape)


def _bytes_of(tensor: Any) -> Any:
    """Returns the bytes of a tensor that is contiguous and in main memory, as a tensor."""
    return tensor.detach().reshape(-1).view(torch.uint8)


def _shared_bytes(tensor: Any) -> Any:
    is_plain = tensor.device.type == "cpu" and tensor.is_contiguous()
    if not is_plain or tensor.is_conj() or tensor.is_neg() or tensor.numel() == 0:
        return None
    return _bytes_of(tensor)


def _is_new(tensor: Any, memories: set[int]) -> bool:
    # The storage of a tensor has had this name since torch 2.0.
    is_new = hasattr(tensor, "untyped_storage")
    storage = tensor.untyped_storage() if is_new else tensor.storage()
    memory = storage.data_ptr()
    if memory in memories:
        return False
    memories.add(memory)
    return True


def _is_uninitialized(tensor: Any) -> bool:
    return isinstance(tensor, torch.nn.parameter.UninitializedTensorMixin)
