"""What is for torch alone: its tensors under the names of `safetensors.torch`, for every format, and
the batches of a training.

    from cairn.torch import load_file, save_file

Torch is imported when a function needs it.
"""

from __future__ import annotations

from cairn._checkpoint.torch_files import load, load_file, load_model, save, save_file, save_model
from cairn._train.shuffled_batches import ShuffledBatches

__all__ = [
    "ShuffledBatches",
    "load",
    "load_file",
    "load_model",
    "save",
    "save_file",
    "save_model",
]
