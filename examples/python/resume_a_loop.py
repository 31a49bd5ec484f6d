"""Fits a line, and goes on where it was when it is started again: resume_a_loop.py DIRECTORY STEPS"""

import sys

import numpy as np

import cairn

directory, steps = sys.argv[1], int(sys.argv[2])

rng = np.random.default_rng(1)
inputs = rng.standard_normal((64, 3))
targets = inputs @ np.array([1.0, -2.0, 0.5])
weights = {"w": np.zeros(3)}

with cairn.ModelSaver(directory, model=weights, every_n_steps=5, max_to_keep=2) as saver:
    start = saver.resume()
    for step in range(start.step, steps):
        error = inputs @ weights["w"] - targets
        weights["w"] -= 0.1 * inputs.T @ error / len(targets)
        saver.step(step, metrics={"loss": float(error @ error)})

print("from step", start.step, "to", steps, weights["w"])
