"""What all tests of the form share."""

import pytest


@pytest.fixture(autouse=True)
def _apart(apart: None) -> None:
    """They change figures."""
