"""What is known of a checkpoint without reading its tensors: `Checkpoint.info()`."""

from __future__ import annotations

from typing import Any, NamedTuple

from cairn._core.listing import binary_size

__all__ = ["CheckpointInfo"]

# (dtype, shape) of an input or output; None where the graph does not say, -1 for any size.
_TensorOfSignature = tuple[str | None, tuple[int, ...] | None]


class CheckpointInfo(NamedTuple):
    """The facts that `cairn info` prints. None stands for what no file states."""

    path: str | None
    format: str | None
    version: str | None  # of the format
    endianness: str | None
    compression: str | None
    files: dict[str, int | None]  # the size of each file; None if it is missing
    num_tensors: int
    num_parameters: int  # of the model
    num_training_parameters: int  # of what only training needs
    nbytes: int
    training_nbytes: int  # of optimizers, their slots, moving averages and the like
    unread: list[str]  # the names of tensors that cannot be read
    slots: dict[str, int]  # by the name of an optimizer's slot: how many variables have one
    optimizer: dict[str, Any]  # the scalars that an optimizer keeps, such as a learning rate
    step: int | None
    save_counter: int | None
    state_file: str | None  # what the state file beside it calls newest
    num_objects: int | None  # of the object graph
    lineage: str | None  # where it comes from, as JSON
    tensorflow_version: str | None  # of the TensorFlow that wrote the graph beside it
    # The inputs and outputs of each signature of that graph, by name.
    signatures: dict[str, tuple[dict[str, _TensorOfSignature], dict[str, _TensorOfSignature]]]
    warnings: list[str]  # what could not be read for these facts

    def __repr__(self) -> str:
        sizes = {"nbytes", "training_nbytes"}
        lines = []
        for name, value in self._asdict().items():
            if value is None or value == {} or value == []:
                continue
            shown = f"{value} ({binary_size(value)})" if name in sizes else f"{value}"
            lines.append(f"  {name}: {shown}")
        return "\n".join(["<cairn.CheckpointInfo", *lines]) + ">"
