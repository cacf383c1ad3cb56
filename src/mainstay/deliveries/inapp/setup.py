"""The settings of messages in the app: one row, made when something is first set."""

from typing import Any

from mainstay.deliveries.models import InAppSetup

_ONE = 1


def read_setup() -> InAppSetup:
    """What is set; a row that is not kept where nothing was."""
    return InAppSetup.objects.filter(pk=_ONE).first() or InAppSetup(pk=_ONE)


def save_setup(**values: Any) -> None:
    """Set these columns, leaving the others alone."""
    InAppSetup.objects.update_or_create(pk=_ONE, defaults=values)
