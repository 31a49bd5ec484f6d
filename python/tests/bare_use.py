"""Uses the installed package where nothing else of ours is: `python3 bare_use.py PATH`. tools/wheel and test_install run it."""

import sys

import numpy

import cairn

path = sys.argv[1]
weights = numpy.arange(6, dtype=numpy.float32).reshape(2, 3)
cairn.save(path, {"fc/W": weights, "step": 1})
ckpt = cairn.open(path)
assert (ckpt["fc/W"] == weights).all() and not ckpt["fc/W"].flags.writeable
assert ckpt.lazy("fc/W")[1, ::2].tolist() == [3, 5]
assert cairn.list_variables(path) == [("fc/W", [2, 3]), ("step", [])]
try:
    ckpt["fc/w"]
except KeyError as error:
    print(error)
print(ckpt)
