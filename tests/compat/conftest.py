import os

import numpy as np
import pytest

from bundles import Probe


@pytest.fixture(scope="session")
def probe():
    return Probe(os.environ["CAIRN_BUNDLE_PROBE"])


@pytest.fixture(params=[int(os.environ["CAIRN_TEST_SEED"])] if "CAIRN_TEST_SEED" in os.environ else range(4))
def seed(request):
    """Part of the test's name, so a failure shows it; CAIRN_TEST_SEED=N runs that one."""
    return request.param


@pytest.fixture
def rng(seed):
    return np.random.default_rng(seed)
