"""Saves of a training run: the stall of a background save beside one memory copy and beside the savers of TensorFlow and PyTorch.

    build/venv/bin/python bench/compare_saver.py
    build/venv/bin/python bench/compare_saver.py --only stall --rounds 21

torch.save takes part where PyTorch is installed, and is named as absent where it is not. Ends with 1 where a floor is missed.
README.md beside this file says what is equal and what is not.
"""

import importlib.util
import os

from harness import Case, Suite, main, tf, timed

v1 = tf.compat.v1
SHAPES = [[1024, 640]] * 400
NBYTES = 1000 * 2**20


class SaverSuite(Suite):
    cases = ["stall", "peers", "loop", "disk", "rotating", "small"]

    def job(self, *words: object):
        return lambda: self.bench.run(*words)

    def in_directory(self, name: str) -> str:
        return str(self.directory / name)

    def tensorflow_saver(self):
        """tf.train.Saver as a training uses it: it keeps one checkpoint, and syncs nothing."""
        graph = tf.Graph()
        with graph.as_default():
            for i, shape in enumerate(SHAPES):
                v1.get_variable(f"layer_{i}/w", shape, use_resource=True, initializer=v1.ones_initializer())
            saver = v1.train.Saver(max_to_keep=1)
            session = v1.Session(graph=graph)
            session.run(v1.global_variables_initializer())
        os.makedirs(self.in_directory("tf"), exist_ok=True)
        steps = iter(range(10**9))

        def save() -> None:
            with graph.as_default():
                saver.save(session, self.in_directory("tf/model"), global_step=next(steps), write_meta_graph=False)
        return lambda: timed(save)

    def torch_save(self):
        import torch
        state = {f"layer_{i}.w": torch.ones(shape) for i, shape in enumerate(SHAPES)}
        return lambda: timed(lambda: torch.save(state, self.in_directory("state.pt")))

    def stall_case(self) -> Case:
        """At most 1.1 times the time of a copy, so the copy takes at least 0.909 of ours."""
        return Case("stall of a background save of 1 GiB", 1 / 1.1, NBYTES, self.job("stall", self.in_directory("stall")),
                    {"one memory copy into touched memory": self.job("copy", self.in_directory("stall"))})

    def peers_case(self) -> Case:
        peers = {"tf.train.Saver.save, blocking": self.tensorflow_saver()}
        if importlib.util.find_spec("torch"):
            peers["torch.save, blocking"] = self.torch_save()
        else:
            print("torch.save is left out: PyTorch is not installed", flush=True)
        return Case("stall of a background save of 1 GiB", 20, NBYTES, self.job("stall", self.in_directory("stall")), peers)

    def loop_case(self) -> Case:
        return Case("a memory-bound loop while the writer works", 1 / 1.15, NBYTES, self.job("loop-saving", self.in_directory("loop")),
                    {"the loop alone": self.job("loop")},
                    limits={"limit: the loop while 1 GiB is written directly": self.job("loop-writing", self.in_directory("direct"))})

    def disk_case(self) -> Case:
        return Case("durable save of 1 GiB, read back", 0.9, NBYTES, self.job("blocking", self.in_directory("blocking")),
                    {"one file written and synced": self.job("disk", self.in_directory("disk"))}, files="disk")

    def rotating_case(self) -> Case:
        return Case("durable save of 1 GiB, read back, the one before removed", 0.9, NBYTES,
                    self.job("rotating", self.in_directory("rotating")),
                    {"one file written and synced, the one before removed":
                     self.job("disk-rotating", self.in_directory("disk-rotating"))}, files="disk")

    def small_case(self) -> Case:
        return Case("durable save of 400 variables of 1 MiB in all", 1 / 1.2, 2**20, self.job("small", self.in_directory("small")),
                    {"the syncs that it needs": self.job("syncs", self.in_directory("syncs"))}, files="disk")


if __name__ == "__main__":
    main(SaverSuite, __doc__.splitlines()[0], "saver_bench")
