"""How a typed program uses the package. It is not run: mypy and pyright read it."""

from pathlib import Path
from typing import Any, assert_type

import numpy

import cairn


def read(path: Path) -> None:
    ckpt = cairn.open(path, mmap=False)
    assert_type(ckpt, cairn.Checkpoint)
    assert_type(ckpt["w"], numpy.ndarray[Any, numpy.dtype[Any]])
    assert_type(ckpt.shape("w"), tuple[int, ...])
    assert_type(ckpt.dtype("w"), numpy.dtype[Any])
    assert_type("w" in ckpt, bool)
    assert_type(dict(ckpt), dict[str, numpy.ndarray[Any, numpy.dtype[Any]]])
    assert_type(ckpt.lazy("w"), cairn.LazyTensor)
    print(ckpt.lazy("w")[1:3, ..., None, -1], ckpt.lazy("w")[0], ckpt.lazy("w")[::2])


def save(path: str) -> list[str]:
    report = cairn.save(path, {"w": numpy.ones(3), "step": 4, "name": "x"}, overwrite=True)
    assert_type(report, cairn.SaveReport)
    return report.files


def compare(path: bytes) -> None:
    reader = cairn.load_checkpoint(path)
    assert_type(reader.get_variable_to_shape_map(), dict[str, list[int]])
    assert_type(cairn.latest_checkpoint("run"), str | None)
    assert_type(cairn.list_variables(path), list[tuple[str, list[int]]])


def restore(path: str, arrays: dict[str, Any]) -> list[str]:
    plan = cairn.plan(arrays, [path, arrays], rename={"conv0/": "stem/"}, mismatch="warn")
    assert_type(plan.error, str | None)
    assert_type(plan.items[0].nbytes, int)
    cairn.get_model_loader([path]).init(arrays)
    return plan.missing


def train(directory: cairn.LoggerDir, arrays: dict[str, Any]) -> tuple[int, float] | None:
    best = cairn.MinSaver("loss")
    with cairn.ModelSaver(directory, model=arrays, background=True, callbacks=[best]) as saver:
        start = saver.resume()
        assert_type(start.checkpoint, str | None)
        for step in range(start.step, 10):
            saver.step(step, {"loss": 1.0})
    return best.best


def explain(path: str) -> str | None:
    try:
        cairn.open(path)
    except cairn.DataLossError as error:
        assert_type(error.offset, int | None)
        return error.hint
    except FileNotFoundError as error:
        return str(error)
    return None
