"""How a comparison is run: rounds interleave, the order rotates, and everything is warm; README.md says what is equal."""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

THREADS = 2
ROOT = pathlib.Path(__file__).resolve().parent.parent


class CairnBench:
    """The long-lived C++ program: one job a line in, nanoseconds and what was done (`done`) out."""

    def __init__(self, program: str, target: str | None = None):
        self.process = subprocess.Popen(
            [program, *(["--target", target] if target else [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def run(self, *job) -> float:
        print(*job, file=self.process.stdin)
        answer = self.process.stdout.readline().strip()
        nanoseconds, _, self.done = answer.partition(" ")
        if nanoseconds in ("", "error"):
            sys.exit(f"{self.process.args[0]} {' '.join(map(str, job))}: {self.done or 'no answer'}")
        return int(nanoseconds) / 1e6


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter_ns()
    result = work()
    spent = (time.perf_counter_ns() - start) / 1e6
    del result  # freeing it is not in the time
    return spent


def timed_process(*command: str) -> float:
    """From its start to its end; what it prints goes to /dev/null, as into a file."""
    def run() -> None:
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return timed(run)


def transformer_shapes() -> dict[str, list[int]]:
    """About 1 GiB in about 400 tensors, from 16 MiB to one number."""
    shapes: dict[str, list[int]] = {"global_step": []}
    for part in range(4):
        shapes[f"embedding/part_{part}"] = [4096, 1024]
    for layer in range(20):
        scope = f"transformer/layer_{layer:02d}"
        shapes |= {
            f"{scope}/attention/qkv/kernel": [1024, 3072],
            f"{scope}/attention/qkv/bias": [3072],
            f"{scope}/attention/out/kernel": [1024, 1024],
            f"{scope}/attention/out/bias": [1024],
            f"{scope}/mlp/up/kernel": [1024, 4096],
            f"{scope}/mlp/up/bias": [4096],
            f"{scope}/mlp/down/kernel": [4096, 1024],
            f"{scope}/mlp/down/bias": [1024],
        }
        for norm in ("before_attention", "before_mlp"):
            for name in ("gamma", "beta", "moving_mean", "moving_variance", "scale"):
                shapes[f"{scope}/{norm}/{name}"] = [1024] if name != "scale" else []
    shapes["head/bias"] = [50257]
    return dict(sorted(shapes.items()))


def save_with_tensorflow(prefix: str, tensors: dict[str, tf.Tensor]) -> None:
    tf.raw_ops.SaveV2(prefix=prefix, tensor_names=list(tensors),
                      shape_and_slices=[""] * len(tensors), tensors=list(tensors.values()))


def make_tensors(shapes: dict[str, list[int]]) -> dict[str, tf.Tensor]:
    generator = np.random.default_rng(7)
    return {name: tf.constant(generator.standard_normal(shape, np.float32) * np.float32(0.02))
            for name, shape in shapes.items()}


@dataclass
class Case:
    name: str
    floor: float  # how many times faster than the fastest of TensorFlow's ways
    footprint: int  # bytes that one round touches
    cairn: Callable[[], float]
    tensorflow: dict[str, Callable[[], float]]
    limits: dict[str, Callable[[], float]] = field(default_factory=dict)
    also: dict[str, Callable[[], float]] = field(default_factory=dict)  # beside it, without a floor
    before: Callable[[], object] = lambda: None
    note: Callable[[], str] | None = None  # measured once, told below the times
    files: str = "page cache"  # where the bytes are that it reads, or writes
    times: dict[str, list[float]] = field(default_factory=dict)

    def contestants(self) -> dict[str, Callable[[], float]]:
        return {"Cairn": self.cairn, **self.tensorflow, **self.also, **self.limits}

    def run(self, rounds: int, prewarm: Callable[[int], object]) -> None:
        names = list(self.contestants())
        for name in names:  # once for nothing: buffers are made, libraries loaded
            self.before()
            self.contestants()[name]()
        for i in range(rounds):
            for name in names[i % len(names):] + names[:i % len(names)]:
                self.before()
                prewarm(3 * self.footprint)
                self.times.setdefault(name, []).append(self.contestants()[name]())

    def ratios(self, name: str) -> list[float]:
        return [theirs / ours for theirs, ours in zip(self.times[name], self.times["Cairn"])]

    def best_peer(self) -> str:
        return min(self.tensorflow, key=lambda name: statistics.median(self.times[name]))

    def ratio(self) -> float:
        return statistics.median(self.ratios(self.best_peer()))

    def report(self) -> str:
        best = self.best_peer()
        lines = []
        for name in self.contestants():
            times = self.times[name]
            ratios = sorted(self.ratios(name))
            low, high = ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]
            told = "" if name == "Cairn" else (
                f"{statistics.median(ratios):.2f} ({low:.2f} to {high:.2f})")
            floor = f"{self.floor:g}" if name == best else ""
            lines.append(f"| {self.name} | {self.files} | {name} | {min(times):.1f} | {statistics.median(times):.1f} "
                         f"| {max(times):.1f} | {told} | {floor} |")
        return "\n".join(lines)


class Suite:
    """The cases of a program are its methods `NAME_case`."""

    cases: list[str] = []

    def __init__(self, bench: CairnBench, directory: pathlib.Path):
        self.bench = bench
        self.directory = directory
        self.weights = str(directory / "weights")
        self.tensors: dict[str, tf.Tensor] = {}
        self.num_saves = 0

    def make_weights(self) -> int:
        if not self.tensors:
            self.tensors = make_tensors(transformer_shapes())
            save_with_tensorflow(self.weights, self.tensors)
        return sum(tensor.shape.num_elements() * 4 for tensor in self.tensors.values())

    def get_all(self):
        reader = tf.train.load_checkpoint(self.weights)
        return [reader.get_tensor(name) for name in self.tensors]

    def limit(self, job: str, nbytes: int) -> dict[str, Callable[[], float]]:
        return {f"limit: {job} in memory": lambda: self.bench.run(job, nbytes, THREADS)}

    def write_limit(self, nbytes: int, num_files: int = 1) -> dict[str, Callable[[], float]]:
        return {"limit: fallocate and pwrite": lambda: self.bench.run("write", self.new_prefix(), nbytes, THREADS, num_files)}

    def new_prefix(self) -> str:
        self.num_saves += 1
        return str(self.directory / f"saved-{self.num_saves}")

    def remove_saves(self) -> None:
        for path in self.directory.glob("saved-*"):
            path.unlink()
        os.sync()

    def drop_files(self) -> None:
        """Out of the page cache, once they are on the disk."""
        os.sync()
        for path in self.directory.glob("weights*"):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def read_files(self) -> None:
        """Into the page cache, should it have dropped them."""
        for path in self.directory.glob("weights*"):
            with path.open("rb", buffering=0) as file:
                buffer = bytearray(1 << 20)
                while file.readinto(buffer):
                    pass


def main(make_suite: type[Suite], description: str, program: str = "cairn_bench") -> None:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--cairn", default=str(ROOT / "build/release/bin" / program))
    parser.add_argument("--target", help="compute in cairn_bench with this instruction set only: AVX3 (AVX-512), AVX2, SSE4, ...")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", choices=make_suite.cases, action="append")
    parser.add_argument("--directory", help="for the files (default: a temporary one)")
    args = parser.parse_args()
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)

    directory = pathlib.Path(tempfile.mkdtemp(prefix="cairn-bench-", dir=args.directory))
    try:
        suite = make_suite(CairnBench(args.cairn, args.target), directory)
        missed, notes = [], []
        print("| case | files | who | min ms | median ms | max ms | time / Cairn's, median (10 to 90 %) | floor |")
        print("|---|---|---|---|---|---|---|---|")
        for name in args.only or suite.cases:
            case = getattr(suite, f"{name}_case")()
            case.run(args.rounds, lambda nbytes: suite.bench.run("prewarm", nbytes))
            print(case.report(), flush=True)
            if case.note:
                notes.append(f"{case.name}: {case.note()}")
            if case.ratio() < case.floor:
                missed.append(f"{case.name}: {case.ratio():.2f}, the floor is {case.floor:g}")
        print("\n".join(notes))
    finally:
        shutil.rmtree(directory)
    if missed:
        sys.exit("below the floor: " + "; ".join(missed))

