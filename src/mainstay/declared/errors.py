"""Errors of this room."""

from mainstay.common.errors import Invalid, MainstayError


class BadFile(Invalid):
    """A file cannot be taken: the message names it, the place and what would be right."""

    code = "bad_declaration"


class CannotApply(Invalid):
    """One of the changes was refused, so none was carried out."""

    code = "cannot_apply"


class Drift(MainstayError):
    """Things were changed elsewhere since they were last applied."""

    code = "drift"
    status = 409


class PlanChanged(MainstayError):
    """What would be applied is not what was planned."""

    code = "plan_changed"
    status = 409
