"""A callback that saves and resumes `fit` of Keras 3."""

from __future__ import annotations

import os
from typing import Any

import keras

from cairn._restore.keras_variables import GlobalSeed
from cairn._train.model_saver import ModelSaver, Start
from cairn._train.stop_signals import Stopped

__all__ = ["Callback"]


class Callback(keras.callbacks.Callback):  # type: ignore[misc]
    """Saves a Keras model at the ends of epochs, and resumes `fit` after the last of them.

        model.fit(data, epochs=100, callbacks=[cairn.keras.Callback("train_log")])

    A checkpoint holds all variables of the model: weights, slots of the optimizer, seed generators,
    metrics; and the epoch, the statistics and the random generators of Python and numpy. A run that
    was killed goes on with the epoch after its newest checkpoint, bit by bit as if it had never been
    interrupted, if the data of an epoch depend on its number alone. `fit` cannot begin inside an
    epoch, so that nothing is saved there, and a stop by a signal ends at the last whole epoch: give it
    `steps_per_epoch` where epochs take long.

    Args:
      directory: the directory of the run, or a `cairn.LoggerDir`.
      every_n_epochs: a checkpoint is due after so many epochs.
      options: all others of `cairn.ModelSaver`.
    """

    def __init__(
        self, directory: str | os.PathLike[str], *, every_n_epochs: int = 1, **options: Any
    ) -> None:
        super().__init__()
        self._directory = directory
        self._options = {"every_n_epochs": every_n_epochs, **options}
        self.saver: ModelSaver | None = None
        self.start: Start | None = None
        self._num_steps = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        model: Any = self.model
        if not model.built:
            raise ValueError(
                "the model has no variables yet: build it, or give its first layer an Input"
            )
        if model.optimizer is not None and not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        options = dict(self._options)
        state = {"keras_seed": GlobalSeed(), **options.pop("state", {})}
        self.saver = ModelSaver(self._directory, model=model, state=state, **options)
        self.start = self.saver.resume()
        self._num_steps = self.start.step
        if self.start.epoch > 0:
            model._initial_epoch = self.start.epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._num_steps += 1
        if self.saver is not None and self.saver.should_stop:
            # What the epoch has done is done again, whenever the training stops inside of it.
            self.saver.abandon()
            raise Stopped("the training was stopped, to be resumed after its last whole epoch")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert self.saver is not None
        self.saver.step(self._num_steps - 1, logs, ends_epoch=True)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        assert self.saver is not None
        self.saver.close()
