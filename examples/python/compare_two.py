"""Compares two checkpoints variable by variable: compare_two.py A B

With TensorFlow the import line is `from tensorflow import train`.
"""

import sys

import numpy as np

import cairn as train

a, b = map(train.load_checkpoint, sys.argv[1:])
shapes_a, shapes_b = a.get_variable_to_shape_map(), b.get_variable_to_shape_map()

for name in sorted(shapes_a.keys() | shapes_b.keys()):
    if not b.has_tensor(name):
        print("only in A:", name)
    elif not a.has_tensor(name):
        print("only in B:", name)
    elif shapes_a[name] != shapes_b[name]:
        print("shape:", name, shapes_a[name], shapes_b[name])
    else:
        value_a, value_b = a.get_tensor(name), b.get_tensor(name)
        if not np.array_equal(value_a, value_b):
            print("value:", name, np.abs(value_a - value_b).max())
