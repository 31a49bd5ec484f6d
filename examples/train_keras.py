"""Trains a small Keras model, and goes on where it was when it is started again.

    python3 examples/train_keras.py DIRECTORY [EPOCHS]
"""

import sys

import keras
import numpy

import cairn
from cairn.keras import Callback


def main(directory: str, epochs: int) -> None:
    keras.utils.set_random_seed(1)
    points = numpy.random.uniform(-1, 1, (512, 2))
    labels = numpy.linalg.norm(points, axis=1) < 0.8
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(32, "relu"),
            keras.layers.Dropout(0.1, seed=2),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    saver = Callback(
        directory,
        max_to_keep=3,
        keep_checkpoint_every_n_hours=0,
        background=True,
        callbacks=[cairn.MinSaver("loss")],
        stop_signals=True,
    )
    # The batches of every epoch are the same, so that a resumed training sees what it would have seen.
    model.fit(points, labels, 32, epochs=epochs, callbacks=[saver], shuffle=False, verbose=0)
    print(f"sum of weights {sum(w.numpy().sum(dtype='float64') for w in model.weights):.17g}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10)
