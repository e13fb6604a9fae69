"""What the tests of several distributions together share."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Make ``-m "not slow"`` leave out what builds environments."""
    config.addinivalue_line("markers", "slow: builds a virtual environment")
