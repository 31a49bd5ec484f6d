"""Loads and saves tensors of torch: the names of `safetensors.torch`, for every format.

    from cairn.torch import load_file, save_file

Torch is imported when a function needs it.
"""

from __future__ import annotations

from cairn.torch_files import load, load_file, load_model, save, save_file, save_model

__all__ = ["load", "load_file", "load_model", "save", "save_file", "save_model"]
