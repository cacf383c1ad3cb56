"""Whether a mail server that refuses a recipient says that nobody is there. Pure.

An address that is taken for nobody's is never written to again, and our own fault (a sender it does not take, a list we
are on) refuses many recipients at once. So only what plainly speaks of the recipient counts.
"""

import re

_STATUS = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463 and its registry: bad mailbox, bad system, bad syntax, ambiguous, moved, a domain without mail; 2.1: a closed
# mailbox. 1.7 and 1.8 are about the sender, X.7.z is policy, and 1.0 is what gateways say of anything.
_NOBODY = frozenset({("1", "1"), ("1", "2"), ("1", "3"), ("1", "4"), ("1", "6"), ("1", "10"), ("2", "1")})
_UNDEFINED = ("1", "0")
_BARE = (550, 551, 553)
_WHO = r"(?:user|mailbox|recipient|address|addressee|account)"
_ABSENT = r"(?:unknown|not found|not exist|doesn'?t exist|no longer|unavailable|disabled|not local)"
_WORDS = re.compile(
    rf"\b(?:no such|unknown|invalid|bad|non-?existent|unrouteable)\s+(?:\w+\s+)?{_WHO}\b"
    rf"|\b{_WHO}\b.{{0,40}}?\b{_ABSENT}\b",
    re.IGNORECASE | re.DOTALL,
)
_OF_US = re.compile(r"sender|\bspf\b|dkim|dmarc|spam|polic|block|black|denied|relay|reputation", re.IGNORECASE)


def says_nobody(code: int, said: str) -> bool:
    """Of a reply to RCPT (RFC 5321): its enhanced status tells; without one 550, 551 and 553, if their words do.

    A bare 550 alone does not: RFC 5321 has it for mailboxes that are not found and for reasons of policy alike.
    """
    found = _STATUS.search(said)
    status = found.groups() if found else _UNDEFINED
    if status == _UNDEFINED:
        return code in _BARE and bool(_WORDS.search(said)) and not _OF_US.search(said)
    return status in _NOBODY


def is_of_something_else(said: str) -> bool:
    """Whether an enhanced status in these words is about another thing than that nobody is there."""
    found = _STATUS.search(said)
    return found is not None and found.groups() != _UNDEFINED and found.groups() not in _NOBODY


def report_says_nobody(status: str, said: str) -> bool:
    """Of a delivery status (RFC 3464): its `Status` (5.1.1), and the words of the server that refused."""
    return says_nobody(_BARE[0], said if status == "5.1.0" else status)
