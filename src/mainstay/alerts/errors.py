"""Errors of this room."""

from mainstay.common.errors import Invalid


class BadPreferences(Invalid):
    """Somebody cannot be told like this."""

    code = "bad_alert_preferences"
