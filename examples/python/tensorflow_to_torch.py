"""Loads TensorFlow weights into a module of torch, and saves them back: tensorflow_to_torch.py SRC DST

A dense layer of TensorFlow has its kernel as [inputs, outputs], one of torch as [outputs, inputs].
"""

import sys

import torch

import cairn
from cairn.torch import load_file, save_file

src, dst = sys.argv[1:]
names = {"fc/kernel": "weight", "fc/bias": "bias"}

state = load_file(cairn.open(src).select(*names).transpose("fc/kernel", [1, 0]).rename(names))
model = torch.nn.Linear(*reversed(state["weight"].shape))
model.load_state_dict(state)
print(model(torch.ones(1, model.in_features)).tolist())

save_file(model.state_dict(), "trained.safetensors")
back = {new: old for old, new in names.items()}
cairn.open("trained.safetensors").rename(back).transpose("fc/kernel", [1, 0]).save(dst)
