"""The outbox, its rules, the suppression list and the emergency stop, as each role meets them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.common.time import utc_now
from mainstay.deliveries import policies, services, stopping, suppression
from mainstay.deliveries.consent import choices_of, choose
from mainstay.deliveries.models import ConsentEntry, Delivery, State, Stop, Suppression, SuppressionKind
from mainstay.deliveries.policy import SHIPPED
from mainstay.people.models import AuditEntry, User
from tests.builders import Cast
from tests.deliveries.test_services import Recorder

AsUser = Callable[[User], Client]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def ann(cast: Cast) -> Contact:
    return Contact.objects.create(key="ann", name="Ann Lee", email="ann@acme.example", account=cast.acme)


def request(to: Contact | User, number: int = 1, *, subject: str = "Your review", category: str = "success") -> UUID:
    id = derived_id("page", number)
    account = to.account if isinstance(to, Contact) else None
    services.request_delivery(
        id, channel="email", to=to, category=category, subject=subject, text="Hello there.", account=account,
        now=NOW + timedelta(seconds=number),
    )  # fmt: skip
    return id


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def test_a_visitor_sees_none_of_it(visitor: Client) -> None:
    for name in ("messages", "messages-export", "messages-stop", "message-rules", "suppressions"):
        assert visitor.get(reverse(name)).status_code == 302


def test_everybody_reads_messages_to_contacts_and_administrators_those_to_users(
    as_user: AsUser, cast: Cast, ann: Contact
) -> None:
    request(ann, 1, subject="To a contact")
    to_alice = request(cast.alice, 2, subject="To Alice")
    for user, sees in ((cast.vera, False), (cast.bob, False), (cast.alice, True), (cast.ada, True)):
        page = text(as_user(user).get(reverse("messages")))
        assert "To a contact" in page
        assert ("To Alice" in page) is sees
        assert as_user(user).get(reverse("message", args=[to_alice])).status_code == (200 if sees else 404)


def test_the_list_is_narrowed_and_says_why_something_did_not_go(as_user: AsUser, cast: Cast, ann: Contact) -> None:
    choose(ann.email, "success", allowed=False, how="a call", now=NOW)
    request(ann, 1, subject="Refused one")
    request(ann, 2, subject="Waiting one", category="onboarding")
    client = as_user(cast.vera)
    services.send_due(NOW + timedelta(seconds=1), channels={"email": Recorder()})
    page = text(client.get(reverse("messages"), {"state": "refused"}))
    assert "Refused one" in page
    assert "Ann Lee declined messages about Reviews and advice." in page
    assert "Waiting one" not in page
    assert "Waiting one" in text(client.get(reverse("messages"), {"category": "onboarding"}))
    assert "Refused one" in text(client.get(reverse("messages"), {"q": "acme"}))
    assert "No message fits" in text(client.get(reverse("messages"), {"q": "nobody"}))
    assert "<html" not in text(client.get(reverse("messages"), headers={"HX-Request": "true"}))


def test_pages_go_on_where_the_one_before_ended(as_user: AsUser, cast: Cast, ann: Contact) -> None:
    for number in range(120):
        request(ann, number, subject=f"Number {number:03}")
    client, url, seen = as_user(cast.vera), reverse("messages"), []
    while url:
        page = client.get(url).context["page"]
        seen += [row.delivery.subject for row in page.rows]
        url = page.next_url
    assert seen == [f"Number {number:03}" for number in reversed(range(120))]
    assert client.get(reverse("messages"), {"after": "nonsense"}).status_code == 200


def test_the_list_costs_the_same_for_one_and_for_fifty(
    as_user: AsUser, cast: Cast, ann: Contact, django_assert_max_num_queries: Callable
) -> None:
    for number in range(60):
        request(ann, number)
    client = as_user(cast.vera)
    with django_assert_max_num_queries(20):
        client.get(reverse("messages"))


def test_the_export_holds_what_is_seen_and_no_formula(as_user: AsUser, cast: Cast, ann: Contact) -> None:
    request(ann, 1, subject="=1+1")
    request(cast.ada, 2, subject="Secret")
    answer = as_user(cast.vera).get(reverse("messages-export"))
    lines = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=1+1" in lines
    assert "Secret" not in lines


def test_a_message_shows_its_attempts_and_what_it_looks_like(as_user: AsUser, cast: Cast, ann: Contact) -> None:
    id = request(ann)
    services.send_due(NOW + timedelta(minutes=1), channels={"email": Recorder()})
    client = as_user(cast.vera)
    page = text(client.get(reverse("message", args=[id])))
    assert "1. Sent" in page
    assert "Email Delivered" in page
    assert "Send again" not in page
    preview = client.get(reverse("message-preview", args=[id]))
    assert "Hello there." in text(preview)
    assert preview["X-Frame-Options"] == "SAMEORIGIN"
    policy = preview["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy


def test_a_test_goes_to_whoever_asks_and_counts_for_nobody(as_user: AsUser, cast: Cast, ann: Contact) -> None:
    id = request(ann)
    assert as_user(cast.vera).post(reverse("message-test", args=[id])).status_code == 403
    as_user(cast.alice).post(reverse("message-test", args=[id]))
    test = Delivery.objects.exclude(pk=id).get()
    assert (test.recipient, test.subject, test.contact) == (cast.alice.email, "[Test] Your review", None)
    assert "Hello there." in test.html


def test_only_administrators_send_a_refused_one_again(as_user: AsUser, cast: Cast, ann: Contact) -> None:
    id = request(ann)
    Delivery.objects.update(state=State.REFUSED, note="She declined.")
    assert as_user(cast.mary).post(reverse("message", args=[id])).status_code == 403
    as_user(cast.ada).post(reverse("message", args=[id]))
    assert Delivery.objects.get().state == State.QUEUED


def test_managers_stop_all_sending_and_every_page_says_so_until_it_goes_on(as_user: AsUser, cast: Cast) -> None:
    manager, viewer = as_user(cast.mary), as_user(cast.vera)
    assert viewer.post(reverse("messages-stop")).status_code == 403
    assert "All sending is stopped" not in text(viewer.get(reverse("tasks")))
    manager.get(reverse("messages-stop"))
    assert not Stop.objects.exists()
    answer = manager.post(reverse("messages-stop"), {"reason": "A wrong <link>"}, follow=True)
    assert "A wrong &lt;link&gt;" in text(answer)
    page = text(viewer.get(reverse("tasks")))
    assert "All sending is stopped" in page
    assert "Resume sending" not in page
    assert "Resume sending" in text(manager.get(reverse("tasks")))
    assert viewer.post(reverse("messages-resume")).status_code == 403
    manager.post(reverse("messages-resume"))
    assert "All sending is stopped" not in text(viewer.get(reverse("tasks")))


def test_the_stop_and_its_end_are_taken_back_with_one_press(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.mary)
    for name, is_on in (("messages-stop", False), ("messages-resume", True)):
        if name == "messages-resume":
            stopping.stop_sending(by=cast.ada, reason="", now=utc_now())
        client.post(reverse(name))
        token = client.session["undo"][-1][0]
        client.post(reverse("undo", args=[token]))
        assert (stopping.current_stop() is not None) is is_on


def test_an_address_is_suppressed_by_csms_and_taken_off_by_managers_with_a_reason(as_user: AsUser, cast: Cast) -> None:
    csm, manager = as_user(cast.alice), as_user(cast.mary)
    assert as_user(cast.vera).post(reverse("suppression-add")).status_code == 403
    assert csm.post(reverse("suppression-add"), {"email": "nobody", "reason": "x"}).status_code == 422
    csm.post(reverse("suppression-add"), {"email": "Ann@Acme.example", "reason": "Asked by phone"})
    suppression.suppress("bob@x.example", kind=SuppressionKind.BOUNCE, reason="550 no such user", now=NOW)
    page = text(csm.get(reverse("suppressions"), {"q": "phone"}))
    assert "ann@acme.example" in page
    assert "bob@x.example" not in page
    remove = reverse("suppression-remove", args=[Suppression.objects.get(address="ann@acme.example").pk])
    assert csm.post(remove, {"reason": "x"}).status_code == 403
    assert manager.post(remove, {"reason": ""}).status_code == 422
    manager.post(remove, {"reason": "She asked for it"})
    assert list(Suppression.objects.values_list("address", flat=True)) == ["bob@x.example"]
    assert (
        AuditEntry.objects.filter(action="deliveries.suppression_lifted").get().details["reason"] == "She asked for it"
    )
    manager.post(reverse("undo", args=[manager.session["undo"][-1][0]]))
    assert Suppression.objects.filter(address="ann@acme.example").exists()
    assert csm.get(reverse("suppressions-export")).status_code == 403
    assert b"bob@x.example,bounce" in b"".join(manager.get(reverse("suppressions-export")).streaming_content)  # type: ignore[attr-defined]


def form_of(client: Client) -> dict[str, object]:
    """What a browser would post from the page of rules as it is."""
    page = client.get(reverse("message-rules")).context["page"]
    values: dict[str, object] = {}
    for form in (page.form, page.categories.management_form, *page.categories):
        for field in form:
            value = field.value()
            if value not in (None, "", False, []):
                values[field.html_name] = value
    return values


def test_rules_saved_as_they_are_change_nothing(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.mary)
    assert client.post(reverse("message-rules"), form_of(client)).status_code == 302
    assert policies.policy_in_force() == SHIPPED


def test_managers_change_the_rules_and_can_take_it_back(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.mary)
    values = form_of(client) | {"quiet_from": "20:30", "most": "", "sending_domains": "Orchard.example, b.example"}
    count = len(SHIPPED.categories)
    values |= {f"c-{count}-name": "Événements & talks", f"c-{count}-most": "2", "c-5-DELETE": "on"}
    assert client.post(reverse("message-rules"), values).status_code == 302
    policy = policies.policy_in_force()
    assert (policy.quiet_from.minute, policy.most, policy.sending_domains) == (
        30,
        None,
        ("orchard.example", "b.example"),
    )
    assert [one.key for one in policy.categories][-2:] == ["research", "evenements_talks"]
    client.post(reverse("undo", args=[client.session["undo"][-1][0]]))
    assert policies.policy_in_force() == SHIPPED


def test_rules_that_cannot_hold_are_refused_and_nothing_typed_is_lost(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.mary)
    values = form_of(client) | {"company": "Orchard Ltd", "c-0-service": ""}
    answer = client.post(reverse("message-rules"), values)
    assert answer.status_code == 422
    assert "one category must be of service" in text(answer)
    assert "Orchard Ltd" in text(answer)
    assert as_user(cast.alice).post(reverse("message-rules"), values).status_code == 403
    assert policies.policy_in_force() == SHIPPED


def test_links_are_written_one_a_line(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.mary)
    lines = "upgrade: https://app.example/up?a=1\n\nbilling : https://app.example/pay\n"
    client.post(reverse("message-rules"), form_of(client) | {"links": lines, "accent": "#2F55C8"})
    policy = policies.policy_in_force()
    assert policy.links == {"upgrade": "https://app.example/up?a=1", "billing": "https://app.example/pay"}
    assert policy.accent == "#2F55C8"
    assert "billing: https://app.example/pay" in text(client.get(reverse("message-rules")))
    for wrong, said in (("upgrade", "is no link"), ("a: https://a.example/\na: https://b.example/", "there twice")):
        answer = client.post(reverse("message-rules"), form_of(client) | {"links": wrong})
        assert answer.status_code == 422
        assert said in text(answer)


def test_a_contact_shows_whether_we_may_write_now_and_why_not(as_user: AsUser, cast: Cast, ann: Contact) -> None:
    suppression.suppress(ann.email, kind=SuppressionKind.COMPLAINT, reason="", now=NOW)
    request(ann)
    services.send_due(NOW + timedelta(minutes=1), channels={"email": Recorder()})
    page = text(as_user(cast.vera).get(reverse("message-contact", args=[ann.pk])))
    assert page.count("ann@acme.example complained about a message of ours") == len(SHIPPED.categories) + 1
    assert "Your review" in page
    assert "Write down what" not in page


def test_what_a_contact_said_is_written_down_with_how_we_know(as_user: AsUser, cast: Cast, ann: Contact) -> None:
    client, url = as_user(cast.alice), reverse("message-choices", args=[ann.pk])
    assert client.post(url, {"wanted": ["research"], "how": ""}).status_code == 422
    assert as_user(cast.vera).post(url, {"how": "x"}).status_code == 403
    client.post(url, {"wanted": ["onboarding", "success", "research", "advocacy"], "how": "Kickoff call"})
    assert choices_of({ann.email})[ann.email] == {"product_news": False}
    page = text(client.get(reverse("message-contact", args=[ann.pk])))
    assert "Declined Product news" in page
    assert "Kickoff call · Alice" in page
    client.post(url, {"wanted": ["product_news"], "how": "A mail"})
    assert choices_of({ann.email})[ann.email]["product_news"] is True
    assert ConsentEntry.objects.filter(how="A mail").count() == 5
