"""A state dict of torch, 1 GiB: the stall of a background save beside `torch.save`, and `cairn.torch.load_file` beside safetensors' own.

    PYTHONPATH=build/release/python build/venv-frameworks/bin/python bench/compare_torch.py [--only save|copies|views] [--rounds N]

`tools/setup frameworks` makes that environment. Rounds interleave and their order alternates; files are in the page cache.

save    The stall is the time that `ModelSaver.step` takes, which copies all values; the thread that writes them has ended before the next
        round. `torch.save` returns when the file is in the page cache and syncs nothing, while the checkpoint is on stable storage.
copies  Tensors in memory of their own, with `backend="pread"` on both sides. safetensors checks no checksum; Cairn checks each.
views   Cairn's default: tensors are the mapped file, and each was read to check it. safetensors' default maps it, too, but reads nothing, so
        that there is nothing to compare with; the floor is against its `pread`. Its default stands below, also with a sum over all values,
        which reads them once.

Ends with 1 where a floor is missed.
"""

import argparse
import itertools
import pathlib
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import safetensors.torch
import torch

import cairn
import cairn.torch

SHAPES = [[1024, 655]] * 400
FLOORS = {"save": 10, "copies": 1.5, "views": 5}
Contestants = dict[str, Callable[[], float]]  # Cairn first, then the one that the floor is against


class Net(torch.nn.Module):
    """A module of 1 GiB whose state dict has 400 tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.ParameterList([torch.nn.Parameter(torch.ones(s)) for s in SHAPES])


def milliseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    result = work()
    spent = (time.perf_counter() - begin) * 1e3
    del result  # freeing it is not in the time
    return spent


def saves(directory: pathlib.Path) -> Contestants:
    net = Net()
    saver = cairn.ModelSaver(directory / "run", model=net, background=True, every_n_steps=1, max_to_keep=1, monitors=False,
                             keep_checkpoint_every_n_hours=0)
    steps = itertools.count()

    def stall() -> float:
        spent = milliseconds(lambda: saver.step(next(steps)))
        saver.wait()
        return spent

    return {"ModelSaver.step": stall,
            "torch.save": lambda: milliseconds(lambda: torch.save(net.state_dict(), directory / "state.pt"))}


def file_of_state(directory: pathlib.Path) -> str:
    """As Cairn writes it: with checksums."""
    path = str(directory / "state.safetensors")
    cairn.torch.save_file({name: value.detach() for name, value in Net().state_dict().items()}, path)
    return path


def copies(directory: pathlib.Path) -> Contestants:
    path = file_of_state(directory)
    return {"cairn.torch.load_file, pread": lambda: milliseconds(lambda: cairn.torch.load_file(path, backend="pread")),
            "safetensors.torch.load_file, pread": lambda: milliseconds(lambda: safetensors.torch.load_file(path, backend="pread"))}


def views(directory: pathlib.Path) -> Contestants:
    path = file_of_state(directory)
    theirs = safetensors.torch.load_file
    return {"cairn.torch.load_file": lambda: milliseconds(lambda: cairn.torch.load_file(path)),
            "safetensors.torch.load_file, pread": lambda: milliseconds(lambda: theirs(path, backend="pread")),
            "safetensors.torch.load_file": lambda: milliseconds(lambda: theirs(path)),
            "safetensors.torch.load_file, and a sum": lambda: milliseconds(lambda: sum(t.sum() for t in theirs(path).values()))}


def compare(case: str, contestants: Contestants, rounds: int) -> bool:
    """Prints the times; whether the floor is reached."""
    for work in contestants.values():
        work()  # buffers are made
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for i in range(rounds):
        for name in list(contestants)[:: 1 if i % 2 else -1]:
            times[name].append(contestants[name]())
    ours, peer = list(times)[:2]
    for name, spent in times.items():
        ratios = sorted(theirs / mine for theirs, mine in zip(spent, times[ours]))
        told = f"{statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})"
        print(f"| {case} | {name} | {min(spent):.1f} | {statistics.median(spent):.1f} | {max(spent):.1f} | {told} "
              f"| {FLOORS[case] if name == peer else ''} |", flush=True)
    return statistics.median(theirs / mine for theirs, mine in zip(times[peer], times[ours])) >= FLOORS[case]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=FLOORS, action="append")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--directory", help="where files are written; by default a new one")
    args = parser.parse_args()
    print(f"torch {torch.__version__}, safetensors {safetensors.__version__}, {args.rounds} rounds")
    print("| case | who | min ms | median ms | max ms | time / Cairn's, median (least to most) | floor |")
    print("|---|---|---|---|---|---|---|")
    is_reached = True
    for case in args.only or FLOORS:
        directory = pathlib.Path(tempfile.mkdtemp(dir=args.directory))
        contestants = {"save": saves, "copies": copies, "views": views}[case](directory)
        is_reached &= compare(case, contestants, args.rounds)
        shutil.rmtree(directory)
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
