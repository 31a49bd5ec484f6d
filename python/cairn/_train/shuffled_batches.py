"""Batches of a shuffled dataset that know their position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized

__all__ = ["ShuffledBatches"]


class ShuffledBatches:
    """Batches of shuffled indices that know their position: a batch sampler for a DataLoader.

        batches = cairn.torch.ShuffledBatches(dataset, batch_size=32, seed=1)
        loader = torch.utils.data.DataLoader(dataset, batch_sampler=batches, num_workers=4)
        saver = cairn.ModelSaver("run", model=model, sampler=batches)

    An epoch is one iteration; its order depends on the seed and the number of the epoch alone. The
    position counts the batches that were trained, which `ModelSaver.step` tells it, and not those
    that workers have fetched before. After a resume the iteration goes on inside the epoch.

    Args:
      data: a dataset, or the number of its examples.
      batch_size: the number of indices in a batch.
      seed: decides the orders.
      drop_last: whether a last batch with fewer indices is left out.
    """

    def __init__(
        self, data: Sized | int, batch_size: int, seed: int = 0, drop_last: bool = False
    ) -> None:
        self.num_examples = data if isinstance(data, int) else len(data)
        self.batch_size = batch_size
        self.seed = seed
        self.drop_last = drop_last
        self.epoch = 0
        self.position = 0
        if self.num_batches == 0:
            raise ValueError(
                f"{self.num_examples} examples make no batch of {batch_size}: give more of them"
            )

    @property
    def num_batches(self) -> int:
        """The number of batches in an epoch."""
        num_full, num_left = divmod(self.num_examples, self.batch_size)
        return num_full + (1 if num_left and not self.drop_last else 0)

    def __len__(self) -> int:
        """Returns the number of batches in an epoch."""
        return self.num_batches

    def __iter__(self) -> Iterator[list[int]]:
        order = self._order_of(self.epoch)
        for i in range(self.position, self.num_batches):
            yield order[i * self.batch_size : (i + 1) * self.batch_size]

    def advance(self) -> None:
        """Says that a batch was trained."""
        self.position += 1
        if self.position == self.num_batches:
            self.epoch, self.position = self.epoch + 1, 0

    def state_dict(self) -> dict[str, int]:
        return {"epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        self.epoch, self.position = state["epoch"], state["position"]

    def _order_of(self, epoch: int) -> list[int]:
        from cairn._restore.torch_variables import permutation

        return permutation(self.num_examples, self.seed * 1_000_003 + epoch)
