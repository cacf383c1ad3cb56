"""A mail to a contact, from the outbox through a real SMTP server to what its mail program reads."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import dkim
import pytest
from django.conf import LazySettings

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.connectors.registry import channels
from mainstay.connectors.smtp import signing
from mainstay.connectors.smtp.channel import CHANNEL
from mainstay.deliveries import links, policies, services
from mainstay.deliveries.models import Delivery, State
from mainstay.deliveries.policy import SHIPPED
from mainstay.deliveries.reply_addresses import delivery_of, reply_address
from tests.builders import Cast
from tests.connectors import smtp_server
from tests.connectors.smtp_server import Handler
from tests.harness import PATIENCE

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ID, FIRST = derived_id("mail", 2), derived_id("mail", 1)
HTML = '<h1>Hello</h1><p>Look at <a href="https://docs.example/start?a=1&amp;b=2">the guide</a>.</p>'


@pytest.fixture
def server(settings: LazySettings) -> Iterator[Handler]:
    settings.BASE_URL = "https://success.orchard.example"
    settings.DEFAULT_FROM_EMAIL = "Orchard <hello@orchard.example>"
    with smtp_server.smtp_server() as handler:
        options = {"host": "127.0.0.1", "port": handler.port, "timeout": PATIENCE}
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
        yield handler


@pytest.fixture
def ann(cast: Cast) -> Contact:
    return Contact.objects.create(key="ann", name="Ann", email="ann@acme.example", account=cast.acme)


def send(ann: Contact, **options: object) -> None:
    options = {"category": "success", "html": HTML, "text": "Hello\n\nLook at the guide."} | options
    services.request_delivery(
        ID, channel="email", to=ann, subject="Your review — Q4", now=NOW, account=ann.account, **options,  # type: ignore[arg-type]
    )  # fmt: skip
    services.send_due(NOW, channels=channels())


def taken(server: Handler) -> EmailMessage:
    (content,) = server.taken
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_it_says_how_to_unsubscribe_by_one_click_and_on_a_page(server: Handler, ann: Contact) -> None:
    send(ann)
    mail, url = taken(server), links.unsubscribe_url(ID)
    assert mail["List-Unsubscribe"] == f"<{url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        assert url in part(mail, kind)
        assert links.preferences_url(ID) in part(mail, kind)
    assert Delivery.objects.get().state == State.SENT


def test_a_service_message_offers_choices_but_no_way_out_of_itself(server: Handler, ann: Contact) -> None:
    send(ann, category="service")
    mail = taken(server)
    assert mail["List-Unsubscribe"] is None
    assert links.preferences_url(ID) in part(mail, "html")
    assert links.unsubscribe_url(ID) not in part(mail, "html")


def test_its_styles_are_on_its_elements_and_what_must_be_a_sheet_stays_one(server: Handler, ann: Contact) -> None:
    send(ann)
    html = part(taken(server), "html")
    assert '<h1 style="' in html
    assert "prefers-color-scheme: dark" in html
    assert "border-collapse" not in html  # what is used by no element is left out


def test_nothing_counts_the_reader_unless_asked_for(server: Handler, ann: Contact) -> None:
    send(ann)
    html = part(taken(server), "html")
    assert 'href="https://docs.example/start?a=1&amp;b=2"' in html
    assert "<img" not in html


def test_links_and_opens_are_counted_when_asked_for(server: Handler, cast: Cast, ann: Contact) -> None:
    tracking = SHIPPED.model_copy(update={"track_opens": True, "track_clicks": True})
    policies.save_policy(tracking, by=cast.mary, now=NOW)
    send(ann)
    html = part(taken(server), "html")
    assert "docs.example" not in html
    assert links.click_url(ID, "https://docs.example/start?a=1&b=2") in html
    assert f'<img src="{links.open_url(ID)}"' in html
    assert links.preferences_url(ID) in html  # the foot is never counted


def test_it_continues_the_conversation_and_answers_go_to_the_csm(server: Handler, cast: Cast, ann: Contact) -> None:
    cast.alice.email = "alice@gmail.example"
    cast.alice.save(update_fields=["email"])
    send(ann, sender=cast.alice, thread=FIRST)
    mail = taken(server)
    assert mail["Message-ID"] == f"<{ID}@orchard.example>"
    assert mail["References"] == mail["In-Reply-To"] == f"<{FIRST}@orchard.example>"
    assert mail["From"] == "Alice <hello@orchard.example>"
    assert mail["Reply-To"] == "Alice <alice@gmail.example>"


def test_a_csm_of_our_own_domain_writes_from_her_own_address(server: Handler, cast: Cast, ann: Contact) -> None:
    send(ann, sender=cast.alice, thread=ID)
    mail = taken(server)
    assert (mail["From"], mail["Reply-To"]) == ("Alice <alice@orchard.example>", None)
    assert mail["References"] is None  # it is the first of its conversation


def test_a_text_alone_becomes_paragraphs_with_everything_escaped(server: Handler, ann: Contact) -> None:
    send(ann, html="", text="One & <two>\nthree\n\nfour")
    html = part(taken(server), "html")
    assert "One &amp; &lt;two&gt;<br>\nthree</p>" in html


def test_a_mail_to_a_user_of_ours_has_no_foot(server: Handler, cast: Cast) -> None:
    services.request_delivery(ID, channel="email", to=cast.alice, subject="s", text="t", html="<p>t</p>", now=NOW)
    services.send_due(NOW, channels=channels())
    mail = taken(server)
    assert part(mail, "plain") == "t\n"
    assert mail["List-Unsubscribe"] is None


@pytest.fixture
def public_key(settings: LazySettings) -> bytes:
    settings.DKIM_KEY, public = smtp_server.new_key()
    settings.DKIM_DOMAIN, settings.DKIM_SELECTOR = "orchard.example", "m1"
    return b"v=DKIM1; k=rsa; p=" + public


def verified(content: bytes, record: bytes) -> bool:
    def look_up(name: bytes, timeout: int = 5) -> bytes | None:
        return record if name == b"m1._domainkey.orchard.example." else None

    return bool(dkim.verify(content, dnsfunc=look_up))


def test_what_arrives_carries_a_signature_that_holds(server: Handler, ann: Contact, public_key: bytes) -> None:
    send(ann, text="Grüße, and a very long line " + "x" * 1_200)
    (content,) = server.taken
    assert verified(content, public_key)
    assert not verified(content.replace(b"success.orchard", b"evil.orchard"), public_key)
    assert b"list-unsubscribe-post" in content.split(b"DKIM-Signature:")[1].split(b"bh=")[0]


def test_another_domain_s_mail_is_not_signed(
    server: Handler, ann: Contact, public_key: bytes, settings: LazySettings
) -> None:
    settings.DKIM_DOMAIN = "elsewhere.example"
    send(ann)
    assert taken(server)["DKIM-Signature"] is None


def test_a_key_that_is_none_is_a_problem_of_the_channel(server: Handler, settings: LazySettings) -> None:
    settings.DKIM_KEY = "not a key"
    assert "MAINSTAY_DKIM_KEY cannot be used" in (CHANNEL.problem() or "")
    settings.DKIM_KEY = ""
    assert signing.problem() is None


def test_answers_go_to_who_wrote_and_to_the_signed_address(
    server: Handler, ann: Contact, cast: Cast, settings: LazySettings
) -> None:
    settings.REPLY_ADDRESS = "replies@orchard.example"
    send(ann, sender=cast.alice)
    addresses = [one.addr_spec for one in taken(server)["Reply-To"].addresses]
    assert addresses == ["alice@orchard.example", reply_address(ID)]
    assert delivery_of(addresses[1]) == ID
