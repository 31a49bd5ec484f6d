"""`cairn ls` against files that TensorFlow writes here and now."""
import os
import subprocess

import numpy as np
import tensorflow as tf


def test_ls_lists_what_tensorflow_wrote(tmp_path):
    prefix = str(tmp_path / "model-1")
    tf.raw_ops.SaveV2(prefix=prefix, tensor_names=["b", "a/w"], shape_and_slices=["", ""],
                      tensors=[np.zeros(3, np.int64), np.ones((2, 5), np.float32)])
    out = subprocess.run([os.environ["CAIRN"], "ls", prefix], capture_output=True, text=True, check=True).stdout
    assert [line.split()[:3] for line in out.splitlines()][:2] == [["a/w", "float32", "[2,5]"], ["b", "int64", "[3]"]]
