"""The Python package beside TensorFlow and numpy, in one run.

    build/venv/bin/python bench/compare_python.py               # all cases, 9 rounds
    build/venv/bin/python bench/compare_python.py --only views --rounds 21

Uses the package in build/release/python, or the one that PYTHONPATH names. compare_torch.py has the cases of torch. Ends with 1 where a
floor is missed. README.md beside this file says what is equal and what is not.
"""

import os
import sys

import numpy as np
import tensorflow as tf

from harness import ROOT, Case, Suite, main, save_with_tensorflow, timed, timed_process

sys.path.append(str(ROOT / "build/release/python"))
import cairn  # noqa: E402

OURS = "import sys, cairn; cairn.list_variables(sys.argv[1])"
THEIRS = "import sys, tensorflow as tf; tf.train.list_variables(sys.argv[1])"


def load_npz(path):
    with np.load(path) as archive:
        return dict(archive)


class PythonSuite(Suite):
    cases = ["process", "copies", "views", "one_of_many", "npz"]

    def process_case(self) -> Case:
        """From the start of Python to its end."""
        self.make_weights()
        os.environ["PYTHONPATH"] = os.path.dirname(os.path.dirname(cairn.__file__))
        return Case("whole process list_variables", 15, 1 << 20,
                    lambda: timed_process(sys.executable, "-c", OURS, self.weights),
                    {"tensorflow": lambda: timed_process(sys.executable, "-c", THEIRS, self.weights)},
                    limits={"limit: import numpy": lambda: timed_process(sys.executable, "-c", "import numpy")})

    def copies_case(self) -> Case:
        nbytes = self.make_weights()

        def get_all():
            reader = cairn.load_checkpoint(self.weights)
            return [reader.get_tensor(name) for name in self.tensors]

        return Case("all tensors as new arrays, verified", 2, nbytes,
                    lambda: timed(lambda: cairn.open(self.weights, mmap=False).load()),
                    {"get_tensor of all": lambda: timed(self.get_all)},
                    also={"cairn.load_checkpoint, get_tensor of all": lambda: timed(get_all)},
                    limits=self.limit("copy", nbytes), before=self.read_files)

    def views_case(self) -> Case:
        nbytes = self.make_weights()
        return Case("all tensors as views, verified", 5, nbytes,
                    lambda: timed(lambda: dict(cairn.open(self.weights))),
                    {"get_tensor of all": lambda: timed(self.get_all)},
                    limits=self.limit("read", nbytes), before=self.read_files)

    def one_of_many_case(self) -> Case:
        """The first call after the opening, of an index with 100,000 entries."""
        prefix = str(self.directory / "many")
        save_with_tensorflow(prefix, {f"layer_{i:06}/kernel": tf.constant([float(i)]) for i in range(100_000)})
        name = "layer_050000/kernel"
        return Case("open, and one tensor of 100,000", 20, 10 << 20,
                    lambda: timed(lambda: cairn.open(prefix)[name]),
                    {"load_checkpoint, get_tensor": lambda: timed(lambda: tf.train.load_checkpoint(prefix).get_tensor(name))},
                    also={"cairn.load_checkpoint, get_tensor": lambda: timed(lambda: cairn.load_checkpoint(prefix).get_tensor(name))})

    def npz_case(self) -> Case:
        path, nbytes = self.file_of_weights(".npz")
        return Case("dict of an npz, verified", 3, nbytes,
                    lambda: timed(lambda: dict(cairn.open(path))),
                    {"dict(np.load)": lambda: timed(lambda: load_npz(path))},
                    limits=self.limit("read", nbytes), before=self.read_files)

    def file_of_weights(self, ending: str) -> tuple[str, int]:
        """The weights as Cairn writes them under this ending, and the bytes of their values."""
        nbytes = self.make_weights()
        path = str(self.directory / f"weights{ending}")
        if not os.path.exists(path):
            cairn.convert(self.weights, path)
        return path, nbytes


if __name__ == "__main__":
    main(PythonSuite, __doc__.splitlines()[0])
