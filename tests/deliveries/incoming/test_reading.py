"""A mail is taken apart: what is new in it, what it answers, and whether a person wrote it."""

import pytest

from mainstay.deliveries.incoming.reading import MOST_PARSED, MOST_TEXT, Kind, read_mail
from tests.deliveries.incoming import mails
from tests.deliveries.incoming.mails import ID, mail


def test_an_answer_is_what_is_new_in_it() -> None:
    found = read_mail(mails.answer(headers=f"In-Reply-To: {ID}"))
    assert (found.kind, found.sender, found.sender_name) == (Kind.PERSON, "ann@acme.example", "Ann Lee")
    assert (found.subject, found.text, found.answers) == ("Re: Your review", "Yes, next week works.", (ID,))
    assert found.recipients == ("hello@orchard.example",)


def test_a_page_is_read_as_text_and_attachments_are_named() -> None:
    found = read_mail(mails.OUTLOOK)
    assert (found.kind, found.sender) == (Kind.PERSON, "ann@acme.example")
    assert found.text == "Gern, am Möntag."
    assert found.attachments == ("Angebot.pdf",)
    assert found.answers == (ID, "<other@x.example>")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (mails.VACATION, Kind.AUTOMATIC),
        (mails.OLD_VACATION, Kind.AUTOMATIC),
        (mails.LIST, Kind.LIST),
        (mails.bounce(), Kind.BOUNCE),
        (mails.answer(headers="Auto-Submitted: no"), Kind.PERSON),
        (mails.answer(headers="Auto-Submitted: auto-generated (rule)"), Kind.AUTOMATIC),
        (mails.answer(headers="X-Autoreply: yes"), Kind.AUTOMATIC),
        (mails.answer(headers="Precedence: bulk"), Kind.LIST),
        (mails.answer(headers="Return-Path: <>"), Kind.AUTOMATIC),
        (mails.answer(sender="no-reply@acme.example"), Kind.AUTOMATIC),
        (mails.answer(headers="X-Spam: no"), Kind.PERSON),
    ],
)
def test_what_no_person_wrote_is_told_apart(content: bytes, kind: Kind) -> None:
    assert read_mail(content).kind is kind


def test_a_bounce_says_which_address_of_which_message_failed() -> None:
    found = read_mail(mails.bounce(status="5.2.1"))
    assert found.answers[0] == ID
    assert [(one.address, one.status) for one in found.bounces] == [("ann@acme.example", "5.2.1")]
    assert "No such user here" in found.bounces[0].said


def test_what_is_delayed_has_not_bounced() -> None:
    delayed = mails.bounce(status="4.4.1").replace(b"Action: failed", b"Action: delayed")
    assert read_mail(delayed).bounces == ()


def test_an_answer_below_what_it_quotes_is_kept() -> None:
    below = mail(
        """
        From: ann@acme.example
        Subject: Re: Hello
        Message-ID: <below@acme.example>

        > shall we talk?

        Yes, please.
        """
    )
    assert "Yes, please." in read_mail(below).text


def test_where_all_is_quoted_all_is_shown() -> None:
    quoted = mail("From: ann@acme.example\nSubject: Re\nMessage-ID: <q@x>\n\n> shall we talk?\n")
    assert read_mail(quoted).text == "> shall we talk?"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe no mail at all",
        b"From: =?utf-8?b?broken\r\nSubject: =?x-unknown?q?=E4?=\r\n\r\nHello",
        b"From: a@b.example\r\nContent-Type: text/plain; charset=no-such-charset\r\n\r\n\xe4\xf6",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"From: a@b\r\nMessage-ID: <[broken\r\nReferences: <a> <<b>> >c<\r\n\r\nx",
        b"From: " + b"a" * 100_000 + b"@b.example\r\n\r\nx",
    ],
)
def test_what_is_broken_gives_a_mail_all_the_same(content: bytes) -> None:
    assert len(read_mail(content).key) == 64


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-8", b"Yes\x00, please."),
        ("utf-7", b"Yes+AAA-, please+2AA-."),
        ("unicode_escape", b"Yes\\x00, please\\ud800."),
    ],
)
def test_what_no_database_takes_is_left_out(charset: str, body: bytes) -> None:
    head = f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n".encode()
    found = read_mail(head + b"Subject: Re: it\x00self\xff\r\n\r\n" + body)
    assert found.text.startswith("Yes, please")
    for text in (found.subject, found.text):
        assert "\x00" not in text
        text.encode()


@pytest.mark.parametrize("text", ["\n" * 400_000, " \n" * 200_000, "On " * 200_000, "On Mon wrote " * 50_000])
def test_a_mail_made_to_be_slow_is_not(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    seen: list[int] = []

    class Parser:
        def __init__(self, **_: object) -> None:
            pass

        def parse_reply(self, *, text: str) -> str:
            assert "\n\n\n" not in text
            seen.append(len(text))
            return text

    monkeypatch.setattr("mainstay.deliveries.incoming.reading.EmailReplyParser", Parser)
    assert len(read_mail(f"From: a@b.example\r\n\r\n{text}".encode()).text) <= MOST_TEXT
    assert max(seen) <= MOST_PARSED


def test_quotes_within_quotes_within_quotes_cost_nothing() -> None:
    page = "<blockquote>" * 30_000 + "deep"
    found = read_mail(f"From: a@b.example\r\nContent-Type: text/html\r\n\r\nYes<br>{page}".encode())
    assert found.text == "Yes"


@pytest.mark.parametrize("page", ["R & D <b>agrees", "R &amp; D agrees", "<p>R & D agrees</p><!--" + "<!--" * 100_000])
def test_a_page_that_never_ends_is_read_to_where_it_breaks_off(page: str) -> None:
    found = read_mail(f"From: a@b.example\r\nContent-Type: text/html\r\n\r\n{page}".encode())
    assert found.text == "R & D agrees"


def test_a_long_answer_keeps_its_end() -> None:
    long = "\n\n".join(f"{number}. {'word ' * 20}." for number in range(100))
    found = read_mail(f"From: a@b.example\r\n\r\n{long}\n\nThe end.\n\n> as you said\n".encode())
    assert found.text.startswith("0. word")
    assert found.text.endswith("The end.")


def test_the_same_mail_has_one_key_in_two_mailboxes() -> None:
    first, second = (mails.answer(headers=f"Delivered-To: {box}@orchard.example") for box in ("a", "b"))
    assert read_mail(first).key == read_mail(second).key
    assert read_mail(first).key != read_mail(mails.answer(number=2)).key
