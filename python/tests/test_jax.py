"""Pytrees of JAX: restored, saved and resumed."""

from typing import Any, NamedTuple

import numpy as np
import pytest

import cairn

jax = pytest.importorskip("jax")
jnp = jax.numpy


class Adam(NamedTuple):
    """The state of an optimizer, as those of optax are."""

    count: Any
    mu: Any


def make_params():
    return {
        "dense": {"kernel": jnp.zeros((2, 3)), "bias": jnp.zeros(3, jnp.bfloat16)},
        "blocks": [{"w": jnp.zeros(2)}, {"w": jnp.zeros(2)}],
    }


def assert_equal_trees(a, b):
    assert jax.tree_util.tree_structure(a) == jax.tree_util.tree_structure(b)
    for x, y in zip(jax.tree_util.tree_leaves(a), jax.tree_util.tree_leaves(b)):
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(np.asarray(x), np.asarray(y))


def test_a_plan_makes_a_new_pytree(tmp_path):
    cairn.save(
        tmp_path / "m.safetensors",
        {
            "dense/kernel": np.ones((2, 3), np.float32),
            "dense/bias": np.ones(3, np.float32),
            "blocks/1/w": np.full(2, 5, np.float32),
            "more": np.zeros(1),
        },
    )
    params = make_params()
    plan = cairn.plan(params, tmp_path / "m.safetensors")
    assert plan.matched == ["blocks/1/w", "dense/kernel"] and plan.cast == ["dense/bias"]
    assert plan.missing == ["blocks/0/w"] and plan.unexpected == ["more"]
    new = plan.apply()
    assert plan.model is new and params["dense"]["kernel"].sum() == 0
    assert new["dense"]["kernel"].sum() == 6 and new["dense"]["bias"].dtype == jnp.bfloat16
    assert isinstance(new["blocks"][1]["w"], jax.Array) and new["blocks"][1]["w"][0] == 5
    assert new["blocks"][0]["w"] is params["blocks"][0]["w"]


@pytest.mark.parametrize("format", ["tf", "safetensors"])
def test_a_training_goes_on_bit_by_bit(tmp_path, format):
    def train(directory, num_steps):
        params = make_params()
        opt = Adam(jnp.zeros((), jnp.int32), jax.tree_util.tree_map(jnp.zeros_like, params))
        key = {"key": jax.random.PRNGKey(0)}
        model = {"params": params, "random": key}
        with cairn.ModelSaver(
            directory, model=model, optimizer=opt, every_n_steps=2, format=format
        ) as saver:
            start = saver.resume()
            params, key, opt = start.model["params"], start.model["random"]["key"], start.optimizer
            for step in range(start.step, num_steps):
                key, use = jax.random.split(key)
                noise = jax.random.normal(use)
                mu = jax.tree_util.tree_map(lambda m: (m * 0.9 + noise).astype(m.dtype), opt.mu)
                opt = Adam(opt.count + 1, mu)
                params = jax.tree_util.tree_map(lambda p, m: p - m, params, mu)
                saver.step(
                    step,
                    {"noise": noise},
                    optimizer=opt,
                    model={"params": params, "random": {"key": key}},
                )
        return params, opt

    whole = train(tmp_path / "whole", 9)
    train(tmp_path / "parts", 5)
    parts = train(tmp_path / "parts", 9)
    assert_equal_trees(whole, parts)
    names = set(cairn.open(tmp_path / "parts"))
    assert {
        "params/blocks/0/w",
        "optimizer/count",
        "optimizer/mu/dense/kernel",
        "random/key",
    } <= names


def test_arrays_of_random_keys(tmp_path):
    tree = {"key": jax.random.key(3)}
    cairn.ModelSaver(tmp_path, model=tree).save()
    start = cairn.ModelSaver(tmp_path, model={"key": jax.random.key(0)})
    with pytest.raises(cairn.LockedError):
        start.save()
    model = start.resume().model
    assert jax.random.uniform(model["key"]) == jax.random.uniform(tree["key"])
