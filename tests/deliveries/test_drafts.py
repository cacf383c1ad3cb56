"""A draft shows what a real contact would get, and a test of it is harmless."""

from mainstay.deliveries import consent, drafts, links
from mainstay.deliveries.models import Delivery, Receipt
from mainstay.deliveries.permission import MayGo, Never
from tests.builders import Cast
from tests.deliveries.test_contacts import NOW, contact


def draft(cast: Cast, name: str = "Ann") -> Delivery:
    return drafts.draft_of(
        contact(cast, name), category="success", subject="Your review", text="Hello.", html="<h1>Hello</h1>"
    )


def test_it_shows_the_mail_and_whether_it_would_go(cast: Cast) -> None:
    shown = drafts.preview(draft(cast), now=NOW)
    assert '<h1 style="' in shown.html
    assert shown.decision == MayGo()
    consent.choose("bert@acme.example", "success", allowed=False, how="a call", now=NOW)
    assert isinstance(drafts.preview(draft(cast, "Bert"), now=NOW).decision, Never)
    assert not Delivery.objects.exists()


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
        assert one.pk.hex not in test.html
    assert not Receipt.objects.exists()
