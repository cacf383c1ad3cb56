"""Mails as programs write them: answers of people, of vacation responders, of mailing lists, of mail servers."""

from textwrap import dedent

MESSAGE = "1f8b7f52-0000-5000-8000-000000000001"
ID = f"<{MESSAGE}@orchard.example>"


def mail(text: str) -> bytes:
    """The bytes of a mail: lines end as in transport."""
    return dedent(text).lstrip("\n").replace("\n", "\r\n").encode()


def answer(
    *, to: str = "hello@orchard.example", sender: str = "Ann Lee <ann@acme.example>", headers: str = "", number: int = 1
) -> bytes:
    """A person answers, as Gmail writes it."""
    more = f"{headers}\n" if headers else ""
    return mail(
        f"From: {sender}\nTo: {to}\nSubject: Re: Your review\nMessage-ID: <answer-{number}@mail.acme.example>\n{more}"
        'MIME-Version: 1.0\nContent-Type: text/plain; charset="UTF-8"\n\n'
        "Yes, next week works.\n\nOn Tue, Nov 24, 2026 at 9:00 AM Orchard <hello@orchard.example>\nwrote:\n"
        "> Hello Ann,\n> shall we talk?\n"
    )


OUTLOOK = mail(
    f"""
    From: "Lee, Ann" <Ann@Acme.example>
    To: Orchard <hello@orchard.example>
    Subject: AW: Ihr Bericht
    In-Reply-To: {ID}
    References: <other@x.example> {ID}
    Message-ID: <outlook-1@acme.example>
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="b1"

    --b1
    Content-Type: text/html; charset="iso-8859-1"
    Content-Transfer-Encoding: quoted-printable

    <html><head><style>p {{ color: red }}</style></head><body><p>Gern, am M=F6ntag.</p>
    <blockquote><p>Hallo Ann, wann?</p></blockquote></body></html>
    --b1
    Content-Type: application/pdf; name="Angebot.pdf"
    Content-Disposition: attachment; filename="Angebot.pdf"
    Content-Transfer-Encoding: base64

    JVBERi0xLjQK
    --b1--
    """
)
VACATION = mail(
    f"""
    From: Ann Lee <ann@acme.example>
    To: hello@orchard.example
    Subject: Automatic reply: Your review
    Auto-Submitted: auto-replied
    In-Reply-To: {ID}
    Message-ID: <vacation-1@acme.example>

    I am away until Monday.
    """
)
OLD_VACATION = mail(
    f"""
    From: Ann Lee <ann@acme.example>
    Subject: Abwesenheitsnotiz
    In-Reply-To: {ID}
    Message-ID: <vacation-2@acme.example>

    Ich bin nicht da.
    """
)
LIST = mail(
    """
    From: Ann Lee <ann@acme.example>
    Subject: [dev] Release
    List-Id: <dev.acme.example>
    Precedence: list
    Message-ID: <list-1@acme.example>

    We released.
    """
)


def bounce(*, recipient: str = "ann@acme.example", status: str = "5.1.1", id: str = ID) -> bytes:
    """A mail server says that it could not deliver, as Postfix does."""
    return mail(
        f"""
        Return-Path: <>
        From: Mail Delivery System <MAILER-DAEMON@mx.acme.example>
        To: hello@orchard.example
        Subject: Undelivered Mail Returned to Sender
        Auto-Submitted: auto-replied
        Message-ID: <bounce-{status}@mx.acme.example>
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="b2"

        --b2
        Content-Type: text/plain

        I'm sorry to have to inform you.
        --b2
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.acme.example

        Final-Recipient: rfc822; {recipient}
        Action: failed
        Status: {status}
        Diagnostic-Code: smtp; 550 {status} No such user here

        --b2
        Content-Type: text/rfc822-headers

        From: Orchard <hello@orchard.example>
        Message-ID: {id}
        Subject: Your review

        --b2--
        """
    )
