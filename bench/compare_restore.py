"""Restoring into a program's own arrays: Cairn's memory session beside RestoreV2 and assign.

    build/venv/bin/python bench/compare_restore.py
    build/venv/bin/python bench/compare_restore.py --only bfloat16 --target AVX2

Ends with 1 where a floor is missed. README.md beside this file says what is equal and what is not.
"""

from harness import THREADS, Case, Suite, main, save_with_tensorflow, tf, timed


class RestoreSuite(Suite):
    cases = ["memory", "bfloat16", "plan"]

    def __init__(self, bench, directory):
        super().__init__(bench, directory)
        self.variables = {}

    def restore_and_assign(self, prefix: str, dtype: tf.DType) -> None:
        names = list(self.tensors)
        values = tf.raw_ops.RestoreV2(prefix=prefix, tensor_names=names, shape_and_slices=[""] * len(names), dtypes=[dtype] * len(names))
        for name, value in zip(names, values):
            self.variables[name].assign(tf.cast(value, tf.float32))

    def case(self, words: str, prefix: str, dtype: tf.DType, floor: float, nbytes: int) -> Case:
        self.variables = {name: tf.Variable(tensor) for name, tensor in self.tensors.items()}
        return Case(words, floor, nbytes, lambda: self.bench.run("restore", prefix, THREADS),
                    {"RestoreV2 and assign": lambda: timed(lambda: self.restore_and_assign(prefix, dtype))},
                    limits=self.limit("copy", nbytes), before=self.read_files)

    def memory_case(self) -> Case:
        nbytes = self.make_weights()
        return self.case("restore 1 GiB into arrays, verified", self.weights, tf.float32, 5, nbytes)

    def bfloat16_case(self) -> Case:
        """The limit copies as many bytes as the arrays have; half as many are read."""
        nbytes = self.make_weights()
        prefix = str(self.directory / "weights-bfloat16")
        save_with_tensorflow(prefix, {name: tf.cast(tensor, tf.bfloat16) for name, tensor in self.tensors.items()})
        return self.case("restore bfloat16 into 1 GiB of float32 arrays, verified", prefix, tf.bfloat16, 1, nbytes)

    def plan_case(self) -> Case:
        def plan() -> float:
            return self.bench.run("plan", 100_000)

        return Case("plan 100,000 variables", 0, 1, plan, {"again": plan})


if __name__ == "__main__":
    main(RestoreSuite, __doc__.splitlines()[0])
