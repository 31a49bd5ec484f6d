"""The tensors of a checkpoint as a table, for a terminal and for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cairn._checkpoint.checkpoint import Checkpoint

__all__ = ["aligned", "binary_size", "html", "printable", "text"]

_MAX_ROWS_OF_HTML = 200


def binary_size(nbytes: int) -> str:
    """Returns a size in binary units with one decimal: "1.5 GiB"; below 1024 bytes "40 B"."""
    if nbytes < 1024:
        return f"{nbytes} B"
    size = float(nbytes)
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        size /= 1024
        if size < 1023.95:
            break
    return f"{size:.1f} {unit}"


def text(checkpoint: Checkpoint) -> str:
    """Returns a table that fits the terminal: a line for the checkpoint, and one for each tensor."""
    import shutil  # takes milliseconds, which `import cairn` shall not

    columns, lines = shutil.get_terminal_size()
    limit = max(lines - 6, 3)
    rows = [_cells(*row) for row in _rows(checkpoint, limit)]
    hidden = len(checkpoint) - len(rows)
    table = [_title(checkpoint), *aligned(rows)]
    if hidden > 0:
        table.append(f"  … {hidden:,} more")
    return "\n".join(_cut(line, columns) for line in table)


def html(checkpoint: Checkpoint) -> str:
    """Returns the table of HTML that a notebook shows."""
    from html import escape

    rows = [[escape(cell) for cell in _cells(*row)] for row in _rows(checkpoint, _MAX_ROWS_OF_HTML)]
    hidden = len(checkpoint) - len(rows)
    head = "".join(f"<th>{name}</th>" for name in ("name", "dtype", "shape", "size"))
    body = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in rows)
    more = f"<p>… {hidden:,} more</p>" if hidden > 0 else ""
    return f"<p>{escape(_title(checkpoint))}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _rows(checkpoint: Checkpoint, limit: int) -> list[tuple[str, str, tuple[int, ...], int]]:
    return checkpoint._tensors.rows(limit)


def _title(checkpoint: Checkpoint) -> str:
    number = len(checkpoint)
    facts = [f"{number:,} tensor" if number == 1 else f"{number:,} tensors"]
    facts.append(binary_size(checkpoint._tensors.total_nbytes()))
    if checkpoint.format:
        facts.append(checkpoint.format)
    if checkpoint.path:
        facts.append(printable(checkpoint.path))
    return f"<cairn.Checkpoint: {', '.join(facts)}>"


def _cells(name: str, dtype: str, shape: tuple[int, ...], nbytes: int) -> tuple[str, ...]:
    dims = "[" + ",".join(map(str, shape)) + "]"
    return printable(name), dtype, dims, binary_size(nbytes)


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Returns a line for each row of four cells, in columns; the last one ends flush."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, dtype, dims, size in rows:
        start = f"  {name:{widths[0]}}  {dtype:{widths[1]}}  {dims:{widths[2]}}"
        lines.append(f"{start}  {size:>{widths[3]}}")
    return lines


def printable(name: str) -> str:
    """Returns a name with whatever a terminal does not show written as an escape."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def _cut(line: str, columns: int) -> str:
    return line if len(line) <= columns else line[: max(columns - 1, 1)] + "…"
