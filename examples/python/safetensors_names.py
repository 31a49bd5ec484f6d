"""The names of safetensors, for every format: safetensors_names.py CHECKPOINT"""

import sys

import cairn
from cairn.numpy import load_file, save_file

weights = load_file(sys.argv[1])
save_file(weights, "weights.safetensors", metadata={"made by": "this example"})

with cairn.safe_open("weights.safetensors", framework="np") as f:
    print(f.metadata()["made by"])
    print(f.get_slice("conv0/W")[:, 2:4])
