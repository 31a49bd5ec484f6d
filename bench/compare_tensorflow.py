"""Cairn beside real TensorFlow, in one run: rounds interleave, the order rotates, both use 2 threads.

Run with the Python that has TensorFlow:

    build/venv/bin/python bench/compare_tensorflow.py            # all cases, 9 rounds
    build/venv/bin/python bench/compare_tensorflow.py --only open --rounds 21

Ends with 1 where a floor is missed. README.md beside this file says what is equal and what is not.
"""

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
import safetensors.numpy  # noqa: E402
import tensorflow as tf  # noqa: E402

THREADS = 2
CASES = ["open", "million", "verify", "load", "slices", "v1", "stats", "save", "to_safetensors", "safetensors"]
ROOT = pathlib.Path(__file__).resolve().parent.parent


class CairnBench:
    """The long-lived C++ program: one job a line in, nanoseconds out."""

    def __init__(self, program: str):
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def run(self, *job) -> float:
        print(*job, file=self.process.stdin)
        answer = self.process.stdout.readline().strip()
        nanoseconds, _, done = answer.partition(" ")
        if nanoseconds in ("", "error"):
            sys.exit(f"cairn_bench {' '.join(map(str, job))}: {done or 'no answer'}")
        return int(nanoseconds) / 1e6


def peak_memory(pid: int) -> int:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    sys.exit("no VmHWM in the status of a process")


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter_ns()
    result = work()
    spent = (time.perf_counter_ns() - start) / 1e6
    del result  # freeing it is not in the time
    return spent


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


def index_shapes(count: int) -> dict[str, list[int]]:
    """Only metadata matters: names of 40 to 60 bytes, shapes of rank 0 to 3."""
    ranks = [[2, 1, 1], [1, 3], [4], []]
    return dict(sorted(
        (f"model/block_{i // 100:04d}/sublayer_{i % 100:02d}/attention/kernel_{i % 7}", ranks[i % 4])
        for i in range(count)))


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
            lines.append(f"| {self.name} | {name} | {min(times):.1f} | {statistics.median(times):.1f} "
                         f"| {max(times):.1f} | {told} | {floor} |")
        return "\n".join(lines)


class Suite:
    def __init__(self, bench: CairnBench, directory: pathlib.Path):
        self.bench = bench
        self.directory = directory
        self.weights = str(directory / "weights")
        self.index = str(directory / "index")
        self.tensors: dict[str, tf.Tensor] = {}
        self.num_saves = 0

    def make_weights(self) -> int:
        if not self.tensors:
            self.tensors = make_tensors(transformer_shapes())
            save_with_tensorflow(self.weights, self.tensors)
        return sum(tensor.shape.num_elements() * 4 for tensor in self.tensors.values())

    def open_case(self, count: int = 100_000) -> Case:
        made: dict[tuple[int, ...], tf.Tensor] = {}
        tensors = {name: made.setdefault(tuple(shape), tf.zeros(shape))
                   for name, shape in index_shapes(count).items()}
        save_with_tensorflow(self.index, tensors)

        def list_all():
            reader = tf.train.load_checkpoint(self.index)
            return reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()

        return Case(
            f"open and list {count} tensors", 15, 64 << 20,
            lambda: self.bench.run("open", self.index),
            {"reader, maps as Python dicts": lambda: timed(list_all)},
            also={"reader, opened only": lambda: timed(lambda: tf.train.load_checkpoint(self.index))})

    def million_case(self) -> Case:
        case = self.open_case(1_000_000)
        case.note = lambda: (
            f"index of {os.path.getsize(self.index + '.index') >> 20} MiB; peak memory of a process that opens and lists it: "
            f"Cairn {self.peak_memory_of_cairn() >> 20} MiB, TensorFlow's reader and maps "
            f"{self.peak_memory_of_tensorflow() >> 20} MiB more than before")
        return case

    def peak_memory_of_cairn(self) -> int:
        bench = CairnBench(self.bench.process.args[0])
        bench.run("open", self.index)
        return peak_memory(bench.process.pid)

    def peak_memory_of_tensorflow(self) -> int:
        script = ("import re, sys, tensorflow as tf\n"
                  "def peak(): return int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
                  "before = peak()\n"
                  "reader = tf.train.load_checkpoint(sys.argv[1])\n"
                  "maps = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()\n"
                  "print(peak() - before)")
        told = subprocess.run([sys.executable, "-c", script, self.index], stdout=subprocess.PIPE, check=True)
        return int(told.stdout) << 10

    def get_all(self):
        reader = tf.train.load_checkpoint(self.weights)
        return [reader.get_tensor(name) for name in self.tensors]

    def restore(self):
        names = list(self.tensors)
        return tf.raw_ops.RestoreV2(prefix=self.weights, tensor_names=names,
                                    shape_and_slices=[""] * len(names),
                                    dtypes=[tf.float32] * len(names))

    def limit(self, job: str, nbytes: int) -> dict[str, Callable[[], float]]:
        return {f"limit: {job} in memory": lambda: self.bench.run(job, nbytes, THREADS)}

    def verify_case(self) -> Case:
        nbytes = self.make_weights()
        return Case("verify", 4, nbytes,
                    lambda: self.bench.run("verify", self.weights, THREADS),
                    {"get_tensor of all": lambda: timed(self.get_all)},
                    limits=self.limit("read", nbytes), before=self.read_files)

    def load_case(self) -> Case:
        nbytes = self.make_weights()
        return Case("load, verified", 2.5, nbytes,
                    lambda: self.bench.run("load", self.weights, THREADS),
                    {"get_tensor of all": lambda: timed(self.get_all),
                     "RestoreV2": lambda: timed(self.restore)},
                    also={"Cairn, into new memory":
                          lambda: self.bench.run("load-fresh", self.weights, THREADS)},
                    limits=self.limit("copy", nbytes), before=self.read_files)

    def v1_case(self) -> Case:
        nbytes = self.make_weights()
        path = str(self.directory / "weights-v1")
        tf.raw_ops.Save(filename=path, tensor_names=list(self.tensors), data=list(self.tensors.values()))

        def get_all():
            reader = tf.train.load_checkpoint(path)
            return [reader.get_tensor(name) for name in self.tensors]

        return Case("load V1, verified", 2, nbytes,
                    lambda: self.bench.run("load-v1", path, THREADS),
                    {"get_tensor of all": lambda: timed(get_all)},
                    limits=self.limit("copy", nbytes), before=self.read_files)

    def slices_case(self) -> Case:
        """Every matrix in four: by rows, by columns, in turn."""
        nbytes = self.make_weights()
        prefix = str(self.directory / "weights-sliced")
        names, specs, parts = [], [], []
        for i, (name, tensor) in enumerate(self.tensors.items()):
            if len(tensor.shape) < 2:
                names, specs, parts = names + [name], specs + [""], parts + [tensor]
                continue
            axis = i // 2 % 2
            for k, part in enumerate(tf.split(tensor, 4, axis)):
                extents = ["-", "-"]
                extents[axis] = f"{k * part.shape[axis]},{part.shape[axis]}"
                names.append(name)
                specs.append(f"{tensor.shape[0]} {tensor.shape[1]} {':'.join(extents)}")
                parts.append(part)
        tf.raw_ops.SaveV2(prefix=prefix, tensor_names=names, shape_and_slices=specs, tensors=parts)

        def get_all():
            reader = tf.train.load_checkpoint(prefix)
            return [reader.get_tensor(name) for name in self.tensors]

        return Case("load partitioned variables, verified", 2.5, nbytes,
                    lambda: self.bench.run("load", prefix, THREADS),
                    {"get_tensor of all": lambda: timed(get_all)},
                    also={"Cairn, the same whole": lambda: self.bench.run("load", self.weights, THREADS)},
                    limits=self.limit("copy", nbytes), before=self.read_files)

    def stats_case(self) -> Case:
        """One tensor of 1 GiB, against five passes of numpy over it in memory."""
        prefix = str(self.directory / "weights-one")
        values = np.random.default_rng(7).standard_normal(1 << 28, np.float32)
        save_with_tensorflow(prefix, {"one": tf.constant(values)})

        def five_passes():
            return values.min(), values.max(), values.mean(), values.std(), np.count_nonzero(np.isnan(values))

        return Case("stats of 1 GiB, verified", 5, values.nbytes,
                    lambda: self.bench.run("stats", prefix, THREADS),
                    {"numpy: min, max, mean, std, NaN": lambda: timed(five_passes)},
                    limits=self.limit("read", values.nbytes), before=self.read_files)

    def to_safetensors_case(self) -> Case:
        """A checkpoint becomes a safetensors file; both sides read every checksum there is."""
        nbytes = self.make_weights()

        def by_hand():
            reader = tf.train.load_checkpoint(self.weights)
            safetensors.numpy.save_file({name: np.asarray(reader.get_tensor(name)) for name in self.tensors},
                                        self.new_prefix() + ".safetensors")

        return Case("convert to safetensors, verified", 5, nbytes,
                    lambda: self.bench.run("convert", self.weights, self.new_prefix() + ".safetensors", THREADS),
                    {"get_tensor of all, save_file": lambda: timed(by_hand)},
                    limits={"limit: fallocate and pwrite": lambda: self.bench.run("write", self.new_prefix(), nbytes)},
                    before=self.remove_saves)

    def safetensors_case(self) -> Case:
        """A safetensors file into memory: Cairn compares checksums, the other has none."""
        nbytes = self.make_weights()
        path = str(self.directory / "weights.safetensors")
        self.bench.run("convert", self.weights, path, THREADS)
        return Case("load safetensors, verified", 1.5, nbytes,
                    lambda: self.bench.run("load-any", path, THREADS),
                    {"safetensors.numpy.load_file": lambda: timed(lambda: safetensors.numpy.load_file(path))},
                    limits=self.limit("copy", nbytes), before=self.read_files)

    def save_case(self) -> Case:
        nbytes = self.make_weights()
        self.check_saved_files()
        return Case("save to the page cache", 1.8, nbytes,
                    lambda: self.bench.run("save", self.weights, self.new_prefix(), THREADS),
                    {"SaveV2": lambda: timed(
                        lambda: save_with_tensorflow(self.new_prefix(), self.tensors))},
                    also={"Cairn, durable": lambda: self.bench.run(
                        "save-durable", self.weights, self.new_prefix(), THREADS)},
                    limits={"limit: fallocate and pwrite": lambda: self.bench.run(
                        "write", self.new_prefix(), nbytes)},
                    before=self.remove_saves)

    def new_prefix(self) -> str:
        self.num_saves += 1
        return str(self.directory / f"saved-{self.num_saves}")

    def remove_saves(self) -> None:
        for path in self.directory.glob("saved-*"):
            path.unlink()
        os.sync()

    def check_saved_files(self) -> None:
        """What Cairn saves is, byte for byte, what TensorFlow saves."""
        prefix = self.new_prefix()
        self.bench.run("save", self.weights, prefix, THREADS)
        for suffix in (".index", ".data-00000-of-00001"):
            ours = pathlib.Path(prefix + suffix).read_bytes()
            if ours != pathlib.Path(self.weights + suffix).read_bytes():
                sys.exit(f"{prefix}{suffix} is not what TensorFlow writes")

    def read_files(self) -> None:
        """Into the page cache, should it have dropped them."""
        for path in self.directory.glob("weights*"):
            with path.open("rb", buffering=0) as file:
                buffer = bytearray(1 << 20)
                while file.readinto(buffer):
                    pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cairn", default=str(ROOT / "build/release/bin/cairn_bench"))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", choices=CASES, action="append")
    parser.add_argument("--directory", help="for the files (default: a temporary one)")
    args = parser.parse_args()
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)

    directory = pathlib.Path(tempfile.mkdtemp(prefix="cairn-bench-", dir=args.directory))
    try:
        suite = Suite(CairnBench(args.cairn), directory)
        missed, notes = [], []
        print("| case | who | min ms | median ms | max ms | time / Cairn's, median (10 to 90 %) | floor |")
        print("|---|---|---|---|---|---|---|")
        for name in args.only or CASES:
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


if __name__ == "__main__":
    main()
