"""Gives the tests of this directory their places in memory, under the names that pytest has for them."""
import contextlib

import pytest

from in_memory import new_directory


class Places:
    def __init__(self, stack):
        self.stack = stack

    def mktemp(self, _):
        return self.stack.enter_context(new_directory())


@pytest.fixture(scope="session")
def tmp_path_factory():
    with contextlib.ExitStack() as stack:
        yield Places(stack)


@pytest.fixture
def tmp_path():
    with new_directory() as path:
        yield path
