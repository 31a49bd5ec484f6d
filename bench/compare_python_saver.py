"""The stall of a background save of a state dict of torch, 1 GiB, beside `torch.save` of the same tensors.

    PYTHONPATH=build/release/python build/venv-frameworks/bin/python bench/compare_python_saver.py [--rounds N]

`tools/setup frameworks` makes that environment. Rounds interleave and their order alternates. The stall is the time that `ModelSaver.step`
takes, which copies all values; the thread that writes them has ended before the next round. `torch.save` returns when the file is in the
page cache and syncs nothing, while the checkpoint is on stable storage. Ends with 1 where the floor is missed.
"""

import argparse
import itertools
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

import torch

import cairn

FLOOR = 10
SHAPES = [[1024, 655]] * 400


class Net(torch.nn.Module):
    """A module of 1 GiB whose state dict has 400 tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.ParameterList([torch.nn.Parameter(torch.ones(s)) for s in SHAPES])


def milliseconds(work) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1e3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--directory", help="where files are written; by default a new one")
    rounds = parser.parse_args().rounds
    directory = pathlib.Path(tempfile.mkdtemp(dir=parser.parse_args().directory))
    net = Net()
    saver = cairn.ModelSaver(directory / "run", model=net, background=True, every_n_steps=1, max_to_keep=1, monitors=False,
                             keep_checkpoint_every_n_hours=0)
    steps = itertools.count()
    times: dict[str, list[float]] = {"Cairn": [], "torch.save": []}

    def stall() -> float:
        spent = milliseconds(lambda: saver.step(next(steps)))
        saver.wait()
        return spent

    def torch_save() -> float:
        return milliseconds(lambda: torch.save(net.state_dict(), directory / "state.pt"))

    contestants = {"Cairn": stall, "torch.save": torch_save}
    for work in contestants.values():
        work()  # buffers are made
    for i in range(rounds):
        for name in sorted(contestants, reverse=i % 2 == 0):
            times[name].append(contestants[name]())
    saver.close()
    shutil.rmtree(directory)
    ratios = sorted(theirs / ours for theirs, ours in zip(times["torch.save"], times["Cairn"]))
    print(f"torch {torch.__version__}, {rounds} rounds; milliseconds: least, median, most")
    for name, spent in times.items():
        print(f"| {name} | {min(spent):.1f} | {statistics.median(spent):.1f} | {max(spent):.1f} |")
    print(f"the stall is {statistics.median(ratios):.1f} times shorter ({ratios[0]:.1f} to {ratios[-1]:.1f}); floor {FLOOR}")
    return 0 if statistics.median(ratios) >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
