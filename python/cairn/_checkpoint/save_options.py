"""The options of every function that saves a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

__all__ = ["SaveOptions"]


class SaveOptions(TypedDict, total=False):
    """The options of `cairn.save`, which describes them."""

    format: str | None
    overwrite: bool
    compress: bool
    alignment: int
    max_shard_nbytes: int
    share: Literal["reflink", "hard_link"] | None
    metadata: Mapping[str, str] | None
    durable: bool
