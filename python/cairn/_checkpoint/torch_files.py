"""Loads and saves tensors of torch: the functions of `safetensors.torch`, for every format."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cairn import _cairn
from cairn._checkpoint.checkpoint import Checkpoint
from cairn._checkpoint.saving import save as save_checkpoint, tensors_of
from cairn._core.backend import is_mapped
from cairn._core.errors import InvalidArgumentError
from cairn._core.torch_tensor import make_tensor

if TYPE_CHECKING:
    import torch

__all__ = ["load", "load_file", "load_model", "save", "save_file", "save_model"]

Path = str | bytes | os.PathLike[str]


class SharedTensorsError(InvalidArgumentError, RuntimeError):
    """Several tensors share memory, and each would be saved as if it had its own."""


def save(tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """Returns the content of a safetensors file with these tensors, which are contiguous and do not
    share memory.

    Args:
      tensors: the tensors by name.
      metadata: texts that are kept beside them.
    """
    _check_dense(tensors)
    return _cairn.save_content(tensors_of(tensors, metadata), "content.safetensors")


def save_file(
    tensors: Mapping[str, torch.Tensor], filename: Path, metadata: Mapping[str, str] | None = None
) -> None:
    """Saves tensors as a checkpoint of the format that the name tells. A file is replaced in one
    step; a TensorFlow checkpoint, which is several files, is never replaced.

    Args:
      tensors: the tensors by name: contiguous, and without shared memory.
      filename: a name that ends in .safetensors, .npz or .npy, or the prefix of a TensorFlow
        checkpoint.
      metadata: texts that are kept beside the tensors, where the format has a place for them.
    """
    _check_dense(tensors)
    save_checkpoint(filename, tensors, overwrite=True, metadata=metadata)


def load(data: bytes) -> dict[str, torch.Tensor]:
    """Returns the tensors of a checkpoint of one file, given its content."""
    return _tensors_in(_cairn.open_content(data), "cpu")


def load_file(
    filename: Path | Checkpoint,
    device: str | int | torch.device = "cpu",
    *,
    backend: str = "mmap",
) -> dict[str, torch.Tensor]:
    """Returns the tensors of a checkpoint of any format, verified.

    The tensors can be written to, and the file stays as it is. The object graph of a TensorFlow
    checkpoint is left out.

    Args:
      filename: any path that `cairn.open` takes, or a checkpoint that is open, whose tensors are
        copied: `load_file(cairn.open(path).select("net/**").cast("float32"))`.
      device: where the tensors shall be.
      backend: "mmap" lets tensors show the mapped file where that is possible; a page is copied
        when it is written to. The file must not be cut meanwhile. "pread" copies all values.
    """
    if isinstance(filename, Checkpoint):
        return _tensors_in(filename._tensors, device, copies=True)
    return _tensors_in(_cairn.open_privately(filename, is_mapped(backend)), device)


def save_model(
    model: torch.nn.Module,
    filename: Path,
    metadata: Mapping[str, str] | None = None,
    force_contiguous: bool = True,
) -> None:
    """Saves the state of a module. Of parameters that are the same tensor, one is saved; which name
    stands for which is kept in the metadata, where the format has a place for it.

    Args:
      model: the module.
      filename: as for `save_file`.
      metadata: texts that are kept beside the tensors.
      force_contiguous: whether tensors that are not contiguous are saved as if they were.
    """
    state = model.state_dict()
    texts = dict(metadata or {})
    for kept, *others in _groups_of_same(state):
        for name in others:
            del state[name]
            texts.setdefault(name, kept)
    if force_contiguous:
        state = {name: tensor.contiguous() for name, tensor in state.items()}
    has_place = os.fsdecode(filename).endswith(".safetensors")
    save_file(state, filename, texts if has_place else metadata)


def load_model(
    model: torch.nn.Module,
    filename: Path | Checkpoint,
    strict: bool = True,
    device: str | int | torch.device = "cpu",
    *,
    backend: str = "mmap",
) -> tuple[list[str], list[str]]:
    """Loads the state of a module, and returns the names that are missing in the checkpoint and
    those that the module does not have.

    Args:
      model: the module.
      filename: as for `load_file`.
      strict: whether missing and unexpected names are a RuntimeError.
      device: where the tensors shall be before they are copied.
      backend: as for `load_file`.
    """
    state = load_file(filename, device, backend=backend)
    missing, unexpected = map(list, model.load_state_dict(state, strict=False))
    for names in _groups_of_same(model.state_dict()):
        if any(name in state for name in names):
            missing = [name for name in missing if name not in names]
    if strict and (missing or unexpected):
        raise RuntimeError(_mismatch_text(model, missing, unexpected))
    return missing, unexpected


def _tensors_in(
    tensors: _cairn.Tensors, device: Any, copies: bool = False
) -> dict[str, torch.Tensor]:
    loaded = {
        name: make_tensor(name, dtype, shape, memory)
        for name, dtype, shape, memory in _cairn.load_memory(tensors, copies)
    }
    if device == "cpu":
        return loaded
    return {name: tensor.to(device) for name, tensor in loaded.items()}


def _check_dense(tensors: Mapping[str, torch.Tensor]) -> None:
    for name, tensor in tensors.items():
        if tensor.is_sparse:
            raise _not_dense(name, "is sparse", "make it dense with to_dense()")
        if not tensor.is_contiguous():
            raise _not_dense(name, "is not contiguous", "use its contiguous()")
    shared = _groups_of_shared(tensors)
    if shared:
        names = ", ".join(repr(name) for name in shared[0])
        raise SharedTensorsError(
            f"tensors {names} share memory, which a checkpoint does not keep",
            reason="E_ARGUMENT",
            hint="use cairn.torch.save_model, or save clones",
        )


def _not_dense(name: str, what: str, hint: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"tensor {name!r} {what}", reason="E_ARGUMENT", tensor=name, hint=hint
    )


def _groups_of_shared(tensors: Mapping[str, torch.Tensor]) -> list[list[str]]:
    """Returns the names of tensors whose memory overlaps, in groups."""
    spans = sorted((*_span_of(tensor), name) for name, tensor in tensors.items())
    groups: list[list[str]] = []
    device, end = "", 0
    for its_device, its_begin, its_end, name in spans:
        if its_begin == its_end:
            continue
        if its_device == device and its_begin < end:
            groups[-1].append(name)
        else:
            groups.append([name])
            end = 0
        device, end = its_device, max(end, its_end)
    return [group for group in groups if len(group) > 1]


def _groups_of_same(tensors: Mapping[str, torch.Tensor]) -> list[list[str]]:
    """Returns the names of tensors that are one and the same, in groups, sorted."""
    groups: dict[object, list[str]] = {}
    for name, tensor in tensors.items():
        if tensor.numel() > 0:
            key = (*_span_of(tensor), tuple(tensor.shape), tensor.stride(), tensor.dtype)
            groups.setdefault(key, []).append(name)
    return [sorted(group) for group in groups.values() if len(group) > 1]


def _span_of(tensor: torch.Tensor) -> tuple[str, int, int]:
    """Returns the device of a tensor, and where its memory begins and ends."""
    begin = tensor.data_ptr() if tensor.numel() > 0 else 0
    reach = sum((n - 1) * step for n, step in zip(tensor.shape, tensor.stride(), strict=True))
    end = begin + (reach + 1) * tensor.element_size() if begin else 0
    return str(tensor.device), begin, end


def _mismatch_text(
    model: torch.nn.Module, missing: Iterable[str], unexpected: Iterable[str]
) -> str:
    text = f"Error(s) in loading state_dict for {type(model).__name__}:"
    for title, names in (("Missing", missing), ("Unexpected", unexpected)):
        if names:
            listed = ", ".join(f'"{name}"' for name in sorted(names))
            text += f"\n    {title} key(s) in state_dict: {listed}"
    return text
