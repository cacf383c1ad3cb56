"""A test of a message shows what a real contact would get, and is harmless."""

from uuid import uuid4

from mainstay.deliveries import drafts, links
from mainstay.deliveries.models import Delivery, Receipt
from tests.builders import Cast
from tests.deliveries.test_contacts import NOW, contact


def draft(cast: Cast) -> Delivery:
    """A mail to a contact that is nowhere but here."""
    ann = contact(cast, "Ann")
    return Delivery(
        id=uuid4(),
        channel="email",
        contact=ann,
        account=ann.account,
        recipient=ann.email,
        category="success",
        subject="Your review",
        text="Hello.",
        html="<h1>Hello</h1>",
    )


def test_a_test_goes_to_a_user_and_its_links_are_nobody_s(cast: Cast) -> None:
    one = draft(cast)
    for _ in range(2):
        drafts.send_test_of(one, to=cast.alice, now=NOW)
    tests = Delivery.objects.all()
    assert {(test.recipient, test.subject, test.contact) for test in tests} == {
        (cast.alice.email, "[Test] Your review", None)
    }
    for test in tests:
        assert links.unsubscribe_url(links.NO_MESSAGE) in test.html
        assert '<h1 style="' in test.html
        assert one.pk.hex not in test.html
    assert not Receipt.objects.exists()
