"""What every test of what browsers of customers ask begins with."""

import pytest

from mainstay.web.inapp.door import RATE


@pytest.fixture(autouse=True)
def _nobody_asked_before() -> None:
    """The rate is kept by the process and by person: the tests' Ann would wait for what she asked in another test."""
    RATE.forget()
