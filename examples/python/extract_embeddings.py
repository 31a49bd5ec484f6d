"""Writes the rows of an embedding as text, for a projector: extract_embeddings.py CHECKPOINT NAME

With TensorFlow the import line is `from tensorflow import train`.
"""

import sys

import cairn as train

path, name = sys.argv[1:]
for row in train.load_variable(path, name):
    print("\t".join(f"{value:.6g}" for value in row))
