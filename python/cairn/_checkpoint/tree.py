"""The tensors of a checkpoint grouped by the parts of their names: `Checkpoint.tree()`."""

from __future__ import annotations

from collections.abc import Iterator

from cairn._core.listing import aligned, binary_size, printable

__all__ = ["Tree", "make_tree"]

Row = tuple[str, str, tuple[int, ...], int]

# Deeper names are cut.
_MAX_PARTS = 32
# The end of each key of a TF2 checkpoint, which says nothing.
_END_OF_KEYS = "/.ATTRIBUTES/VARIABLE_VALUE"


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
        rows = [row for level, node in self._walk(0, self._depth) for row in _rows(node, level)]
        return "\n".join(aligned(rows))

    def _walk(self, level: int, depth: int | None) -> Iterator[tuple[int, Tree]]:
        for child in self.children.values():
            yield level, child
            if depth is None or level + 1 < depth:
                yield from child._walk(level + 1, depth)


def make_tree(rows: list[Row], depth: int | None) -> Tree:
    """Makes the tree of (name, dtype, shape, nbytes). Its text shows so many levels, or all.

    Parts of names end at "/", or at "." where no name has a "/". The keys of a TF2 checkpoint are
    shown without their common end.
    """
    root = Tree("")
    root._depth = depth
    separator = "/" if any("/" in row[0] for row in rows) else "."
    for key, dtype, shape, nbytes in rows:
        name = key.removesuffix(_END_OF_KEYS)
        node = root
        node.num_tensors += 1
        node.nbytes += nbytes
        for part in name.split(separator, _MAX_PARTS - 1):
            node = node.children.setdefault(part, Tree(part))
            node.num_tensors += 1
            node.nbytes += nbytes
        node.dtype, node.shape = dtype, shape
    return root


def _rows(node: Tree, level: int) -> Iterator[tuple[str, ...]]:
    """Yields the line of a tensor and that of a group; one name may be both."""
    name = "  " * level + printable(node.name)
    own_nbytes = node.nbytes - sum(child.nbytes for child in node.children.values())
    if node.dtype is not None and node.shape is not None:
        dims = "[" + ",".join(map(str, node.shape)) + "]"
        yield name, node.dtype, dims, binary_size(own_nbytes)
    if node.children:
        number = sum(child.num_tensors for child in node.children.values())
        count = f"{number:,} tensor" if number == 1 else f"{number:,} tensors"
        yield f"{name}/", count, "", binary_size(node.nbytes - own_nbytes)
