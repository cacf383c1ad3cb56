"""Who of us works with an account beside its owner. Pure."""

from collections.abc import Mapping

TEAM_ROLES: Mapping[str, str] = {
    "onboarding_specialist": "Onboarding specialist",
    "technical_account_manager": "Technical account manager",
}
"""Attributes of an account that hold the e-mail of a user, with their names for people."""
