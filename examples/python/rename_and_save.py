"""Moves the variables of one scope to another, in a new checkpoint: rename_and_save.py SRC DST OLD/ NEW/"""

import sys

import cairn

src, dst, old, new = sys.argv[1:]
ckpt = cairn.open(src).rename({old: new})
print(ckpt.plan)
ckpt.save(dst)
