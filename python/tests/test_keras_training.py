"""Keras models: restored, saved by the callback and in a loop of their own, and resumed."""

import json

import numpy as np
import pytest

import cairn

keras = pytest.importorskip("keras")
tensorflow = pytest.importorskip("tensorflow")

from cairn.keras import Callback  # noqa: E402

POINTS = np.random.default_rng(0).uniform(-1, 1, (64, 2)).astype("float32")
LABELS = (np.linalg.norm(POINTS, axis=1) < 0.8).astype("float32")


def make_model(seed=1):
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(4, "relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1, "sigmoid", dtype="mixed_bfloat16"),
        ]
    )
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.9)
    model.compile(keras.optimizers.Adam(schedule), "binary_crossentropy", metrics=["accuracy"])
    return model


def fit(directory, epochs, **options):
    model = make_model()
    callback = Callback(directory, **options)
    model.fit(
        POINTS,
        LABELS,
        16,
        epochs=epochs,
        callbacks=[callback],
        shuffle=False,
        verbose=0,
        validation_data=(POINTS, LABELS),
    )
    return model, callback


def values_of(model):
    variables = [*model.variables, *model.optimizer.variables]
    return [v.value.numpy().tobytes() for v in variables]


def test_fit_goes_on_bit_by_bit(tmp_path):
    whole, _ = fit(tmp_path / "whole", 5)
    fit(tmp_path / "parts", 2)
    parts, callback = fit(tmp_path / "parts", 5)
    assert (callback.start.epoch, callback.start.step) == (2, 8)
    assert values_of(whole) == values_of(parts)
    texts = [(tmp_path / which / "stats.json").read_text() for which in ("whole", "parts")]
    assert texts[0] == texts[1]
    epochs = json.loads(texts[0])
    assert [entry["epoch_num"] for entry in epochs] == [1, 2, 3, 4, 5]
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= epochs[0].keys()


def test_a_fit_that_is_done_does_nothing_more(tmp_path):
    model, _ = fit(tmp_path, 2)
    before = sorted(path.name for path in tmp_path.glob("model-*"))
    again, callback = fit(tmp_path, 2)
    assert callback.start.epoch == 2 and values_of(model) == values_of(again)
    assert sorted(path.name for path in tmp_path.glob("model-*")) == before


def test_the_best_epoch_is_kept(tmp_path):
    best = cairn.MinSaver("val_loss")
    fit(tmp_path, 4, callbacks=[best], every_n_epochs=10)
    losses = [entry["val_loss"] for entry in json.loads((tmp_path / "stats.json").read_text())]
    step, value = best.best
    assert step == 4 * (1 + int(np.argmin(losses))) and value == pytest.approx(min(losses))
    assert (tmp_path / "min-val_loss.index").exists()


def test_tensorflow_reads_what_is_written(tmp_path):
    model, _ = fit(tmp_path, 1)
    reader = tensorflow.train.load_checkpoint(str(tmp_path))
    shapes = reader.get_variable_to_shape_map()
    for variable in model.variables:
        assert list(variable.shape) == shapes[variable.path]
        np.testing.assert_array_equal(reader.get_tensor(variable.path), variable.value.numpy())
    assert any(name.startswith("adam/") for name in shapes)


def test_a_model_is_restored_by_a_plan(tmp_path):
    source, model = make_model(1), make_model(2)
    weights = {v.path: v.value.numpy() for v in source.variables}
    cairn.save(tmp_path / "m.npz", weights)
    plan = cairn.plan(model, tmp_path / "m.npz")
    assert plan.missing == [] or all("adam" in name for name in plan.missing)
    assert plan.apply() is model
    for ours, theirs in zip(model.weights, source.weights):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_a_loop_of_ones_own(tmp_path):
    def train(num_steps):
        model = make_model()
        optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
        model.compile()
        optimizer.build(model.trainable_variables)
        with cairn.ModelSaver(tmp_path, model=model, optimizer=optimizer, every_n_steps=2) as saver:
            start = saver.resume()
            for step in range(start.step, num_steps):
                with tensorflow.GradientTape() as tape:
                    loss = tensorflow.reduce_mean(model(POINTS, training=True) ** 2)
                optimizer.apply(tape.gradient(loss, model.trainable_variables))
                saver.step(step, {"loss": loss})
        return start.step, [v.numpy().tobytes() for v in [*model.variables, *optimizer.variables]]

    train(3)
    resumed_at, parts = train(6)
    assert resumed_at == 3
    for path in tmp_path.glob("*"):
        path.unlink()
    assert train(6) == (0, parts)


def test_a_model_without_variables_is_refused(tmp_path):
    keras.backend.clear_session()
    callback = Callback(tmp_path)
    callback.set_model(keras.Sequential([keras.layers.Dense(1)]))
    with pytest.raises(ValueError, match="has no variables yet"):
        callback.on_train_begin()


def test_an_exception_in_fit_leaves_the_run_to_be_resumed(tmp_path):
    class Breaks(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise RuntimeError("enough")

    model = make_model()
    callback = Callback(tmp_path)
    with pytest.raises(RuntimeError, match="enough"):
        model.fit(
            POINTS, LABELS, 16, epochs=5, callbacks=[Breaks(), callback], shuffle=False, verbose=0
        )
    callback.saver.abandon()
    _, again = fit(tmp_path, 5)
    assert again.start.epoch == 2
