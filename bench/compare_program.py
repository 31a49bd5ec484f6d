"""The program as users run it, whole processes, beside real TensorFlow and numpy that are imported and warm.

    build/venv/bin/python bench/compare_program.py
    build/venv/bin/python bench/compare_program.py --only ls --rounds 21

Ends with 1 where a floor is missed. README.md beside this file says what is equal and what is not.
"""

import os
import pathlib
import shutil

import numpy as np
from safetensors.numpy import save_file

from compare_tensorflow import index_shapes
from harness import THREADS, CairnBench, Case, Suite, main, save_with_tensorflow, tf, timed, timed_process


class ProgramSuite(Suite):
    cases = ["ls", "ls_json", "ls_long", "verify", "verify_pages", "verify_disk", "stats", "diff", "convert"]

    def __init__(self, bench: CairnBench, directory: pathlib.Path):
        super().__init__(bench, directory)
        self.index = str(directory / "index")
        self.program = str(pathlib.Path(bench.process.args[0]).parent / "cairn")

    def cairn(self, *words: str) -> float:
        return timed_process(self.program, *words)

    def make_index(self) -> None:
        if os.path.exists(self.index + ".index"):
            return
        made: dict[tuple[int, ...], tf.Tensor] = {}
        save_with_tensorflow(self.index, {name: made.setdefault(tuple(shape), tf.zeros(shape))
                                          for name, shape in index_shapes(100_000).items()})

    def list_all(self):
        reader = tf.train.load_checkpoint(self.index)
        return reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()

    def ls_case(self, *options: str) -> Case:
        self.make_index()
        return Case(" ".join(["ls", *options, "of 100,000 tensors"]), 5, 64 << 20,
                    lambda: self.cairn("ls", *options, self.index),
                    {"reader, maps as Python dicts": lambda: timed(self.list_all)})

    def ls_json_case(self) -> Case:
        return self.ls_case("--json")

    def ls_long_case(self) -> Case:
        return self.ls_case("--long")

    def verify_case(self) -> Case:
        nbytes = self.make_weights()
        return Case("verify 1 GiB", 2, nbytes, lambda: self.cairn("verify", self.weights),
                    {"get_tensor of all": lambda: timed(self.get_all)},
                    limits=self.limit("read", nbytes), before=self.read_files,
                    files="page cache, in large pieces")

    def verify_pages_case(self) -> Case:
        """The same bytes, written 4 KiB at a time: the page cache holds them in single pages."""
        nbytes = self.make_weights()
        copy = str(self.directory / "weights-pages")
        shutil.copy(self.weights + ".index", copy + ".index")
        data = ".data-00000-of-00001"
        with open(self.weights + data, "rb") as source, open(copy + data, "wb", buffering=0) as to:
            while block := source.read(4096):
                to.write(block)

        def get_all():
            reader = tf.train.load_checkpoint(copy)
            return [reader.get_tensor(name) for name in self.tensors]

        return Case("verify 1 GiB", 2, nbytes, lambda: self.cairn("verify", copy),
                    {"get_tensor of all": lambda: timed(get_all)},
                    also={"Cairn, in large pieces": lambda: self.cairn("verify", self.weights)},
                    limits={"limit: pread, unseen": lambda: self.bench.run("pread", copy + data, THREADS)},
                    before=self.read_files, files="page cache, in single pages")

    def verify_disk_case(self) -> Case:
        nbytes = self.make_weights()
        return Case("verify 1 GiB", 1, nbytes, lambda: self.cairn("verify", self.weights),
                    {"get_tensor of all": lambda: timed(self.get_all)},
                    before=self.drop_files, files="disk")

    def stats_case(self) -> Case:
        """One tensor of 1 GiB, against five passes of numpy over it in memory."""
        prefix = str(self.directory / "weights-one")
        values = np.random.default_rng(7).standard_normal(1 << 28, np.float32)
        save_with_tensorflow(prefix, {"one": tf.constant(values)})

        def five_passes():
            return values.min(), values.max(), values.mean(), values.std(), np.count_nonzero(np.isnan(values))

        return Case("stats of 1 GiB, verified", 2, values.nbytes, lambda: self.cairn("stats", prefix),
                    {"numpy: min, max, mean, std, NaN": lambda: timed(five_passes)},
                    limits=self.limit("read", values.nbytes), before=self.read_files)

    def diff_case(self) -> Case:
        """Two checkpoints of 1 GiB of which every value differs, against what numpy takes once both are in memory."""
        nbytes = self.make_weights()
        other = str(self.directory / "weights-moved")
        generator = np.random.default_rng(8)
        moved = {name: tf.constant(values.numpy() + generator.standard_normal(values.shape, np.float32) * np.float32(1e-3))
                 for name, values in self.tensors.items()}
        save_with_tensorflow(other, moved)
        arrays = [(self.tensors[name].numpy(), moved[name].numpy()) for name in moved]

        def compare():
            return [(np.abs(a - b).max(), np.linalg.norm(a - b) / np.linalg.norm(b), np.vdot(a, b), np.count_nonzero(a != b))
                    for a, b in arrays]

        return Case("diff of two times 1 GiB, verified", 4, 2 * nbytes,
                    lambda: self.bench.run("diff", self.weights, other, THREADS),
                    {"numpy: max abs, rel L2, cosine, count": lambda: timed(compare)},
                    limits=self.limit("read", 2 * nbytes) | {"limit: pread of both, unseen": lambda: sum(
                        self.bench.run("pread", path + ".data-00000-of-00001", THREADS) for path in (self.weights, other))},
                    before=self.read_files)

    def convert_case(self) -> Case:
        nbytes = self.make_weights()

        def load_and_save() -> None:
            path = self.new_prefix() + ".safetensors"
            reader = tf.train.load_checkpoint(self.weights)
            save_file({name: np.asarray(reader.get_tensor(name)) for name in self.tensors}, path)
            with open(path, "rb+") as file:
                os.fsync(file.fileno())

        return Case("convert 1 GiB to safetensors, verified", 1, nbytes,
                    lambda: self.cairn("convert", self.weights, self.new_prefix() + ".safetensors"),
                    {"get_tensor of all, save_file, fsync": lambda: timed(load_and_save)},
                    before=lambda: (self.remove_saves(), self.read_files()),
                    files="from page cache to disk, synced")


if __name__ == "__main__":
    main(ProgramSuite, __doc__.splitlines()[0])
