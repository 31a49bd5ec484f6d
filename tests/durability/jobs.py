"""What can be stopped at any moment: trainings, conversions and repairs, each from a directory that is as it was before.

A job has
    prepare()                   the directory before
    run(directory, *strace)     the program, begun with the words of strace
    points(...)                 where a clean run can be disturbed
    hindering(call, n, what)    the words that do it
    check(directory, ran, ...)  after a disturbance: the old state or the new one, whole, and an undisturbed run ends as it should
"""
import os
import pathlib
import re
import shutil

import numpy as np

from system_calls import fault_of, find_points, injecting, points_of, preloading
from training_runs import (BIN, RELEASE, assert_nothing_torn, assert_only_known_files, committed_steps, copy_run, own_loop,
                           own_loop_files, probe, probe_files, probe_states, resumed_step, run_program, said_saved, said_states,
                           train_mlp, train_mlp_files)

CAIRN = pathlib.Path(os.environ.get("CAIRN", RELEASE / "bin" / "cairn")).resolve()


def cairn(*words, before=(), cwd=None, timeout=60):
    """Runs the command-line program; `before` are words to begin it with."""
    return run_program([*before, CAIRN, *words], cwd=cwd, timeout=timeout)


class Job:
    hindering = staticmethod(injecting)

    def __init__(self, place):
        self.place, self.directory = place, place / "run"

    def first_path(self):
        """The file or directory that the program asks for first. What comes before is the business of the loader."""
        return self.directory

    def points(self, calls, begin=None):
        """Where a clean run can be disturbed, from the first call on that has `begin` in its arguments, or the first path."""
        directory = self.prepare()
        return find_points(self.place / "log", lambda *strace: self.run(directory, *strace), calls, begin or str(self.first_path()))


class OwnLoop(Job):
    """One run of own_loop after `before` others."""
    clean_code = 0

    def __init__(self, place, before):
        super().__init__(place)
        self.base, self.known, self.has_begun = place / "base", own_loop_files(), before > 0
        self.base.mkdir()
        for _ in range(before):
            assert own_loop(self.base).code == 0
        self.newest_before = max(committed_steps(self.base), default=None)

    def prepare(self):
        if self.has_begun:
            return copy_run(self.base, self.directory)
        shutil.rmtree(self.directory, ignore_errors=True)  # the first save makes the directory
        return self.directory

    def run(self, directory, *strace):
        return own_loop(directory, *strace)

    def acknowledged(self, _):
        return self.newest_before

    def check(self, directory, ran, place):
        """Which of both it is: "old" or "new"."""
        assert_nothing_torn(directory, self.known, place)
        newest = max(committed_steps(directory), default=None)
        acknowledged = self.acknowledged(ran)
        assert acknowledged is None or newest is not None and newest >= acknowledged, f"{place}: {acknowledged} is gone: {ran}"
        assert ran.code != 0 or newest > (self.newest_before or 0), f"{place}: success, and nothing is saved: {ran}"
        # Only before there is a state file can data without an index be somebody's, and not a leftover.
        assert not self.has_begun or not (directory / "damaged").exists(), place
        self.go_on(directory, newest, place)
        assert_only_known_files(directory, self.known, place)
        return "old" if newest == acknowledged else "new"

    def go_on(self, directory, newest, place):
        self.check_resumed(own_loop(directory), newest, place)

    @staticmethod
    def check_resumed(ran, newest, place):
        assert ran.code == 0 and resumed_step(ran) == newest, f"{place}: expected to resume from {newest}: {ran}"


class TrainMlp(OwnLoop):
    """The epoch of train_mlp that follows `before` others. The program says what it has saved."""

    def __init__(self, place, before):
        super().__init__(place, 0)
        self.epochs, self.known, self.has_begun = before + 1, train_mlp_files(), before > 0
        for epochs in range(1, before + 1):
            assert train_mlp(self.base, epochs).code == 0
        self.newest_before = max(committed_steps(self.base), default=None)

    def run(self, directory, *strace):
        return train_mlp(directory, self.epochs, *strace)

    def acknowledged(self, ran):
        return max(said_saved(ran), default=self.newest_before)

    def go_on(self, directory, newest, place):
        self.check_resumed(train_mlp(directory, self.epochs), newest, place)
        assert train_mlp(directory, self.epochs + 1).code == 0, place  # a last save that was cut off leaves nothing else to do


FAULT = BIN / "libcairn_fault.so"


class Probe(OwnLoop):
    """Three saves of training_probe that follow `before` others, one for each step."""

    def __init__(self, place, before, *options):
        super().__init__(place, 0)
        self.steps, self.known, self.has_begun, self.options = before + 3, probe_files(options=options), before > 0, options
        assert before == 0 or probe(self.base, before, *options).code == 0
        self.newest_before = before or None

    def points(self, calls, begin=None):
        """Counted over all threads, from the first call on: the program does nothing before it looks for the run."""
        log, directory = self.place / "log", self.prepare()
        log.unlink(missing_ok=True)
        ran = self.run(directory, *preloading(FAULT, CAIRN_CALLS=log))
        assert ran.code == 0, ran
        return [(call, n) for call, n in points_of(log) if call in calls]

    @staticmethod
    def hindering(call, n, what):
        return preloading(FAULT, CAIRN_FAULT=fault_of(call, n, what))

    def run(self, directory, *before):
        return probe(directory, self.steps, *self.options, before=before)

    def acknowledged(self, ran):
        assert sorted(said_saved(ran)) == said_saved(ran), ran
        return max(said_saved(ran), default=self.newest_before)

    def go_on(self, directory, newest, place):
        ran = probe(directory, self.steps + 1, *self.options)
        self.check_resumed(ran, newest, place)
        states = said_states(ran)
        assert states == {step: probe_states()[step] for step in states}, f"{place}: {ran}"
        steps = committed_steps(directory)
        # On a full disk the training goes on without the save that failed.
        assert steps[-1] == self.steps + 1 and len(steps) <= 3, place


def files_of(directory):
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def final_names(files):
    return {name: content for name, content in files.items() if "cairn-tmp" not in name}


class Conversion(Job):
    """`cairn VERB SOURCE NEW`: under the final names is what was there before, or the whole result."""
    verb, source, clean_code = "convert", "source.npz", 0

    def __init__(self, place, *arguments):
        super().__init__(place)
        self.arguments = arguments
        rng = np.random.default_rng(1)
        np.savez(place / "source.npz", w=rng.normal(size=(100, 3)), v=rng.normal(size=200).astype(np.float32), step=np.array(7))
        np.savez(place / "old.npz", old=np.arange(5))
        self.make_source()
        self.old = {"model.npz": (place / "old.npz").read_bytes()} if "--force" in arguments else {}
        whole = self.prepare()
        ran = self.run(whole)
        assert ran.code == self.clean_code, ran
        self.whole = files_of(whole / "new")
        # An index is what makes a checkpoint of several files one; the state file is written after all of them.
        ends = [end for end in ("checkpoint", ".index", ".index.json", "") if any(name.endswith(end) for name in self.whole)]
        self.commit = [name for name in self.whole if name.endswith(ends[0])][0]

    def first_path(self):
        return self.place / self.source

    def make_source(self):
        pass

    def prepare(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        (self.directory / "new").mkdir(parents=True)
        for name, content in self.old.items():
            (self.directory / "new" / name).write_bytes(content)
        return self.directory

    def run(self, directory, *strace):
        return cairn(self.verb, self.place / self.source, *self.arguments, before=strace, cwd=directory)

    def check(self, directory, ran, place):
        """Which of both it is: "old" or "new"."""
        files = files_of(directory / "new")
        named = final_names(files)
        outcome = "old" if self.old.get(self.commit) == named.get(self.commit) else "new"
        is_done = ran.code == self.clean_code and "error: " not in ran.err
        assert not is_done or outcome == "new", f"{place}: success, and nothing is saved: {ran}"
        if outcome == "new":
            self.check_new(directory, named, ran, place)
        else:
            assert {name: named.get(name) for name in self.old} == self.old, place
        if ran.code in (1, 2) and outcome == "old" and "unlink" not in place:  # it had the time to remove what it had begun
            assert files == self.old, f"{place}: {sorted(files)}: {ran}"
        self.go_on(directory, named, place)
        return outcome

    def check_new(self, directory, named, ran, place):
        assert named == self.whole, f"{place}: {sorted(named)}"

    def go_on(self, directory, named, place):
        """Whatever is left does not keep the next one from its end."""
        if self.commit in named and not self.old:
            return
        for name in set(named) - set(self.old):
            (directory / "new" / name).unlink()
        ran = self.run(directory)
        assert ran.code == self.clean_code, f"{place}: {ran}"
        assert final_names(files_of(directory / "new")) == self.whole, place


class Repair(Conversion):
    """A repair of a checkpoint that has lost one tensor. It ends with 1: something is lost."""
    verb, source, clean_code = "repair", "damaged/model-7", 1

    def make_source(self):
        model = self.place / "damaged" / "model-7"
        assert cairn("convert", self.place / "source.npz", model).code == 0
        with open(f"{model}.data-00000-of-00001", "r+b") as data:
            data.write(b"\xff\xff\xff")

    def check_new(self, directory, named, ran, place):
        """What cannot be read now may be lost, too, if that is said."""
        if named != self.whole:
            assert "lost: E_IO" in ran.out, f"{place}: {ran}"
            findings = set(re.findall(r"\bE_[A-Z]+\b", cairn("verify", directory / "new/model").out))
            assert findings <= {"E_PARTIAL"}, f"{place}: {findings}"


JOBS = {
    "own_loop, first saves": lambda place: OwnLoop(place, 0),
    "own_loop, saves that make room": lambda place: OwnLoop(place, 2),
    "train_mlp, first saves": lambda place: TrainMlp(place, 0),
    "train_mlp, saves that make room": lambda place: TrainMlp(place, 2),
    "probe, first saves": lambda place: Probe(place, 0),
    "background, first saves": lambda place: Probe(place, 0, "--background", "--wait"),
    "background, saves that make room": lambda place: Probe(place, 3, "--background", "--wait"),
    "background, while it trains": lambda place: Probe(place, 3, "--background"),
    "background, the waiting one replaced": lambda place: Probe(place, 3, "--background", "--replace"),
    "background, for the process": lambda place: Probe(place, 3, "--background", "--wait", "--process"),
    "background, safetensors": lambda place: Probe(place, 3, "--background", "--wait", "--safetensors"),
    "background, npz": lambda place: Probe(place, 3, "--background", "--wait", "--npz"),
    "convert to tf": lambda place: Conversion(place, "new/model"),
    "convert to npz": lambda place: Conversion(place, "new/model.npz"),
    "convert to npz-compressed": lambda place: Conversion(place, "--to", "npz-compressed", "new/model.npz"),
    "convert to npy": lambda place: Conversion(place, "--select", "w", "new/w.npy"),
    "convert to safetensors": lambda place: Conversion(place, "new/model.safetensors"),
    "convert to safetensors, sharded": lambda place: Conversion(place, "--max-shard-size", "1KiB", "new/model.safetensors"),
    "convert to tf, sharded": lambda place: Conversion(place, "--max-shard-size", "1KiB", "new/model"),
    "convert to npz, replaced": lambda place: Conversion(place, "--force", "new/model.npz"),
    "repair": lambda place: Repair(place, "new/model"),
}
