"""Restoring a checkpoint into a session of TensorFlow: Cairn beside TensorFlow's own saver, in the same process.

    build/venv/bin/python bench/compare_engine.py
    build/venv/bin/python bench/compare_engine.py --only ref --rounds 21

Ends with 1 where a floor is missed. README.md beside this file says what is equal and what is not.
"""

import os
import pathlib

from harness import THREADS, CairnBench, Case, Suite, main, tf

os.environ["CAIRN_TENSORFLOW"] = str(pathlib.Path(tf.__file__).parent)

v1 = tf.compat.v1


class EngineSuite(Suite):
    cases = ["resource", "ref", "small_resource", "small_ref"]

    def make_graph(self, name: str, shapes: list[list[int]], use_resource: bool) -> str:
        """A graph that trains all variables with momentum, and a checkpoint of them."""
        prefix = str(self.directory / f"weights-{name}")
        with tf.Graph().as_default():
            variables = [v1.get_variable(f"layer_{i:04d}/w", shape, initializer=v1.random_normal_initializer(0, 0.02, seed=i),
                                         use_resource=use_resource) for i, shape in enumerate(shapes)]
            loss = tf.add_n([tf.reduce_sum(tf.square(variable)) for variable in variables])
            v1.train.GradientDescentOptimizer(0.1).minimize(loss)
            saver = v1.train.Saver()
            with v1.Session() as session:
                session.run(v1.global_variables_initializer())
                saver.save(session, prefix)
        return prefix

    def case(self, words: str, name: str, shapes: list[list[int]], use_resource: bool, floor: float) -> Case:
        prefix = self.make_graph(name, shapes, use_resource)
        nbytes = 4 * sum(tf.TensorShape(shape).num_elements() for shape in shapes)

        def run(*words: object, bench: CairnBench = self.bench) -> float:
            return bench.run(words[0], prefix + ".meta", prefix, *words[1:])

        def peak(*words: object) -> str:
            # A process of its own: TensorFlow keeps memory of earlier sessions.
            bench = CairnBench(self.bench.process.args[0])
            run(*words, bench=bench)
            bench.process.stdin.close()
            return f"{int(bench.done) / 2**20:.0f} MiB"

        return Case(words, floor, nbytes, lambda: run("restore", THREADS), {"the saver's restore op": lambda: run("saver")},
                    note=lambda: f"peak of memory: Cairn {peak('restore-read', THREADS)}, saver {peak('saver')}", before=self.read_files)

    def resource_case(self) -> Case:
        return self.case("restore 1 GiB in 400 resource variables", "resource", [[1024, 640]] * 400, True, 1)

    def ref_case(self) -> Case:
        return self.case("restore 1 GiB in 400 ref variables", "ref", [[1024, 640]] * 400, False, 1)

    def small_resource_case(self) -> Case:
        return self.case("restore 3,000 resource variables of 256 bytes", "small_resource", [[8, 8]] * 3000, True, 1)

    def small_ref_case(self) -> Case:
        return self.case("restore 3,000 ref variables of 256 bytes", "small_ref", [[8, 8]] * 3000, False, 1)


if __name__ == "__main__":
    main(EngineSuite, __doc__.splitlines()[0], "engine_bench")
