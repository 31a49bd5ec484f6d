"""Changes to whole checkpoints, as the program makes them, beside what people start Python for.

    build/venv/bin/python bench/compare_surgery.py
    build/venv/bin/python bench/compare_surgery.py --only average --rounds 21

Ends with 1 where a floor is missed. README.md beside this file says what is equal and what is not.
"""

import pathlib
import subprocess
import sys

import numpy as np

from harness import THREADS, CairnBench, Case, Suite, main, save_with_tensorflow, tf, timed, timed_process

# dump-model-params as tensorpack does it: import TensorFlow and the graph, restore, save with numpy.
REFERENCE_PRUNE = """
import sys
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
meta, prefix, path = sys.argv[1:]
tf.train.import_meta_graph(meta, clear_devices=True)
keep = {v.name for v in tf.trainable_variables() + tf.get_collection(tf.GraphKeys.MODEL_VARIABLES)}
reader = tf.train.NewCheckpointReader(prefix)
with tf.Session() as session:
    values = {}
    for variable in tf.global_variables():
        if variable.name in keep:
            variable.load(reader.get_tensor(variable.op.name), session)
            values[variable.name] = session.run(variable)
np.savez_compressed(path, **values)
"""


class SurgerySuite(Suite):
    cases = ["rename", "prune", "cast", "average", "diff"]

    def __init__(self, bench: CairnBench, directory: pathlib.Path):
        super().__init__(bench, directory)
        self.program = str(pathlib.Path(bench.process.args[0]).parent / "cairn")

    def cairn(self, *words: str) -> float:
        return timed_process(self.program, *words)

    def fresh(self):
        self.remove_saves()
        self.read_files()

    def rename_case(self) -> Case:
        """The data is a hard link or a reflink; the index is made anew."""
        nbytes = self.make_weights()

        def load_and_save() -> None:
            reader = tf.train.load_checkpoint(self.weights)
            save_with_tensorflow(self.new_prefix(), {"body/" + name: tf.constant(reader.get_tensor(name)) for name in self.tensors})

        return Case("rename every tensor of 1 GiB, verified", 15, nbytes,
                    lambda: self.cairn("convert", "-q", "--hard-link", "--rename", "=body/", self.weights, self.new_prefix()),
                    {"TensorFlow: load and save": lambda: timed(load_and_save)}, before=self.fresh, files="page cache")

    def prune_case(self) -> Case:
        """A small model, so that starting is what is measured."""
        directory = self.directory / "model"
        directory.mkdir()
        script = """
import sys, tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
x = tf.placeholder(tf.float32, [None, 784])
w = tf.get_variable("w", [784, 512]); v = tf.get_variable("v", [512, 10])
y = tf.matmul(tf.nn.relu(tf.matmul(x, w)), v)
tf.train.AdamOptimizer().minimize(tf.reduce_mean(tf.square(y)))
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    tf.train.Saver().save(session, sys.argv[1])
"""
        prefix = str(directory / "model-1")
        subprocess.run([sys.executable, "-c", script, prefix], check=True, capture_output=True)

        def reference() -> float:
            command = [sys.executable, "-c", REFERENCE_PRUNE, prefix + ".meta", prefix, self.new_prefix() + ".npz"]
            return timed(lambda: subprocess.run(command, check=True, capture_output=True))

        return Case("prune to npz, whole process", 10, 64 << 20,
                    lambda: self.cairn("prune", "-q", "--to", "npz-compressed", "--meta", prefix + ".meta", prefix, self.new_prefix() + ".npz"),
                    {"import TensorFlow, graph, session, savez": reference}, before=self.remove_saves)

    def cast_case(self) -> Case:
        nbytes = self.make_weights()

        def cast() -> None:
            import ml_dtypes
            from safetensors.numpy import save_file
            reader = tf.train.load_checkpoint(self.weights)
            save_file({name: np.asarray(reader.get_tensor(name)).astype(ml_dtypes.bfloat16) for name in self.tensors},
                      self.new_prefix() + ".safetensors")

        return Case("cast 1 GiB of float32 to bfloat16, verified", 1, nbytes,
                    lambda: self.cairn("convert", "-q", "--no-sync", "--dtype", "bfloat16", self.weights, self.new_prefix() + ".safetensors"),
                    {"get_tensor, astype, save_file": lambda: timed(cast)},
                    also={"Cairn, into the caller's memory": lambda: self.bench.run("load-cast", self.weights, "bfloat16", THREADS)},
                    limits=self.limit("copy", nbytes) | self.write_limit(nbytes // 2), before=self.fresh, files="page cache")

    def average_case(self) -> Case:
        nbytes = self.make_weights()
        others = []
        for k in range(3):
            others.append(f"{self.weights}-{k}")
            save_with_tensorflow(others[-1], {name: tensor + float(k) for name, tensor in self.tensors.items()})

        def average() -> None:
            readers = [tf.train.load_checkpoint(prefix) for prefix in [self.weights, *others]]
            mean = {}
            for name in self.tensors:
                values = [reader.get_tensor(name) for reader in readers]
                mean[name] = (sum(value.astype(np.float64) for value in values) / 4).astype(np.float32)
            np.savez(self.new_prefix() + ".npz", **mean)

        return Case("average of 4 x 1 GiB, verified", 4, 4 * nbytes,
                    lambda: self.cairn("average", "-q", "--no-sync", self.weights, *others, self.new_prefix() + ".npz"),
                    {"numpy in float64, savez": lambda: timed(average)},
                    also={"Cairn, into the caller's memory": lambda: self.bench.run("load-average", THREADS, self.weights, *others)},
                    limits=self.limit("read", 4 * nbytes), before=self.fresh, files="page cache")

    def diff_case(self) -> Case:
        """Every value differs. numpy is timed once both are in memory; the program ends with 0, since the tolerance is great."""
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
                    before=self.read_files, also={"Cairn, whole process": lambda: self.cairn("diff", "-q", "--rtol", "1e30", self.weights, other)})


if __name__ == "__main__":
    main(SurgerySuite, __doc__.splitlines()[0])
