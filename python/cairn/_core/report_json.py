"""Reports as the program's JSON."""

from __future__ import annotations

from typing import Any

__all__ = ["named", "number", "to_json"]


def named(key: str, text: str) -> dict[str, str]:
    """Returns a name under a key. Beside one that is not UTF-8 stand its exact bytes."""
    if text.isascii() or not any("\udc80" <= char <= "\udcff" for char in text):
        return {key: text}
    import base64

    from cairn import _cairn

    exact = base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()
    return {key: _cairn.escape(text), f"{key}_base64": exact}


def number(value: float | None) -> float | str | None:
    """Returns a number; those that JSON does not have are "NaN", "Inf" and "-Inf"."""
    if value is None or value == 0 or value - value == 0:
        return value
    if value != value:
        return "NaN"
    return "Inf" if value > 0 else "-Inf"


def to_json(document: dict[str, Any]) -> str:
    """Returns a document as text."""
    import json

    return json.dumps(document, ensure_ascii=False)
