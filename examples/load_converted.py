"""Loads what `cairn convert` wrote: load_converted.py MODEL.npz MODEL.safetensors"""
import sys

import numpy as np
from safetensors.numpy import load_file

arrays, tensors = np.load(sys.argv[1]), load_file(sys.argv[2])
for name, tensor in tensors.items():
    assert arrays[name].dtype == tensor.dtype and arrays[name].tobytes() == tensor.tobytes()
    print(name, tensor.dtype, tensor.shape)
