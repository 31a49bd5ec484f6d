"""What is for torch alone. Torch is imported when a function needs it."""

from __future__ import annotations

from cairn.shuffled_batches import ShuffledBatches

__all__ = ["ShuffledBatches"]
