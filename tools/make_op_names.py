#!/usr/bin/env python3
"""Writes cairn/graph/tensorflow_op_names.inc, the ops that the installed TensorFlow has: tools/make_op_names.py"""
import pathlib
import textwrap

import tensorflow as tf
from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session

OUT = pathlib.Path(__file__).resolve().parent.parent / "cairn" / "graph" / "tensorflow_op_names.inc"


def main():
    ops = op_def_pb2.OpList()
    ops.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    names = sorted(op.name for op in ops.op)
    lines = textwrap.wrap(" ".join(names), 94)
    head = f'// The names of the ops of TensorFlow {tf.__version__}, sorted. Made by tools/make_op_names.py.\n'
    OUT.write_text(head + "".join(f'"{line} "\n' for line in lines))


if __name__ == "__main__":
    main()
