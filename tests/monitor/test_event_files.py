"""The readers of TensorBoard, TensorFlow and Python read what a run wrote that was interrupted and resumed."""
import glob
import json
import os
import subprocess

import numpy as np
import pytest


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The directory of the run, and the scalars that it recorded: {tag: [(step, value)]}."""
    directory = str(tmp_path_factory.mktemp("run"))
    printed = subprocess.run([os.environ["CAIRN_EVENT_PROBE"], directory], check=True, capture_output=True).stdout
    recorded = {}
    for line in printed.decode().splitlines():
        tag, step, value = line.split("\t")
        recorded.setdefault(tag, []).append((int(step), np.float32(value)))
    return directory, recorded


def paths_of(directory):
    paths = sorted(glob.glob(directory + "/events.out.tfevents.*"))
    assert len(paths) > 2
    return paths


def test_the_accumulator_finds_each_scalar_once(run):
    event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    directory, recorded = run
    accumulator = event_accumulator.EventAccumulator(directory, size_guidance={event_accumulator.SCALARS: 0})
    accumulator.Reload()
    assert set(accumulator.Tags()["scalars"]) == set(recorded)
    for tag, expected in recorded.items():
        found = [(event.step, np.float32(event.value)) for event in accumulator.Scalars(tag)]
        np.testing.assert_equal(found, expected)


def test_the_loader_reads_every_file_to_its_end(run):
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
    directory, recorded = run
    files = [list(loader.LegacyEventFileLoader(path).Load()) for path in paths_of(directory)]
    for events in files:
        assert events[0].file_version == "brain.Event:2"
        assert events[0].source_metadata.writer == "cairn"
        assert all(event.wall_time >= 1_700_000_000 for event in events)
    assert sum(len(event.summary.value) for events in files for event in events) == sum(map(len, recorded.values()))


def test_tensorflow_reads_every_file_to_its_end(run):
    tf = pytest.importorskip("tensorflow")
    directory, recorded = run
    found = {}
    for path in paths_of(directory):
        for event in tf.compat.v1.train.summary_iterator(path):
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, np.float32(value.simple_value)))
    np.testing.assert_equal(found, recorded)


def test_statistics_are_json_with_an_entry_for_each_epoch(run):
    directory, recorded = run

    def refuse(word):
        raise ValueError(f"{word} is not JSON")

    with open(directory + "/stats.json") as file:
        text = file.read()
    stats = json.loads(text, parse_constant=refuse)
    assert json.dumps(stats) == text
    assert [(entry["epoch_num"], entry["global_step"]) for entry in stats] == [(1, 4), (2, 8), (3, 12)]
    for entry in stats:
        for tag, values in recorded.items():
            np.testing.assert_equal(np.float32(entry[tag]), dict(values)[entry["global_step"]])
