"""Random generators whose state a run keeps: those of Python, numpy and torch, and a program's own."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy

from cairn._restore import state_tree

__all__ = ["Generator", "all_generators"]


class Generator(NamedTuple):
    """How the state of a generator is had and set."""

    get: Callable[[], Any]
    set: Callable[[Any], Any]

    def text(self, name: str) -> str:
        """Returns the state as text."""
        return state_tree.dumps(f"generator {name!r}", self.get(), state_tree.inline_array)

    def state_of(self, name: str, text: str) -> Any:
        """Returns the state that a text was made of."""
        return state_tree.loads(f"generator {name!r}", text, state_tree.array_of_inline)


def all_generators(own: Mapping[str, Any]) -> dict[str, Generator]:
    """Returns the generators of the process, then a program's own, by name.

    Raises:
      TypeError: one of `own` is not a generator of Python, numpy or torch.
    """
    known = {
        "python": Generator(random.getstate, _set_python(random)),
        "numpy": Generator(lambda: numpy.random.get_state(legacy=False), numpy.random.set_state),
    }
    torch = sys.modules.get("torch")
    if torch is not None:
        known["torch"] = Generator(torch.get_rng_state, torch.set_rng_state)
        if torch.cuda.is_available():
            known["torch_cuda"] = Generator(
                torch.cuda.get_rng_state_all, torch.cuda.set_rng_state_all
            )
    for name, generator in own.items():
        known[name] = _generator_of(name, generator)
    return known


def _generator_of(name: str, generator: Any) -> Generator:
    if isinstance(generator, random.Random):
        return Generator(generator.getstate, _set_python(generator))
    if isinstance(generator, numpy.random.RandomState):
        return Generator(lambda: generator.get_state(legacy=False), generator.set_state)
    if isinstance(generator, numpy.random.Generator):
        bits = generator.bit_generator
        return Generator(lambda: bits.state, lambda state: setattr(bits, "state", state))
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(generator, torch.Generator):
        return Generator(generator.get_state, generator.set_state)
    raise TypeError(
        f"generator {name!r} is a {type(generator).__qualname__}: expected a random.Random, a "
        "numpy.random.Generator or RandomState, or a torch.Generator"
    )


def _set_python(generator: Any) -> Callable[[Any], None]:
    return lambda state: generator.setstate(tuple(state))
