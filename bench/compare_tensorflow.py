"""Cairn beside real TensorFlow, in one run: rounds interleave, the order rotates, both use 2 threads.

Run with the Python that has TensorFlow:

    build/venv/bin/python bench/compare_tensorflow.py            # all cases, 9 rounds
    build/venv/bin/python bench/compare_tensorflow.py --only open --rounds 21

Ends with 1 where a floor is missed. README.md beside this file says what is equal and what is not.
"""

import os
import pathlib
import subprocess
import sys

import numpy as np

from harness import THREADS, CairnBench, Case, Suite, main, save_with_tensorflow, tf, timed


def peak_memory(pid: int) -> int:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    sys.exit("no VmHWM in the status of a process")


def index_shapes(count: int) -> dict[str, list[int]]:
    """Only metadata matters: names of 40 to 60 bytes, shapes of rank 0 to 3."""
    ranks = [[2, 1, 1], [1, 3], [4], []]
    return dict(sorted(
        (f"model/block_{i // 100:04d}/sublayer_{i % 100:02d}/attention/kernel_{i % 7}", ranks[i % 4])
        for i in range(count)))


class TensorFlowSuite(Suite):
    cases = ["open", "million", "verify", "load", "slices", "v1", "stats", "save"]

    def __init__(self, bench: CairnBench, directory: pathlib.Path):
        super().__init__(bench, directory)
        self.index = str(directory / "index")

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

    def restore(self):
        names = list(self.tensors)
        return tf.raw_ops.RestoreV2(prefix=self.weights, tensor_names=names,
                                    shape_and_slices=[""] * len(names),
                                    dtypes=[tf.float32] * len(names))

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

    def save_case(self) -> Case:
        nbytes = self.make_weights()
        self.check_saved_files()
        return Case("save to the page cache", 1.8, nbytes,
                    lambda: self.bench.run("save", self.weights, self.new_prefix(), THREADS),
                    {"SaveV2": lambda: timed(
                        lambda: save_with_tensorflow(self.new_prefix(), self.tensors))},
                    also={"Cairn, durable": lambda: self.bench.run(
                        "save-durable", self.weights, self.new_prefix(), THREADS)},
                    limits=self.write_limit(nbytes),
                    before=self.remove_saves, files="page cache; durable: disk")

    def check_saved_files(self) -> None:
        """What Cairn saves is, byte for byte, what TensorFlow saves."""
        prefix = self.new_prefix()
        self.bench.run("save", self.weights, prefix, THREADS)
        for suffix in (".index", ".data-00000-of-00001"):
            ours = pathlib.Path(prefix + suffix).read_bytes()
            if ours != pathlib.Path(self.weights + suffix).read_bytes():
                sys.exit(f"{prefix}{suffix} is not what TensorFlow writes")


if __name__ == "__main__":
    main(TensorFlowSuite, __doc__.splitlines()[0])
