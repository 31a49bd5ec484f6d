"""npz and safetensors: Cairn beside numpy and safetensors' own package, in one run.

    build/venv/bin/python bench/compare_exchange.py              # all cases, 9 rounds
    build/venv/bin/python bench/compare_exchange.py --only to_npz --rounds 21

Ends with 1 where a floor is missed. README.md beside this file says what is equal and what is not.
"""

import os
import pathlib
import re
import subprocess

import numpy as np
import safetensors.numpy

from harness import ROOT, THREADS, Case, Suite, main, make_tensors, save_with_tensorflow, timed


def load_npz(path: str) -> dict[str, np.ndarray]:
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files}


class ExchangeSuite(Suite):
    cases = ["to_npz", "to_safetensors", "to_shards", "safetensors", "safetensors_views", "npz_views", "npz_save", "npz_load",
             "packed_save", "packed_load", "tiny_save", "tiny_load", "link", "turned"]

    def read_all(self) -> dict[str, np.ndarray]:
        return dict(zip(self.tensors, map(np.asarray, self.get_all())))

    def values(self) -> dict[str, np.ndarray]:
        return {name: tensor.numpy() for name, tensor in self.tensors.items()}

    def file_of_weights(self, ending: str) -> tuple[str, int]:
        """The weights as Cairn writes them under this ending, and the bytes of their values."""
        nbytes = self.make_weights()
        path = str(self.directory / f"weights{ending}")
        if not os.path.exists(path):
            self.bench.run("convert", self.weights, path, THREADS)
        return path, nbytes

    def convert_case(self, ending: str, save) -> Case:
        """A checkpoint becomes a file; both sides compare every checksum that there is."""
        nbytes = self.make_weights()
        return Case(f"convert to {ending}, verified", 5, nbytes,
                    lambda: self.bench.run("convert", self.weights, self.new_prefix() + ending, THREADS),
                    {f"get_tensor of all, {save.__name__}": lambda: timed(lambda: save(self.read_all(), self.new_prefix() + ending))},
                    limits=self.write_limit(nbytes), before=self.remove_saves, note=lambda: self.memory_of_conversion(self.weights, ending))

    def memory_of_conversion(self, source: str, ending: str) -> str:
        """How much anonymous memory the program has at most while it converts something as large as the weights."""
        program, most = ROOT / "build/release/bin/cairn", 0
        target = self.new_prefix() + ending
        with subprocess.Popen([program, "convert", "-q", source, target]) as process:
            while process.poll() is None:
                found = re.search(r"RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text())
                most = max(most, int(found[1]) << 10 if found else 0)
        self.remove_saves()
        return f"anonymous memory at most {most >> 10} KiB, {most / self.make_weights():.4f} of the payload"

    def to_npz_case(self) -> Case:
        def savez(values, path):
            np.savez(path, **values)

        return self.convert_case(".npz", savez)

    def to_safetensors_case(self) -> Case:
        def save_file(values, path):
            safetensors.numpy.save_file(values, path)

        return self.convert_case(".safetensors", save_file)

    def to_shards_case(self) -> Case:
        """The same in two files; Cairn writes their index, too."""
        nbytes = self.make_weights()

        def save_files():
            items = list(self.read_all().items())
            for k, part in enumerate([items[: len(items) // 2], items[len(items) // 2:]]):
                safetensors.numpy.save_file(dict(part), f"{self.new_prefix()}-{k}.safetensors")

        return Case("convert to two .safetensors, verified", 5, nbytes,
                    lambda: self.bench.run("shard", self.weights, self.new_prefix() + ".safetensors", THREADS, nbytes // 2 + (1 << 20)),
                    {"get_tensor of all, save_file of each half": lambda: timed(save_files)},
                    limits=self.write_limit(nbytes, 2), before=self.remove_saves)

    def safetensors_case(self) -> Case:
        """Into memory: Cairn compares checksums, the other has none."""
        path, nbytes = self.file_of_weights(".safetensors")
        return Case("load safetensors, verified", 1.5, nbytes,
                    lambda: self.bench.run("load-any", path, THREADS),
                    {"safetensors.numpy.load_file": lambda: timed(lambda: safetensors.numpy.load_file(path))},
                    limits=self.limit("copy", nbytes), before=self.read_files)

    def safetensors_views_case(self) -> Case:
        path, nbytes = self.file_of_weights(".safetensors")
        return Case("views of safetensors, verified", 6, nbytes,
                    lambda: self.bench.run("view", path, THREADS),
                    {"safetensors.numpy.load_file": lambda: timed(lambda: safetensors.numpy.load_file(path))},
                    limits=self.limit("read", nbytes), before=self.read_files)

    def npz_views_case(self) -> Case:
        path, nbytes = self.file_of_weights(".npz")
        return Case("views of npz, verified", 6, nbytes,
                    lambda: self.bench.run("view", path, THREADS),
                    {"np.load": lambda: timed(lambda: load_npz(path))},
                    limits=self.limit("read", nbytes), before=self.read_files)

    def npz_save_case(self) -> Case:
        nbytes = self.make_weights()
        values = self.values()
        return Case("save npz to the page cache", 2.5, nbytes,
                    lambda: self.bench.run("save", self.weights, self.new_prefix() + ".npz", THREADS),
                    {"np.savez": lambda: timed(lambda: np.savez(self.new_prefix() + ".npz", **values))},
                    limits=self.write_limit(nbytes), before=self.remove_saves)

    def npz_load_case(self) -> Case:
        path, nbytes = self.file_of_weights(".npz")
        return Case("load npz, verified", 4, nbytes,
                    lambda: self.bench.run("load-any", path, THREADS),
                    {"np.load": lambda: timed(lambda: load_npz(path))},
                    limits=self.limit("copy", nbytes), before=self.read_files)

    def make_part(self) -> tuple[str, dict[str, np.ndarray]]:
        """64 MiB in eight tensors: numpy packs 20 to 30 MB a second."""
        prefix = str(self.directory / "part")
        tensors = make_tensors({f"layer_{i}/kernel": [1024, 2048] for i in range(8)})
        save_with_tensorflow(prefix, tensors)
        return prefix, {name: tensor.numpy() for name, tensor in tensors.items()}

    def packed_save_case(self) -> Case:
        prefix, values = self.make_part()
        sizes: dict[str, int] = {}

        def measured(who: str, save) -> float:
            path = self.new_prefix() + ".npz"
            spent = save(path)
            sizes[who] = os.path.getsize(path)
            return spent

        return Case("save npz, compressed", 12, 64 << 20,
                    lambda: measured("Cairn", lambda path: self.bench.run("pack", prefix, path, THREADS)),
                    {"np.savez_compressed": lambda: measured(
                        "numpy", lambda path: timed(lambda: np.savez_compressed(path, **values)))},
                    before=self.remove_saves,
                    note=lambda: f"Cairn's file has {sizes['Cairn'] / sizes['numpy']:.4f} of the bytes of numpy's")

    def packed_load_case(self) -> Case:
        prefix, values = self.make_part()
        path = str(self.directory / "part.npz")
        np.savez_compressed(path, **values)
        return Case("load npz, compressed, verified", 2, 64 << 20,
                    lambda: self.bench.run("load-any", path, THREADS),
                    {"np.load": lambda: timed(lambda: load_npz(path))})

    def make_tiny(self) -> tuple[str, dict[str, np.ndarray]]:
        prefix = str(self.directory / "tiny")
        tensors = make_tensors({f"layer_{i:05d}/bias": [4] for i in range(10_000)})
        save_with_tensorflow(prefix, tensors)
        return prefix, {name: tensor.numpy() for name, tensor in tensors.items()}

    def tiny_save_case(self) -> Case:
        prefix, values = self.make_tiny()
        return Case("save 10,000 tiny arrays to npz", 10, 4 << 20,
                    lambda: self.bench.run("save", prefix, self.new_prefix() + ".npz", THREADS),
                    {"np.savez": lambda: timed(lambda: np.savez(self.new_prefix() + ".npz", **values))},
                    before=self.remove_saves)

    def tiny_load_case(self) -> Case:
        _, values = self.make_tiny()
        path = str(self.directory / "tiny.npz")
        np.savez(path, **values)
        return Case("load 10,000 tiny arrays of npz, verified", 50, 4 << 20,
                    lambda: self.bench.run("load-any", path, THREADS),
                    {"np.load": lambda: timed(lambda: load_npz(path))})

    def link_case(self) -> Case:
        """safetensors become a TensorFlow checkpoint; Cairn's data file is the same file under another name, every byte checked."""
        path, nbytes = self.file_of_weights(".safetensors")
        return Case("safetensors to a checkpoint, linked, verified", 15, nbytes,
                    lambda: self.bench.run("link", path, self.new_prefix(), THREADS),
                    {"load_file, SaveV2": lambda: timed(
                        lambda: save_with_tensorflow(self.new_prefix(), safetensors.numpy.load_file(path)))},
                    limits=self.limit("read", nbytes), before=self.remove_saves)

    def turned_case(self) -> Case:
        """What numpy saves of a transposed matrix; both sides write rows."""
        nbytes = self.make_weights()
        path = str(self.directory / "turned.npz")
        np.savez(path, **{name: np.asfortranarray(value) for name, value in self.values().items()})

        def load_and_save() -> None:
            np.savez(self.new_prefix() + ".npz", **{name: np.ascontiguousarray(value) for name, value in load_npz(path).items()})

        return Case("npz in Fortran order to npz, verified", 2, nbytes,
                    lambda: self.bench.run("convert", path, self.new_prefix() + ".npz", THREADS),
                    {"np.load, np.savez": lambda: timed(load_and_save)},
                    limits=self.write_limit(nbytes), before=self.remove_saves, note=lambda: self.memory_of_conversion(path, ".npz"))


if __name__ == "__main__":
    main(ExchangeSuite, __doc__.splitlines()[0])
