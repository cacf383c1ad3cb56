"""A refused recipient is nobody only where the server says so: the address is never written to again."""

import pytest

from mainstay.deliveries.refusals import report_says_nobody, says_nobody


@pytest.mark.parametrize(
    ("code", "said", "nobody"),
    [
        (550, "5.1.1 no such user", True),
        (550, "5.1.2 bad destination system", True),
        (556, "5.1.10 recipient address has null MX", True),
        (550, "5.2.1 The mailbox is disabled", True),
        (550, "5.1.7 bad sender's mailbox address", False),
        (550, "5.1.8 <us@orchard.example>: Sender address rejected: Domain not found", False),
        (550, "5.7.1 blocked by policy", False),
        (552, "5.2.2 mailbox full", False),
        (550, "No such user here", True),
        (550, "<ann@acme.example>: Recipient address rejected: User unknown in local recipient table", True),
        (550, "Requested action not taken: mailbox unavailable", True),
        (551, "User not local; please try <ann@new.example>", True),
        (550, "5.1.0 - Unknown address error 'no such mailbox'", True),
        (550, "Sender verify failed", False),
        (550, "5.1.0 Address rejected", False),
        (550, "Sender address unknown", False),
        (550, "Mailbox unavailable: your IP is on a blacklist", False),
        (553, "sorry, relaying denied from your location", False),
        (550, "Administrative prohibition", False),
        (554, "refused as spam", False),
    ],
)
def test_a_reply(code: int, said: str, nobody: bool) -> None:
    assert says_nobody(code, said) is nobody


@pytest.mark.parametrize(
    ("status", "said", "nobody"),
    [
        ("5.1.1", "smtp; 550 whatever", True),
        ("5.1.8", "smtp; 550 no such user", False),
        ("5.1.0", "smtp; 550 No such user", True),
        ("5.1.0", "smtp; 550 Sender denied", False),
        ("5.7.1", "smtp; 550 user unknown", False),
        ("5.0.0", "smtp; 550 user unknown", False),
    ],
)
def test_a_delivery_status(status: str, said: str, nobody: bool) -> None:
    assert report_says_nobody(status, said) is nobody
