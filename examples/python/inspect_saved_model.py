"""Shows which weights a SavedModel has, by layer: inspect_saved_model.py DIRECTORY

With TensorFlow the import line is `from tensorflow import train`.
"""

import collections
import pathlib
import sys

import cairn as train

variables = pathlib.Path(sys.argv[1]) / "variables" / "variables"
layers = collections.defaultdict(list)
for name, shape in train.list_variables(str(variables)):
    if not name.startswith("_"):
        layers[name.split("/")[0]].append((name, shape))
for layer, weights in sorted(layers.items()):
    print(layer)
    for name, shape in weights:
        print("   ", name, shape)
