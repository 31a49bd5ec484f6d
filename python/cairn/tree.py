"""The tensors of a checkpoint grouped by the parts of their names: `Checkpoint.tree()`."""

from __future__ import annotations

from collections.abc import Iterator

from cairn.listing import aligned, binary_size, printable

__all__ = ["Tree", "make_tree"]

Row = tuple[str, str, tuple[int, ...], int]

# Deeper names are cut.
_MAX_PARTS = 32


class Tree:
    """A group of tensors, or one tensor. Its `repr` is the tree in text.

    Attributes:
      name: the part of the names that the group has in common with no other; "" for the root.
      children: the groups and tensors in it, by name.
      dtype, shape: those of a tensor; None for a group.
      num_tensors, nbytes: of all tensors in it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.children: dict[str, Tree] = {}
        self.dtype: str | None = None
        self.shape: tuple[int, ...] | None = None
        self.num_tensors = 0
        self.nbytes = 0
        self._depth: int | None = None

    def __getitem__(self, name: str) -> Tree:
        return self.children[name]

    def __repr__(self) -> str:
        rows = [_cells(node, level) for level, node in self._walk(0, self._depth)]
        return "\n".join(aligned(rows))

    def _walk(self, level: int, depth: int | None) -> Iterator[tuple[int, Tree]]:
        for child in self.children.values():
            yield level, child
            if depth is None or level + 1 < depth:
                yield from child._walk(level + 1, depth)


def make_tree(rows: list[Row], depth: int | None) -> Tree:
    """Makes the tree of (name, dtype, shape, nbytes). Its text shows so many levels, or all.

    Parts of names end at "/", or at "." where no name has a "/".
    """
    root = Tree("")
    root._depth = depth
    separator = "/" if any("/" in row[0] for row in rows) else "."
    for name, dtype, shape, nbytes in rows:
        node = root
        node.num_tensors += 1
        node.nbytes += nbytes
        for part in name.split(separator, _MAX_PARTS - 1):
            node = node.children.setdefault(part, Tree(part))
            node.num_tensors += 1
            node.nbytes += nbytes
        node.dtype, node.shape = dtype, shape
    return root


def _cells(node: Tree, level: int) -> tuple[str, ...]:
    name = "  " * level + printable(node.name)
    if node.dtype is not None and node.shape is not None and not node.children:
        dims = "[" + ",".join(map(str, node.shape)) + "]"
        return name, node.dtype, dims, binary_size(node.nbytes)
    number = f"{node.num_tensors:,} tensor" + ("" if node.num_tensors == 1 else "s")
    return f"{name}/" if node.name else name, number, "", binary_size(node.nbytes)
