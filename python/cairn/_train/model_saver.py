"""Saves and resumes a training whose loop is a program's own."""

from __future__ import annotations

import atexit
import os
import sys
import weakref
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, NamedTuple

from cairn import _cairn
from cairn._restore.model_loader import SessionInit
from cairn._restore.variables import Adapter, adapter_of
from cairn._train.best_saver import BestSaver
from cairn._train.generators import all_generators
from cairn._train.logger_dir import LoggerDir
from cairn._train.run_parts import Part, data_text, load_data, parts_of
from cairn._train.run_variables import RunVariables
from cairn._train.stop_signals import Stopped, StopSignals

__all__ = ["ModelSaver", "SavedCheckpoint", "Start", "auto_resume"]


class Start(NamedTuple):
    """Where a training begins or goes on. All numbers count what is done."""

    step: int
    epoch: int
    epoch_step: int  # steps of the next epoch
    is_resumed: bool
    checkpoint: str | None  # that the training goes on from
    passed_over: list[str]  # newer checkpoints, and why they were not taken
    notes: list[str]  # what a person should know
    model: Any  # with its values; the given one, but for a pytree of JAX
    optimizer: Any
    text: str  # the same for people

    def __str__(self) -> str:
        return self.text


class SavedCheckpoint(NamedTuple):
    """A checkpoint that was saved."""

    name: str  # "model-20", in the directory of the run
    files: list[str]
    nbytes: int
    copies: list[str]  # the names under which it was copied
    removed: list[str]  # old checkpoints
    warnings: list[str]


class ModelSaver:
    """Saves a training so that it goes on bit by bit where it was, whenever the process dies.

        saver = cairn.ModelSaver("train_log", model=model, optimizer=optimizer, max_to_keep=3)
        with saver:
            start = saver.resume()
            for step in range(start.step, steps):
                loss = train(step)
                saver.step(step, metrics={"loss": loss})

    A checkpoint `model-N` holds the training after N steps: the values of the model, the states of
    all objects that are given here, the random generators of Python, numpy and torch, and the
    statistics. It is a checkpoint of TensorFlow, safetensors or npz, as `format` says, which these
    programs read. It appears in one step, when it is complete and on stable storage.

    At the end of `with` the last step is saved, and everything is written. After an exception
    nothing more is saved, but what was begun is written. So it is at the end of the program.

    Args:
      directory: the directory of the run, or a `LoggerDir`, whose log is used.
      model: a dict of arrays, a torch.nn.Module, a Keras model (with its optimizer, if it has one), a
        pytree of JAX, or a live tf.compat.v1.Session.
      optimizer: an optimizer of torch, several of them in a list or dict, an optimizer of Keras, or a
        pytree.
      scheduler, scaler: learning rate schedulers and gradient scalers of torch, or any objects with
        `state_dict` and `load_state_dict`; several of them in a list or dict.
      sampler, data: what knows the position in the training data: an object with `state_dict` and
        `load_state_dict`, `position` and `seek`, or `save` and `load`. If it has `advance`, that is
        called after every step. See `cairn.torch.ShuffledBatches`.
      state: more objects by name, each with `state_dict` and `load_state_dict`, or `save` and `load`.
        Their states are made of numbers, texts, arrays, lists and dicts.
      generators: random generators of the program by name: random.Random, numpy.random.Generator,
        torch.Generator.
      steps_per_epoch: how many steps an epoch has; 0 if `step` is told where an epoch ends.
      every_n_steps, every_n_epochs, every_seconds: when a checkpoint is due. By default that is every
        ten minutes.
      max_to_keep: how many of the newest checkpoints are kept; 0 keeps all.
      keep_checkpoint_every_n_hours: an older one is kept for good each so many hours; 0 keeps none.
      keep_every_n_steps: the checkpoints of multiples of so many steps are kept; 0 keeps none.
      keep_best: (statistic, count, "min" or "max"): so many of the best checkpoints are kept.
      max_nbytes: the budget of all checkpoints together; 0 is no limit.
      background: whether `step` returns when the values are copied, and a thread writes them.
      if_still_saving: what happens in the background if an earlier checkpoint is still being
        written: "wait" for it, "skip" this one, or "replace" one that waits, too.
      format: "tf", "safetensors" or "npz".
      durability: "power": a saved checkpoint survives a power cut. "process": it survives the end of
        the process, and no save waits for the disk.
      callbacks: `MinSaver` and `MaxSaver`.
      monitors: whether metrics are written into `stats.json` and event files of TensorBoard.
      on_saved: called with a `SavedCheckpoint` by the next `step`, `save` or `wait` after it was
        written.
      stop_signals: whether SIGTERM, SIGUSR1 and Ctrl-C save the training and end the program with
        exit code 75, by the exception `Stopped`; or a `StopSignals`, which is used then.
      take_over: whether the lease that a process of another host has on the directory is taken over.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str] | LoggerDir,
        *,
        model: Any,
        optimizer: Any = None,
        scheduler: Any = None,
        scaler: Any = None,
        sampler: Any = None,
        data: Any = None,
        state: Mapping[str, Any] | None = None,
        generators: Mapping[str, Any] | None = None,
        steps_per_epoch: int = 0,
        every_n_steps: int = 0,
        every_n_epochs: int = 0,
        every_seconds: float = 0,
        max_to_keep: int = 10,
        keep_checkpoint_every_n_hours: float = 0.5,
        keep_every_n_steps: int = 0,
        keep_best: tuple[str, int, Literal["min", "max"]] | None = None,
        max_nbytes: int = 0,
        background: bool = False,
        if_still_saving: Literal["wait", "skip", "replace"] = "wait",
        format: Literal["tf", "safetensors", "npz"] = "tf",
        durability: Literal["power", "process"] = "power",
        callbacks: Iterable[BestSaver] = (),
        monitors: bool = True,
        on_saved: Callable[[SavedCheckpoint], object] | None = None,
        stop_signals: bool | StopSignals = False,
        take_over: bool = False,
    ) -> None:
        if sampler is not None and data is not None:
            raise TypeError("sampler and data are one thing: give one of them")
        self._data = data if sampler is None else sampler
        if self._data is not None:
            data_text(self._data)  # an object without a position fails here
        self._generators = all_generators(generators or {})
        self._on_saved = on_saved
        self._models, parts = _models_and_parts(model, optimizer)
        parts += parts_of("scheduler", scheduler) + parts_of("scaler", scaler)
        parts += [Part(name, owner) for name, owner in (state or {}).items()]
        self._variables = RunVariables(list(self._models.values()), parts, self._texts)

        options = _cairn.RunOptions()
        self._directory = options.directory = os.fspath(directory)
        options.set_format(format)
        options.set_durability(durability)
        options.set_background(background, if_still_saving)
        options.set_retention(
            max_to_keep, keep_checkpoint_every_n_hours, keep_every_n_steps, max_nbytes
        )
        if keep_best is not None:
            statistic, count, order = keep_best
            options.set_keep_best(statistic, count, order == "max")
        if not (every_n_steps or every_n_epochs or every_seconds):
            every_seconds = 600
        options.set_period(every_n_steps, every_n_epochs, every_seconds)
        options.set_monitors(monitors, monitors)
        options.steps_per_epoch = steps_per_epoch
        if take_over:
            options.take_over_lease()
        self._best = list(callbacks)
        for saver in self._best:
            options.add_best(saver.monitor_stat, saver.filename or "", saver._is_largest)
        options.set_names(
            [part.name for part in parts], list(self._generators), self._data is not None
        )

        logger_dir = directory._directory if isinstance(directory, LoggerDir) else None
        self._session = _cairn.Session(self._variables)
        self._run = _cairn.Run(self._session, logger_dir, options)
        for number, saver in enumerate(self._best):
            saver._saver, saver._number = self, number
        self._logger_dir = directory if isinstance(directory, LoggerDir) else None
        self._wants_signals = stop_signals is True
        self._signals = stop_signals if isinstance(stop_signals, StopSignals) else None
        self._is_closed = False
        _end_with_the_program(self)

    # ---- Where the training begins

    def resume(self, start_fresh: bool = False) -> Start:
        """Goes on where the newest good checkpoint was saved.

        Everything that was given to the saver has its state of that step. In a directory that never
        had a checkpoint nothing changes, and the training begins at step 0.

        Args:
          start_fresh: whether the training begins at step 0 where there are checkpoints and none of
            them can be used. Otherwise that is an error.

        Raises:
          DataLossError: no checkpoint verifies.
          InvalidArgumentError: the model has variables that the checkpoint does not have, or other
            shapes or dtypes.
        """
        return self._resume(lambda: self._run.resume(self._prepare, start_fresh))

    def auto_resume(
        self,
        loader: SessionInit | None = None,
        starting_epoch: int = 1,
        always_resume: bool = True,
        start_fresh: bool = False,
    ) -> Start:
        """Does what `resume` does, also in the directory of a run of tensorpack.

        Such a run has its epoch in stats.json. Needs `steps_per_epoch`.

        Args:
          loader: gives the model of a new run its values: see `cairn.get_model_loader`.
          starting_epoch: the first epoch of a new run, counted from 1.
          always_resume: False: nothing is resumed where a loader is given, and a starting epoch
            other than 1 wins over stats.json.
          start_fresh: as for `resume`.
        """
        given = loader._loader if loader is not None else None
        return self._resume(
            lambda: self._run.auto_resume(
                self._prepare, start_fresh, given, starting_epoch, always_resume
            )
        )

    def _resume(self, call: Callable[[], _cairn.Resumed]) -> Start:
        self._generator_states: dict[str, Any] = {}
        self._data_position = ""
        try:
            resumed = call()
            if resumed.checkpoint is not None:
                self._variables.end_resume()
                self._load_generators_and_data()
        finally:
            self._variables.forget_resume()
        self._begin_signals()
        if self._logger_dir is not None:
            for line in resumed.text().splitlines():
                self._logger_dir.info(line)
        self._drain()
        return self._start(resumed)

    def _prepare(
        self,
        tensors: _cairn.Tensors,
        states: dict[str, str],
        generators: dict[str, str],
        position: str,
    ) -> None:
        """Called with what the checkpoint has, before anything changes."""
        self._variables.prepare(tensors, states)
        self._generator_states = {
            name: generator.state_of(name, generators[name])
            for name, generator in self._generators.items()
            if name in generators
        }
        self._data_position = position

    def _load_generators_and_data(self) -> None:
        for name, state in self._generator_states.items():
            self._generators[name].set(state)
        if self._data is not None and self._data_position:
            load_data(self._data, self._data_position)

    def _start(self, resumed: _cairn.Resumed) -> Start:
        step, epoch, epoch_step = resumed.position
        return Start(
            step=step,
            epoch=epoch,
            epoch_step=epoch_step,
            is_resumed=resumed.checkpoint is not None,
            checkpoint=resumed.checkpoint,
            passed_over=resumed.passed_over,
            notes=resumed.notes,
            model=self._models["model"][1].model(),
            optimizer=self._optimizer(),
            text=resumed.text().rstrip("\n"),
        )

    def _optimizer(self) -> Any:
        known = self._models.get("optimizer")
        return known[1].model() if known is not None else None

    def _texts(self) -> dict[str, str]:
        texts = {f"generator/{n}": g.text(n) for n, g in self._generators.items()}
        if self._data is not None:
            texts["data"] = data_text(self._data)
        return texts

    # ---- While it goes on

    def step(
        self,
        step: int,
        metrics: Mapping[str, Any] | None = None,
        *,
        ends_epoch: bool = False,
        model: Any = None,
        optimizer: Any = None,
    ) -> None:
        """Says that a step is done, and saves if that is due.

        Args:
          step: the number of the step, counted from 0 as in `range(start.step, steps)`. The
            checkpoint of step 9 is `model-10`, because ten steps are done then.
          metrics: statistics of this step by name. The best savers compare them.
          ends_epoch: whether the epoch ends with this step. With `steps_per_epoch` that is known.
          model, optimizer: the present values, where they are pytrees of JAX.

        Raises:
          Stopped: a signal asked for a stop. Everything is saved.
          Error: a save went wrong. Trouble of the disk (it is full, or read-only) is only a warning:
            the training goes on, and the next checkpoint is tried.
        """
        self._begin_signals()
        self._advance()
        self._set_values(model, optimizer)
        scalars = [(name, float(value)) for name, value in (metrics or {}).items()]
        try:
            self._run.step(step + 1, scalars, ends_epoch)
        finally:
            self._drain()
        if self._signals is not None and self._signals.is_stop_requested:
            self.stop()

    def save(self, *, model: Any = None, optimizer: Any = None) -> None:
        """Saves the training as it is after the last step, unless that is saved already.

        In the background it returns when the values are copied.
        """
        self._set_values(model, optimizer)
        try:
            self._run.save()
        finally:
            self._drain()

    def wait(self) -> None:
        """Waits until everything is written.

        Raises:
          Error: what went wrong with a save since the last call.
        """
        try:
            self._run.wait()
        finally:
            self._drain()

    def stop(self) -> None:
        """Saves the last step, waits until it is written, and raises `Stopped`, which ends the program
        with exit code 75: a scheduler is to start it again."""
        step, _, _ = self._run.position()
        try:
            self._run.end(True)
        finally:
            self._close()
        raise Stopped(f"the training was stopped at step {step}, to be resumed there")

    def close(self) -> None:
        """Saves the last step, and waits until everything is written."""
        if self._is_closed:
            return
        try:
            self._run.end(False)
        finally:
            self._close()

    def abandon(self) -> None:
        """Ends without saving the last step. Waits until what was begun is written."""
        if self._is_closed:
            return
        try:
            self._run.abandon()
        finally:
            self._close()

    @property
    def should_stop(self) -> bool:
        """Whether a signal has asked for a stop. `step` does what is needed then."""
        return self._signals is not None and self._signals.is_stop_requested

    def __enter__(self) -> ModelSaver:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        is_end = error is None or (isinstance(error, SystemExit) and error.code in (None, 0))
        if is_end:
            self.close()
        else:
            self.abandon()

    def _set_values(self, model: Any, optimizer: Any) -> None:
        """Takes the present values of pytrees, whose leaves cannot be changed."""
        for key, value in (("model", model), ("optimizer", optimizer)):
            if value is not None:
                prefix, _ = self._models[key]
                self._models[key] = (prefix, adapter_of(value))
                self._variables.models = list(self._models.values())

    def _advance(self) -> None:
        advance = getattr(self._data, "advance", None)
        if callable(advance):
            advance()

    def _begin_signals(self) -> None:
        if self._wants_signals and self._signals is None and not self._is_closed:
            self._signals = StopSignals()

    def _close(self) -> None:
        for saver in self._best:
            saver._last = saver.best
        self._is_closed = True
        self._drain()
        self._run.close()
        if self._wants_signals and self._signals is not None:
            self._signals.close()

    def _drain(self) -> None:
        """Passes on what threads of the library have said."""
        lines = self._run.take_lines()
        if lines:
            import logging

            logger = logging.getLogger("cairn")
            for level, line in lines:
                logger.log(logging.getLevelName(level.upper()), line)
        for saved in self._run.take_saved():
            if self._on_saved is not None:
                self._on_saved(SavedCheckpoint(*saved))


def auto_resume(saver: ModelSaver, **options: Any) -> Start:
    """Calls `ModelSaver.auto_resume`: goes on where the run in the directory is."""
    return saver.auto_resume(**options)


def _models_and_parts(
    model: Any, optimizer: Any
) -> tuple[dict[str, tuple[str, Adapter]], list[Part]]:
    """Returns what has variables, by "model" and "optimizer", each with the prefix of its names; and
    what has a state."""
    models: dict[str, tuple[str, Adapter]] = {"model": ("", adapter_of(model))}
    torch = sys.modules.get("torch")
    parts: list[Part] = []
    if torch is not None and isinstance(model, torch.nn.Module):
        from cairn._train.torch_training import parts_of_module

        parts = parts_of_module(model, optimizer)
    elif hasattr(optimizer, "state_dict"):
        parts = parts_of("optimizer", optimizer)
    elif optimizer is not None:
        models["optimizer"] = ("optimizer/", adapter_of(optimizer))
    return models, parts


# ---- The end of the program

_open_savers: weakref.WeakSet[ModelSaver] = weakref.WeakSet()


def _end_with_the_program(saver: ModelSaver) -> None:
    """Has everything written that was begun, before the interpreter ends."""
    if not _open_savers:
        atexit.unregister(_end_all)
        atexit.register(_end_all, os.getpid())
        os.register_at_fork(after_in_child=_close_locks)
    _open_savers.add(saver)


def _close_locks() -> None:
    """Closes the lock files of a process that has forked this one.

    Otherwise the workers that load data would keep a directory locked after that process was killed.
    """
    savers = list(_open_savers)
    _open_savers.clear()
    directories = {os.path.realpath(saver._directory) for saver in savers}
    for number in os.listdir("/proc/self/fd") if savers else ():
        try:
            directory, name = os.path.split(os.readlink(f"/proc/self/fd/{number}"))
            if name == ".cairn.lock" and directory in directories:
                os.close(int(number))
        except OSError:
            continue  # the listing itself, which is closed already


def _end_all(process: int) -> None:
    # After fork the threads that write are in the parent.
    if os.getpid() != process:
        return
    for saver in list(_open_savers):
        saver.abandon()
