"""The first steps with the package: first_steps.py CHECKPOINT"""

import sys

import cairn

path = sys.argv[1]

ckpt = cairn.open(path)
print(ckpt)

for name in ckpt:
    print(name, ckpt.dtype(name), ckpt.shape(name))

W = ckpt["conv0/W"]
print(W.mean(), W.flags.writeable)

rows = ckpt.lazy("conv0/W")[1:3]
print(rows.shape)

weights = dict(ckpt)
cairn.save("weights.npz", weights)

changed = ckpt.select("**/W").rename({"conv0/": "stem/"}).cast("bfloat16")
print(changed.plan)
changed.save("out.safetensors")
