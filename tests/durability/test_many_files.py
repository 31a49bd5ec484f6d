"""A run directory with many files: it is listed, read and saved into in a time that grows with their number, not with its square.

Set CAIRN=build/release/bin/cairn and EXAMPLES=build/release/examples.
"""
import json
import os
import time

import pytest

from jobs import cairn
from long_form import either
from training_runs import DATA, committed_steps, own_loop, resumed_step

NUM_FILES = either(20_000, 100_000)


def fill(directory, first, num_files):
    """Adds so many files: exports and logs. Each export is a checkpoint of two files, with the same bytes as the others."""
    for i in range(first, first + num_files // 4):
        for end in (".index", DATA):
            os.link(directory.parent / f"export{end}", directory / f"export-{i}{end}")
        os.link(directory.parent / "log", directory / f"events.{i}")
        os.link(directory.parent / "log", directory / f"notes-{i}.txt")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of own_loop with a quarter of the files."""
    place = tmp_path_factory.mktemp("many")
    (place / "log").write_text("step 1\n")
    directory = place / "run"
    assert own_loop(directory).code == 0
    ran = cairn("convert", "--exclude", "_CAIRN_RUN_STATE", directory / "model-20", place / "export")
    assert ran.code == 0, ran
    fill(directory, 0, NUM_FILES // 4)
    return directory


def seconds_of(*words):
    """The best of two, since others use this machine, too."""
    times = []
    for _ in range(2):
        begin = time.monotonic()
        ran = cairn(*words, timeout=600)
        times.append(time.monotonic() - begin)
        assert ran.code == 0, ran.err
    return min(times)


def test_many_files(run):
    few = {words: seconds_of(*words, run) for words in READS}
    saved_in = save(run)
    fill(run, NUM_FILES, NUM_FILES - NUM_FILES // 4)
    many = {words: seconds_of(*words, run) for words in READS}
    saved_in_many = save(run)

    document = json.loads(cairn("state", "--quick", "--json", run, timeout=600).out)
    # Exports have no state of a run, whatever number their names end in.
    assert document["resume"]["name"] == f"model-{committed_steps(run)[-1]}"
    assert len(document["checkpoints"]) == NUM_FILES // 4 + 3
    for words in READS:
        print(f"\n{' '.join(words)}: {few[words]:.3f} s with {NUM_FILES // 4:,} files, {many[words]:.3f} s with {NUM_FILES:,}", end="")
        assert many[words] < 8 * few[words] + 0.1
    print(f"\na run of four saves: {saved_in:.3f} s and {saved_in_many:.3f} s")
    assert saved_in_many < 8 * saved_in + 0.1


READS = [("state", "--quick"), ("ls",), ("verify",)]


def save(run):
    newest, begin = committed_steps(run)[-1], time.monotonic()
    ran = own_loop(run)
    assert ran.code == 0 and resumed_step(ran) == newest, ran
    assert committed_steps(run) == [newest + 10, newest + 15, newest + 20]
    return time.monotonic() - begin
