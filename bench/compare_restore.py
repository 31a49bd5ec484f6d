"""Restoring into a program's own arrays: Cairn's memory session beside TensorFlow's RestoreV2 and assign, in a session and without.

    build/venv/bin/python bench/compare_restore.py
    build/venv/bin/python bench/compare_restore.py --only bfloat16 --target AVX2

Ends with 1 where a floor is missed. README.md beside this file says what is equal and what is not.
"""

from harness import THREADS, Case, Suite, main, save_with_tensorflow, tf, timed

v1 = tf.compat.v1


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

    def saver_in_session(self):
        """Restores by tf.train.Saver, whose ops are RestoreV2 and Assign; the session is made once."""
        with tf.Graph().as_default():
            variables = {name: v1.get_variable(name, tensor.shape, use_resource=True, initializer=v1.zeros_initializer())
                         for name, tensor in self.tensors.items()}
            saver = v1.train.Saver(variables).as_saver_def()
            session = v1.Session(config=v1.ConfigProto(intra_op_parallelism_threads=THREADS))
            session.run(v1.global_variables_initializer())
        return lambda: session.run(saver.restore_op_name, {saver.filename_tensor_name: self.weights})

    def memory_case(self) -> Case:
        nbytes = self.make_weights()
        restore = self.saver_in_session()
        self.variables = {name: tf.Variable(tensor) for name, tensor in self.tensors.items()}
        return Case("restore 1 GiB into arrays, verified", 5, nbytes, lambda: self.bench.run("restore", self.weights, THREADS),
                    {"RestoreV2 and Assign in a session, as Saver.restore runs them": lambda: timed(restore)},
                    also={"Cairn, verified while it is assigned": lambda: self.bench.run("restore-once", self.weights, THREADS),
                          "RestoreV2 and assign, eager": lambda: timed(lambda: self.restore_and_assign(self.weights, tf.float32))},
                    limits={**self.limit("read", nbytes), **self.limit("copy", nbytes)}, before=self.read_files)

    def bfloat16_case(self) -> Case:
        """The limit copies as many bytes as the arrays have; half as many are read."""
        nbytes = self.make_weights()
        prefix = str(self.directory / "weights-bfloat16")
        save_with_tensorflow(prefix, {name: tf.cast(tensor, tf.bfloat16) for name, tensor in self.tensors.items()})
        self.variables = {name: tf.Variable(tensor) for name, tensor in self.tensors.items()}
        return Case("restore bfloat16 into 1 GiB of float32 arrays, verified", 1, nbytes,
                    lambda: self.bench.run("restore", prefix, THREADS),
                    {"RestoreV2 and assign, eager": lambda: timed(lambda: self.restore_and_assign(prefix, tf.bfloat16))},
                    limits=self.limit("copy", nbytes), before=self.read_files)

    def plan_case(self) -> Case:
        def plan() -> float:
            return self.bench.run("plan", 100_000)

        return Case("plan 100,000 variables", 0, 1, plan, {"again": plan})


if __name__ == "__main__":
    main(RestoreSuite, __doc__.splitlines()[0])
