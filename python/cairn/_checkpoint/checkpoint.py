"""An open checkpoint as a mapping from names to arrays."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy

from cairn import _cairn
from cairn._checkpoint.info import CheckpointInfo
from cairn._checkpoint.lazy import LazyTensor
from cairn._checkpoint.tree import Tree, make_tree
from cairn._core import listing, progress as progress_bar
from cairn._making.changes import Changeable

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from cairn._checkpoint.save_options import SaveOptions

__all__ = ["Checkpoint", "open"]

Array = numpy.ndarray[Any, numpy.dtype[Any]]
Path = str | bytes | os.PathLike[str]


class Checkpoint(Changeable, Mapping[str, Array]):
    """A checkpoint of any format: a mapping from the names of tensors to arrays.

    `ckpt[name]` is a read-only view of the mapped file where the file allows it, otherwise a new
    array. A view stays valid as long as it exists, also after `del ckpt`. Its checksum is compared
    when the tensor is read for the first time.

    Changes such as `select`, `rename` and `cast` return other checkpoints, whose tensors are made
    when they are read or saved:

        ckpt.select("**/W").rename({"conv0/": "stem/"}).cast("bfloat16").save("out.safetensors")

    Safe to use from several threads at once. It can be pickled if it was opened from a path, and is
    opened again from that path.
    """

    def __init__(
        self,
        tensors: _cairn.Tensors,
        source: _Source | None = None,
        shows_progress: bool = False,
        plan: _cairn.PlanObject | None = None,
    ) -> None:
        self._tensors = tensors
        self._source = source
        self._plan = plan
        self._shows_progress = shows_progress

    def __getitem__(self, name: str) -> Array:
        if not self._shows_progress:
            return self._tensors.read(name)
        with progress_bar.of(f"read {name}", True) as advance:
            return self._tensors.read(name, advance)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors.names())

    def __len__(self) -> int:
        return len(self._tensors)

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    @property
    def path(self) -> str | None:
        """The path of the checkpoint, or None if it does not lie in files."""
        return self._source.path if self._source else None

    @property
    def format(self) -> str | None:
        """The format of the files, such as "tf-v2", or None if it does not lie in files."""
        return self._source.format if self._source else None

    @property
    def note(self) -> str:
        """What the given path was taken for: "run: taken as run/model-10 (…)"; empty if it is the
        path of the checkpoint itself."""
        return self._source.note if self._source else ""

    def dtype(self, name: str) -> numpy.dtype[Any]:
        """Returns the dtype of the array of a tensor, without reading it."""
        return self._tensors.dtype(name)

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor, without reading it."""
        return self._tensors.shape(name)

    def nbytes(self, name: str) -> int:
        """Returns the size of a tensor in bytes, without reading it."""
        return self._tensors.nbytes(name)

    def load(self, names: Iterable[str] | None = None) -> dict[str, Array]:
        """Returns tensors by name, read and verified together on all threads: all, or those named.

        This is faster than `dict(ckpt)`, which reads one after the other. The arrays are the same.
        """
        wanted = self._tensors.names() if names is None else list(names)
        with progress_bar.of("read", self._shows_progress) as advance:
            return self._tensors.read_many(wanted, advance)

    def lazy(self, name: str, verify: bool = False) -> LazyTensor:
        """Returns a tensor that is read in parts: `ckpt.lazy("emb")[1000:1010]` reads ten rows.

        Args:
          name: the name of the tensor.
          verify: whether all is read that is needed to check the part. A checksum covers a whole
            stored value, so by default a part of a value that lies in a file as it is is not
            checked.
        """
        return LazyTensor(self._tensors, name, verify, self._shows_progress)

    def save(
        self, path: Path, *, progress: bool | None = None, **options: Unpack[SaveOptions]
    ) -> _cairn.SaveReport:
        """Saves the tensors as a new checkpoint, in one step: after an error there is none.

        Args:
          path: a name that ends in .npz, .npy or .safetensors, or the prefix of a TensorFlow
            checkpoint.
          progress: whether a progress bar is shown; by default as for `open`.
          options: those of `cairn.save`.
        """
        from cairn._checkpoint.saving import save

        is_wanted = self._shows_progress if progress is None else progress
        return save(path, self, progress=is_wanted, **options)

    def _plan_object(self) -> _cairn.PlanObject:
        if self._plan is None:
            self._plan = _cairn.begin_plan(self._tensors, self.format or "")
        return self._plan

    def _with_plan(self, plan: _cairn.PlanObject) -> Checkpoint:
        return Checkpoint(plan.tensors, None, self._shows_progress, plan)

    def _given_path(self) -> str:
        sources = self._plan_object().sources()
        return sources[0][0]

    def info(self) -> CheckpointInfo:
        """Returns what is known without reading tensors: files, sizes, step, optimizer, …"""
        if self._source is None:
            return CheckpointInfo(path=None, format=None, **_cairn.info_of_tensors(self._tensors))
        facts = _cairn.info_of_opened(self._source.opened)
        return CheckpointInfo(path=self.path, format=self.format, **facts)

    def tree(self, depth: int | None = None) -> Tree:
        """Returns the tensors grouped by the parts of their names; its text has `depth` levels."""
        return make_tree(self._tensors.rows(), depth)

    @property
    def metadata(self) -> dict[str, str]:
        """The texts that the format keeps beside its tensors, such as those of safetensors."""
        return self._tensors.metadata()

    def __repr__(self) -> str:
        return listing.text(self)

    def _repr_html_(self) -> str:
        return listing.html(self)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._source is None:
            raise TypeError("a checkpoint that was made of others cannot be pickled: save it first")
        return open, (self._source.given, self._source.mmap, self._shows_progress)


class _Source:
    """The files that a checkpoint was opened from."""

    def __init__(self, given: str | bytes, mmap: bool, opened: _cairn.Opened) -> None:
        self.given = given
        self.mmap = mmap
        self.path = opened.path
        self.format = opened.format
        self.note = opened.note
        self.opened = opened


def open(path: Path, mmap: bool = True, progress: bool = False) -> Checkpoint:
    """Opens a checkpoint of any format. Only metadata is read.

    Args:
      path: a prefix ("run/model-100"), any file of a checkpoint, or the directory of a run.
      mmap: whether files are mapped, so that arrays can be views of them. A mapped file must not be
        cut while it is used: the process would end. With `mmap=False` values are copied, and a file
        that was cut is an error.
      progress: whether a progress bar is shown while a large tensor is read.

    Raises:
      MissingFileError: there is no checkpoint; the hint shows what is there instead.
      DataLossError: the metadata is damaged. Damage that concerns no tensor is a warning.
      UnimplementedError: the format is known, and is not read.
    """
    opened = _cairn.open(path, mmap)
    for text in opened.warnings:
        warnings.warn(text, stacklevel=2)
    source = _Source(os.path.abspath(os.fspath(path)), mmap, opened)
    return Checkpoint(opened.tensors, source, progress)
