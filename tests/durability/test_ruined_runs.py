"""Ruins runs at random, several files at once: training goes on from the newest sound checkpoint, or ends with one error.

A checkpoint is sound if its files have the bytes that an undisturbed run wrote. `cairn verify` must find the same, and may be lenient
only where the values are the same. On failure, the seed and what was done are shown; CAIRN_SEED=N repeats that round alone. Set
CAIRN=build/release/bin/cairn and EXAMPLES=build/release/examples.
"""
import os
import random

import pytest

import ruins
from jobs import cairn
from long_form import either
from training_runs import (DATA, assert_one_error, copy_run, is_readable, own_loop, own_loop_files, resumed_step, step_of_weights)

SEEDS = [int(os.environ["CAIRN_SEED"])] if "CAIRN_SEED" in os.environ else range(either(40, 1500))
CHECKPOINTS = ["model-30", "model-35", "model-40"]
NAMES = [f"{name}{end}" for name in CHECKPOINTS for end in (".index", DATA)] + ["checkpoint"]


def change_bits(path, generator):
    content = bytearray(path.read_bytes())
    for _ in range(generator.choice([1, 1, 1, 10])):
        content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
    path.write_bytes(content)


def zero_a_part(path, generator):
    size = path.stat().st_size
    start = generator.randrange(size)
    ruins.zero(path, start, generator.randrange(start, size) + 1)


def write_noise(path, generator):
    content = path.read_bytes()
    start = generator.randrange(len(content))
    noise = generator.randbytes(generator.randrange(len(content) - start) + 1)
    path.write_bytes(content[:start] + noise + content[start + len(noise):])


def another(path, generator):
    return path.parent / generator.choice([name for name in NAMES if name != path.name])


def copy_another(path, generator):
    content = content_of(another(path, generator))
    if content is not None:  # a sparse file of 1 TiB would fill every disk
        path.write_bytes(content)


def swap(path, generator):
    other, aside = another(path, generator), path.with_name("aside")
    if os.path.lexists(other):
        path.rename(aside)
        other.rename(path)
        aside.rename(other)


def put_something_else(path, generator):
    ruins.replace(path, ruins.SPECIAL[generator.choice(list(ruins.SPECIAL))])


WAYS = {
    "bits changed": change_bits,
    "cut": lambda path, generator: os.truncate(path, generator.randrange(path.stat().st_size)),
    "a part zeroed": zero_a_part,
    "noise": write_noise,
    "deleted": lambda path, generator: path.unlink(),
    "swapped with another": swap,
    "another one's content": copy_another,
    "replaced by something else": put_something_else,
    "bytes appended": lambda path, generator: path.write_bytes(path.read_bytes() + generator.randbytes(generator.randrange(1, 99))),
}


def ruin_run(run, generator):
    """Ruins up to five files; what was done, in words."""
    done = []
    for _ in range(generator.randrange(1, 6)):
        path, words = run / generator.choice(NAMES), generator.choice(list(WAYS))
        if not os.path.lexists(path) or not is_readable(path) or path.stat().st_size == 0:
            continue
        WAYS[words](path, generator)
        done.append(f"{path.name}: {words}")
    return done


def content_of(path):
    """The bytes of a file that a checkpoint may have; nothing if it is missing or something else."""
    path = path.resolve() if path.is_symlink() and path.exists() else path
    return path.read_bytes() if os.path.lexists(path) and is_readable(path) else None


def true_step(run, name, known):
    """The step whose bytes a checkpoint has: of its name or, after swaps, of another. Nothing where it has those of none."""
    index, data = content_of(run / f"{name}.index"), content_of(run / f"{name}{DATA}")
    for step in (30, 35, 40):
        if index == known[f"model-{step}.index"] and data == known[f"model-{step}{DATA}"]:
            return step
    return None


def may_begin_from_scratch(run):
    """Neither a state file nor an index is left, and data of one step at most: nobody can tell this from a first save."""
    left = [name for name in NAMES if os.path.lexists(run / name)]
    return len(left) <= 1 and all(name.endswith(DATA) for name in left)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    directory = tmp_path_factory.mktemp("base") / "run"
    for _ in range(2):
        assert own_loop(directory).code == 0
    return directory


def judge(run, known):
    """The sound checkpoints, by name with their steps, on which the program must agree."""
    sound = {}
    for name in CHECKPOINTS:
        step = true_step(run, name, known)
        ran = cairn("verify", run / name)
        if ran.code != 0:
            assert_one_error(ran) if ran.code == 2 else None
            assert ran.code in (1, 2), ran
            assert step is None, f"{name} has the bytes of step {step}, and is refused: {ran}"
            continue
        # Bytes that nobody reads, as padding, may be changed; the values may not.
        shown = step_of_weights(cairn("cat", "--json", run / name, "weights").out)
        assert shown in (30, 35, 40) and step in (None, shown), f"{name} has values that were never saved, and verifies: {ran}"
        sound[name] = shown
    return sound


def check_verify_all(run, sound):
    """It finds what is wrong with any of them, not only with the newest."""
    ran = cairn("verify", "--all", run)
    # An index that is not a file, without any data, is not what is left of a checkpoint.
    left = {name for name in CHECKPOINTS if os.path.lexists(run / f"{name}{DATA}") or content_of(run / f"{name}.index") is not None}
    assert ran.code in ((0,) if left and left == set(sound) else (1, 2)), f"{sound} of {left}: {ran}"


def check_state(run, sound):
    ran = cairn("state", run)
    assert ran.code in (0, 1, 2), ran
    last = ran.out.splitlines()[-1] if ran.out else ""
    if sound:
        names = [name for name in sound if sound[name] == max(sound.values())]
        assert any(last.startswith(f"resume {name}: ") for name in names), f"{sound}: {ran}"
    else:
        assert not last.startswith("resume model"), ran


def check_training(run, sound, known):
    may_begin = may_begin_from_scratch(run)
    ran = own_loop(run)
    if not sound:
        if may_begin and ran.code == 0:
            return
        assert_one_error(ran)
        assert ran.code == 1 and "from scratch" not in ran.out, ran
        return
    newest = max(sound.values())
    # A name that holds another step's checkpoint is in the way of its own step: it is sound, so it is not moved.
    is_in_the_way = any(int(name[6:]) > newest for name in sound)
    if is_in_the_way and ran.code == 1:
        assert_one_error(ran)
        assert "exists and verifies" in ran.err, ran
        return
    assert ran.code == 0 and resumed_step(ran) == newest, f"{sound}: {ran}"
    for step in (newest + 10, newest + 15, newest + 20):
        for name in (f"model-{step}.index", f"model-{step}{DATA}"):
            assert (run / name).read_bytes() == known[name], name
    again = own_loop(run)
    assert again.code == 0 and resumed_step(again) == newest + 20, again


def test_random_ruin(base, tmp_path):
    known = own_loop_files()
    for seed in SEEDS:
        run = copy_run(base, tmp_path / "run")
        done = ruin_run(run, random.Random(seed))
        try:
            sound = judge(run, known)
            check_verify_all(run, sound)
            check_state(run, sound)
            check_training(run, sound, known)
        except BaseException:
            print(f"\nCAIRN_SEED={seed}: {done}")
            raise
