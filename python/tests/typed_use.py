"""How a typed program uses the package. It is not run: mypy and pyright read it."""

from pathlib import Path
from typing import Any, assert_type

import numpy

import cairn
from cairn.numpy import load_file, save as serialize, save_file


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


def change(path: Path) -> list[str]:
    ckpt = cairn.open(path).select("net/**", regex=False).rename({"net/": ""}).cast(numpy.float16)
    assert_type(ckpt, cairn.Checkpoint)
    assert_type(ckpt.plan, cairn.ChangePlan)
    assert_type(ckpt.plan.kept[0].source, str | None)
    changed = (
        ckpt.transpose("w", (1, 0)).slice("w", numpy.s_[:3]).slice("w", "0:2").pad("w", [(0, 1)])
    )
    return changed.save("out.npz", compress=True, share=None).files


def run_verbs(path: Path) -> None:
    report = cairn.convert(path, "b.npz", rename={"net/": ""}, dtype="float16", dry_run=True)
    assert_type(report, cairn.ChangeReport)
    assert_type(report.written, int | None)
    assert_type(
        cairn.average([path, "b"], "c", weights=[1, 2], select="net/**"), cairn.ChangeReport
    )
    assert_type(cairn.prune(path, "c", outputs=["logits:0"]), cairn.ChangeReport)
    assert_type(cairn.diff(path, "b", "net/**", rtol=1e-3).equal, bool)
    assert_type(cairn.verify(path, "b", strict=True).findings[0].offset, int | None)
    assert_type(cairn.repair(path, "d").state_file, str | None)
    assert_type(cairn.stats(path).with_nans, list[str])


def load(path: Path) -> bytes:
    arrays = load_file(path, backend="pread")
    assert_type(arrays, dict[str, numpy.ndarray[Any, numpy.dtype[Any]]])
    save_file(arrays, "e.safetensors", metadata={"a": "b"})
    with cairn.safe_open(path, framework="np") as f:
        assert_type(f.keys(), list[str])
        assert_type(f.get_slice("w").get_shape(), list[int])
        print(f.get_slice("w")[1:2, ...], f.get_tensor("w"))
    return serialize(arrays)
