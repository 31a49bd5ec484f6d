"""Converts the npz files of a model zoo to safetensors, verified: npz_zoo_to_safetensors.py SRC_DIR DST_DIR"""

import pathlib
import sys

import cairn

src, dst = map(pathlib.Path, sys.argv[1:])
dst.mkdir(exist_ok=True)
for path in sorted(src.glob("*.npz")):
    report = cairn.convert(path, dst / f"{path.stem}.safetensors")
    assert cairn.diff(path, report.target.path).equal
    print(report.target.path, len(report.kept), "tensors")
