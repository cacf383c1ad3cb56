"""What can be wrong with a playbook."""

from mainstay.common.errors import Invalid, MainstayError


class BadPlaybook(Invalid):
    """The document of a playbook cannot be used."""

    code = "bad_playbook"


class BadTemplate(MainstayError):
    """A text cannot be filled in."""

    code = "bad_template"
    status = 422
