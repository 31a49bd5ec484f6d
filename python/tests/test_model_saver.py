"""ModelSaver: what is saved when, what comes back, and how a program ends."""

import gc
import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import cairn


class Momentum:
    """An optimizer of the tests: its state has every kind of value."""

    def __init__(self):
        self.m = np.zeros(3)
        self.count = 0
        self.schedule = abs

    def state_dict(self):
        nested = {1: 2.5, "t": (1, None, b"\0x", 1 + 2j), "inf": float("inf"), "big": 1 << 80}
        return {
            "m": self.m,
            "count": self.count,
            "nested": nested,
            "schedule": self.schedule,
            "scalar": np.float32(0.1),
            "set": {3},
            "text": "ä\udc80",
        }

    def load_state_dict(self, state):
        assert state["nested"] == self.state_dict()["nested"]
        assert state["schedule"] is abs and state["set"] == {3} and state["text"] == "ä\udc80"
        assert state["scalar"] == np.float32(0.1) and isinstance(state["scalar"], np.float32)
        self.m, self.count = state["m"], state["count"]


class Toy:
    """A training of which every step depends on everything that a checkpoint has to hold."""

    def __init__(self, directory, **options):
        random.seed(1)
        np.random.seed(2)
        self.rng = np.random.default_rng(3)
        self.model = {"w": np.zeros(3), "layer": {"b": np.zeros(2, np.float32)}, "n": 0}
        self.optimizer = Momentum()
        options = {"every_n_steps": 5, "keep_checkpoint_every_n_hours": 0} | options
        self.saver = cairn.ModelSaver(
            directory,
            model=self.model,
            optimizer=self.optimizer,
            generators={"own": self.rng},
            **options,
        )

    def train(self, step):
        self.optimizer.m = self.optimizer.m * 0.9 + self.rng.standard_normal(3)
        self.optimizer.count += 1
        self.model["w"] += self.optimizer.m + random.random() + np.random.rand()
        self.model["layer"]["b"] += 1
        self.model["n"] += 1
        self.saver.step(step, {"loss": float(np.abs(self.model["w"]).sum())})

    def run(self, num_steps):
        with self.saver:
            start = self.saver.resume()
            for step in range(start.step, num_steps):
                self.train(step)
        return start


def files_of(directory):
    """Returns the contents of all files but those that have the time in them."""
    return {
        path.name: path.read_bytes()
        for path in directory.iterdir()
        if path.name != "checkpoint" and "tfevents" not in path.name and path.name[0] != "."
    }


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize("format", ["tf", "safetensors", "npz"])
def test_a_run_that_is_resumed_ends_with_the_bytes_of_one_that_is_not(tmp_path, format, background):
    options = {"format": format, "background": background, "max_to_keep": 3, "steps_per_epoch": 7}
    Toy(tmp_path / "whole", **options).run(30)
    for end in (8, 12, 30):
        start = Toy(tmp_path / "parts", **options).run(end)
    assert start.is_resumed and (start.step, start.epoch, start.epoch_step) == (12, 1, 5)
    whole, parts = files_of(tmp_path / "whole"), files_of(tmp_path / "parts")
    assert whole.keys() == parts.keys() and whole == parts


def test_a_new_run_begins_at_step_0(tmp_path):
    start = Toy(tmp_path / "run").saver.resume()
    assert start[:5] == (0, 0, 0, False, None)
    assert str(start) == "no checkpoint: from scratch"


def test_the_checkpoint_is_named_by_the_steps_that_are_done(tmp_path):
    saved = []
    toy = Toy(tmp_path / "run", on_saved=saved.append)
    toy.run(11)
    assert [s.name for s in saved] == ["model-5", "model-10", "model-11"]
    assert all(s.nbytes > 0 and s.files and not s.warnings for s in saved)
    assert cairn.latest_checkpoint(tmp_path / "run").endswith("model-11")


def test_what_is_written_is_read_by_others(tmp_path):
    tensorflow = pytest.importorskip("tensorflow")
    Toy(tmp_path / "tf").run(5)
    reader = tensorflow.train.load_checkpoint(str(tmp_path / "tf"))
    np.testing.assert_array_equal(reader.get_tensor("layer/b"), np.full(2, 5, np.float32))
    assert reader.has_tensor("optimizer/m") and reader.get_tensor("n") == 5
    safetensors = pytest.importorskip("safetensors.numpy")
    Toy(tmp_path / "st", format="safetensors").run(5)
    arrays = safetensors.load_file(tmp_path / "st" / "model-5.safetensors")
    np.testing.assert_array_equal(arrays["w"], cairn.open(tmp_path / "tf")["w"])


def test_the_best_checkpoint_gets_a_second_name(tmp_path):
    smallest, largest = cairn.MinSaver("loss"), cairn.MaxSaver("val/acc", filename="best")
    model = {"w": np.zeros(2)}
    with cairn.ModelSaver(
        tmp_path, model=model, every_n_steps=100, callbacks=[smallest, largest]
    ) as saver:
        saver.resume()
        for step, (loss, accuracy) in enumerate([(3, 1), (2, 5), (4, 2), (float("nan"), 3)]):
            model["w"][:] = step
            saver.step(step, {"loss": loss, "val/acc": accuracy})
    assert smallest.best == (2, 2.0) and largest.best == (2, 5.0)
    assert cairn.open(tmp_path / "min-loss")["w"][0] == 1
    assert cairn.open(tmp_path / "best")["w"][0] == 1


def test_metrics_are_kept(tmp_path):
    Toy(tmp_path, steps_per_epoch=2).run(4)
    epochs = json.loads((tmp_path / "stats.json").read_text())
    assert [(e["epoch_num"], e["global_step"]) for e in epochs] == [(1, 2), (2, 4)]
    assert all(e["loss"] > 0 for e in epochs)
    Toy(tmp_path / "quiet", monitors=False).run(4)
    names = {path.name for path in (tmp_path / "quiet").iterdir()}
    assert not any("tfevents" in name or name == "stats.json" for name in names)


def test_old_checkpoints_go_and_chosen_ones_stay(tmp_path):
    Toy(tmp_path, max_to_keep=1, keep_every_n_steps=20, keep_best=("loss", 1, "max")).run(50)
    steps = {int(p.name.split("-")[1].split(".")[0]) for p in tmp_path.glob("model-*.index")}
    assert {20, 40, 50} <= steps and len(steps) <= 4


def test_an_explicit_save(tmp_path):
    toy = Toy(tmp_path, every_n_steps=1000)
    toy.saver.resume()
    toy.saver.save()
    toy.saver.save()
    toy.train(0)
    toy.saver.save()
    toy.saver.save()
    assert {p.name for p in tmp_path.glob("*.index")} == {"model-0.index", "model-1.index"}


def test_a_closed_saver_says_so(tmp_path):
    toy = Toy(tmp_path)
    toy.run(3)
    with pytest.raises(cairn.InvalidArgumentError, match="this saver is closed"):
        toy.train(3)
    toy.saver.close()


def test_threads_take_turns(tmp_path):
    saver = cairn.ModelSaver(
        tmp_path, model={"w": np.zeros(1000)}, background=True, every_n_steps=1
    )
    steps = iter(range(60))
    lock = threading.Lock()

    def work():
        for _ in range(20):
            with lock:
                saver.step(next(steps))
            saver.wait()
            saver.save()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    saver.close()
    assert cairn.latest_checkpoint(tmp_path).endswith("model-60")


def test_steps_ascend(tmp_path):
    toy = Toy(tmp_path)
    toy.train(3)
    with pytest.raises(cairn.InvalidArgumentError, match="4 steps are done, but 4 were before"):
        toy.train(3)
    with pytest.raises(cairn.InvalidArgumentError, match="can only be resumed before"):
        toy.saver.resume()


def test_a_directory_has_one_saver(tmp_path):
    first = Toy(tmp_path)
    first.train(0)
    with pytest.raises(cairn.LockedError):
        Toy(tmp_path).train(0)
    del first
    gc.collect()
    Toy(tmp_path).run(2)


def test_a_run_that_is_not_resumed_is_not_written_over(tmp_path):
    Toy(tmp_path).run(10)
    with pytest.raises(cairn.AlreadyExistsError):
        Toy(tmp_path).train(0)


def test_damage_falls_back_and_says_so(tmp_path):
    Toy(tmp_path).run(10)
    file = tmp_path / "model-10.data-00000-of-00001"
    file.write_bytes(b"\xff" * file.stat().st_size)
    start = Toy(tmp_path).saver.resume()
    assert start.step == 5 and "model-10" in start.passed_over[0]
    for path in tmp_path.glob("model-5.data*"):
        path.write_bytes(b"")
    with pytest.raises(cairn.DataLossError):
        Toy(tmp_path).saver.resume()
    assert Toy(tmp_path).saver.resume(start_fresh=True).step == 0


def test_another_model_is_refused_and_nothing_changes(tmp_path):
    Toy(tmp_path).run(5)
    model = {"w": np.zeros(3), "more": np.zeros(1)}
    saver = cairn.ModelSaver(tmp_path, model=model)
    with pytest.raises(cairn.NotFoundError, match="more"):
        saver.resume()
    with pytest.raises(cairn.InvalidArgumentError, match="w"):
        cairn.ModelSaver(tmp_path, model={"w": np.zeros(4)}).resume()
    assert model["w"].sum() == 0


def test_a_checkpoint_of_another_program_gives_variables_and_step(tmp_path):
    cairn.save(tmp_path / "model-30", {"w": np.ones(3)})
    model = {"w": np.zeros(3)}
    start = cairn.ModelSaver(tmp_path, model=model, optimizer=Momentum()).resume()
    assert start.step == 30 and start.is_resumed and model["w"].sum() == 3
    assert any("another program" in note for note in start.notes)


def test_auto_resume_reads_the_epoch_of_tensorpack(tmp_path):
    cairn.save(tmp_path / "model-30", {"w": np.ones(3)})
    (tmp_path / "stats.json").write_text('[{"epoch_num": 3, "global_step": 30, "loss": 1.0}]')
    saver = cairn.ModelSaver(tmp_path, model={"w": np.zeros(3)}, steps_per_epoch=10)
    start = cairn.auto_resume(saver)
    assert (start.step, start.epoch) == (30, 3)


def test_auto_resume_gives_a_new_run_its_values(tmp_path):
    model = {"w": np.zeros(3)}
    saver = cairn.ModelSaver(tmp_path, model=model, steps_per_epoch=10)
    loader = cairn.get_model_loader({"w": np.ones(3)})
    start = saver.auto_resume(loader, starting_epoch=3)
    assert (start.step, start.epoch, start.is_resumed) == (20, 2, False) and model["w"].sum() == 3


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (object(), "has no state"),
        (
            type("S", (), {"state_dict": lambda s: {"a": [object()]}, "load_state_dict": id})(),
            r"\['a'\]\[0\]",
        ),
    ],
)
def test_a_state_that_cannot_be_kept_is_refused(tmp_path, state, says):
    with pytest.raises(cairn.InvalidArgumentError, match=says):
        cairn.ModelSaver(tmp_path, model={"w": np.zeros(2)}, state={"it": state}).save()
    assert not list(tmp_path.glob("model-*"))


def test_save_and_load_are_a_state_too(tmp_path):
    class Counter:
        n = 0

        def save(self):
            return {"n": self.n}

        def load(self, state):
            self.n = state["n"]

    class Position(Counter):
        def advance(self):
            self.n += 1

    def make():
        counter, position = Counter(), Position()
        saver = cairn.ModelSaver(
            tmp_path, model={"w": np.zeros(1)}, data=position, state={"counter": counter}
        )
        return saver, counter, position

    saver, counter, _ = make()
    with saver:
        counter.n = 5
        saver.step(0)
        saver.step(1)
    saver, counter, position = make()
    saver.resume()
    assert counter.n == 5 and position.n == 2


def test_a_new_part_goes_on_as_it_is(tmp_path):
    cairn.ModelSaver(tmp_path, model={"w": np.zeros(3)}).save()
    optimizer = Momentum()
    optimizer.count = 3
    saver = cairn.ModelSaver(tmp_path, model={"w": np.zeros(3)}, optimizer=optimizer)
    saver.resume()
    assert optimizer.count == 3


def test_options_that_are_wrong_are_refused(tmp_path):
    for options in ({"format": "zip"}, {"durability": "luck"}, {"if_still_saving": "hope"}):
        with pytest.raises(cairn.InvalidArgumentError, match="use one of"):
            cairn.ModelSaver(tmp_path, model={}, **options)
    with pytest.raises(TypeError, match="generator 'x'"):
        cairn.ModelSaver(tmp_path, model={}, generators={"x": 3})


def test_warnings_of_the_library_reach_logging(tmp_path, caplog):
    Toy(tmp_path).run(10)
    file = tmp_path / "model-10.data-00000-of-00001"
    file.write_bytes(b"\xff" * file.stat().st_size)
    with caplog.at_level(logging.INFO, "cairn"):
        Toy(tmp_path).run(10)
    assert any("Model saved to" in r.message for r in caplog.records if r.levelname == "INFO")
    assert any("damaged" in r.message for r in caplog.records if r.levelname == "WARNING")


def test_other_threads_run_while_a_save_waits(tmp_path):
    model = {"x": np.zeros(1 << 24)}
    saver = cairn.ModelSaver(tmp_path, model=model, background=True)
    saver.step(0)
    saver.save()
    counter = [0]
    is_over = threading.Event()

    def count():
        while not is_over.is_set():
            counter[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    saver.wait()
    is_over.set()
    thread.join()
    assert counter[0] > 100


PROGRAM = """
import os, sys, signal, time
import numpy as np
import cairn
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background of a shell ignores it
model = {"w": np.zeros(4), "x": np.zeros(1 << 22)}
how = sys.argv[2]
saver = cairn.ModelSaver(sys.argv[1], model=model, every_n_steps=2, background=True, durability="process",
                         stop_signals=how == "signal")
start = saver.resume()
for step in range(start.step, 10):
    model["w"] += 1
    saver.step(step)
    if step == 6 and how == "raise": raise RuntimeError("enough")
    if step == 6 and how == "interrupt": signal.raise_signal(signal.SIGINT)
    if step == 6 and how == "signal": signal.raise_signal(signal.SIGTERM)
    if step == 6 and how == "thread":
        import threading
        threading.Thread(target=lambda: time.sleep(0.2)).start()
        break
    if step == 6 and how == "fork" and os.fork() == 0:
        del saver
        sys.exit(3)
    if step == 6 and how == "exit": break
    if step == 6 and how == "sys.exit": sys.exit(5)
"""


@pytest.mark.parametrize(
    ("how", "code", "newest"),
    [
        ("exit", 0, 6),
        ("raise", 1, 6),
        ("interrupt", -signal.SIGINT, 6),
        ("sys.exit", 5, 6),
        ("thread", 0, 6),
        ("fork", 0, 10),
        ("signal", 75, 8),
    ],
)
def test_a_program_ends_and_what_was_begun_is_written(tmp_path, how, code, newest):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path, how], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == code, done.stderr
    assert cairn.latest_checkpoint(tmp_path).endswith(f"model-{newest}")
    assert not list(tmp_path.glob("*.tmp*"))
    cairn.ModelSaver(tmp_path, model={"w": np.zeros(4), "x": np.zeros(1 << 22)}).resume()


def test_a_fork_cannot_save(tmp_path):
    saver = Toy(tmp_path).saver
    saver.step(0)
    child = os.fork()
    if child == 0:
        try:
            saver.save()
        except cairn.InvalidArgumentError as error:
            os._exit(0 if "belongs to process" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    saver.save()


FORKS = """
import os, sys, time
import numpy as np
import cairn
saver = cairn.ModelSaver(sys.argv[1], model={"w": np.zeros(4)})
saver.step(0)
saver.save()
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(60)
"""


def test_a_child_does_not_keep_the_directory_locked(tmp_path):
    """Workers that load data live for some seconds after their parent was killed."""
    program = subprocess.Popen(
        [sys.executable, "-c", FORKS, tmp_path], stdout=subprocess.PIPE, text=True
    )
    child = int(program.stdout.readline())
    try:
        time.sleep(0.2)
        program.kill()
        program.wait()
        with cairn.ModelSaver(tmp_path, model={"w": np.zeros(4)}) as saver:
            assert saver.resume().step == 1
            saver.step(1)
    finally:
        os.kill(child, signal.SIGKILL)
        program.stdout.close()


def test_the_stop_signals_of_a_program_are_its_own(tmp_path):
    with cairn.StopSignals([signal.SIGUSR2]) as signals:
        toy = Toy(tmp_path, stop_signals=signals, every_n_steps=100)
        toy.train(0)
        assert not toy.saver.should_stop
        os.kill(os.getpid(), signal.SIGUSR2)
        assert toy.saver.should_stop and signals.signal == signal.SIGUSR2
        with pytest.raises(cairn.Stopped) as caught:
            toy.train(1)
    assert caught.value.code == cairn.EXIT_TRY_AGAIN == 75
    assert (tmp_path / "model-2.index").exists()


def test_a_process_has_one_stop_signals():
    with cairn.StopSignals() as signals:
        with pytest.raises(cairn.AlreadyExistsError):
            cairn.StopSignals()
        signals.request_stop()
        assert signals.is_stop_requested and signals.signal is None
    with cairn.StopSignals():
        pass
    with pytest.raises(cairn.InvalidArgumentError):
        cairn.StopSignals([signal.SIGKILL])


def test_savers_are_collected(tmp_path):
    before = len([o for o in gc.get_objects() if isinstance(o, cairn.ModelSaver)])
    for i in range(20):
        toy = Toy(tmp_path / str(i))
        toy.model["self"] = 0
        toy.train(0)
        toy.saver.toy = toy
        del toy
    gc.collect()
    after = len([o for o in gc.get_objects() if isinstance(o, cairn.ModelSaver)])
    assert after - before <= 1


def test_the_log_of_a_run(tmp_path):
    directory = cairn.LoggerDir(tmp_path / "run", on_terminal=False)
    Toy(directory, steps_per_epoch=5).run(5)
    directory.warning("look here")
    log = (tmp_path / "run" / "log.log").read_text()
    assert "Model saved to" in log and "WRN look here" in log and "from scratch" in log
    with pytest.raises(cairn.AlreadyExistsError):
        cairn.LoggerDir(tmp_path / "run", "q")
    again = cairn.LoggerDir(tmp_path / "run", "n", on_terminal=False)
    assert again.path != directory.path and os.fspath(again) == again.path
    with pytest.raises(cairn.InvalidArgumentError):
        cairn.LoggerDir(tmp_path / "run", "x")


def test_a_save_that_fails_is_an_error_and_can_be_tried_again(tmp_path):
    resource = pytest.importorskip("resource")
    toy = Toy(tmp_path, every_n_steps=1)
    toy.train(0)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        with pytest.raises(cairn.DiskFullError):
            toy.train(1)
        with pytest.raises(OSError):
            toy.saver.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    toy.saver.save()
    assert (tmp_path / "model-2.index").exists()


def test_a_stall_is_short(tmp_path):
    saver = cairn.ModelSaver(tmp_path, model={"x": np.zeros(1 << 24)}, background=True)
    saver.step(0)
    saver.save()
    saver.wait()
    saver.step(1)
    begin = time.perf_counter()
    saver.save()
    stall = time.perf_counter() - begin
    begin = time.perf_counter()
    saver.wait()
    assert stall < time.perf_counter() - begin + 0.5
