"""What can go wrong in the lake."""

from mainstay.common.errors import MainstayError


class AlreadyCommitted(MainstayError):
    """The batch with this key is in the lake: there is nothing left to do."""

    code = "already_committed"
    status = 409


class CommitConflict(MainstayError):
    """Another commit replaced the same files first; nothing was changed, the work can be done again."""

    code = "commit_conflict"
    status = 409
