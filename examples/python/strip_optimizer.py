"""Leaves out what only training needs, and halves the weights: strip_optimizer.py SRC DST"""

import sys

import cairn

src, dst = sys.argv[1:]
weights = cairn.open(src).drop_training_state().cast("float16")
for name, why in weights.plan.dropped:
    print("without", name, "because it is", why)
weights.save(dst)
