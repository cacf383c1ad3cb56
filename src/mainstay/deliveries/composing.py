"""What leaves: the message as a channel gets it, with the foot, the headers and the links of mail to contacts."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from html import escape, unescape

from css_inline import CSSInliner, InlineError
from django.template.loader import render_to_string

from mainstay.deliveries import links, senders, targets
from mainstay.deliveries.channel import DeliveryError, Message
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.policy import Policy

_LINK = re.compile(r"""(<a\b[^>]*?\bhref=)(["'])(https?://[^"']*)\2""", re.IGNORECASE)


def compose(delivery: Delivery, policy: Policy, *, now: datetime) -> Message:
    """The message of a delivery, which comes with what it is for loaded. DeliveryError when it cannot be made."""
    if delivery.target is not None:
        account = delivery.account
        return Message(
            delivery.pk,
            delivery.recipient,
            delivery.subject,
            delivery.text,
            delivery.html,
            address=targets.address_of(delivery.target, now=now),
            link=links.account_url(account.key) if account else "",
            link_label=account.name if account else "",
        )
    if delivery.channel != "email":
        return Message(delivery.pk, delivery.recipient, delivery.subject, delivery.text, delivery.html)
    if delivery.contact_id is None:
        text, html = (
            links.with_signed_acts(part, reader=delivery.recipient) for part in (delivery.text, delivery.html)
        )
        return Message(delivery.pk, delivery.recipient, delivery.subject, text, html)
    return Message(
        id=delivery.pk,
        recipient=delivery.recipient,
        subject=delivery.subject,
        text=_text(delivery, policy),
        html=_html(delivery, policy),
        sender=senders.from_header(delivery.sender, policy),
        reply_to=senders.reply_to(delivery.sender, policy, delivery.pk),
        headers=_headers(delivery, policy),
    )


def as_seen(delivery: Delivery, policy: Policy) -> str:
    """The HTML of a message as its recipient sees it, to be looked at by ourselves.

    Nothing in it counts her, and its links to unsubscribe and to choose are nobody's.
    """
    if delivery.contact_id is None:
        return _inlined(delivery.html)
    shown = Delivery(
        id=links.NO_MESSAGE,
        category=delivery.category,
        subject=delivery.subject,
        text=delivery.text,
        html=delivery.html,
    )
    return _html(shown, policy.model_copy(update={"track_opens": False, "track_clicks": False}))


def _headers(delivery: Delivery, policy: Policy) -> dict[str, str]:
    headers: dict[str, str] = {}
    if delivery.thread is not None:
        first = senders.message_id(delivery.thread)
        headers |= {"In-Reply-To": first, "References": first}
    if not _is_service(delivery, policy):
        url = links.unsubscribe_url(delivery.pk)
        headers["List-Unsubscribe"] = f"<{url}>"
        if url.startswith("https://"):  # RFC 8058 asks for it. A POST to the address unsubscribes, a GET never does.
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _text(delivery: Delivery, policy: Policy) -> str:
    return (
        f"{delivery.text.rstrip()}\n\n" + render_to_string("messages/foot.txt", _foot(delivery, policy)).strip() + "\n"
    )


def _html(delivery: Delivery, policy: Policy) -> str:
    body = delivery.html or _paragraphs(delivery.text)
    context = {
        **_foot(delivery, policy),
        "subject": delivery.subject,
        "body": body if not policy.track_clicks else _counted(body, lambda url: links.click_url(delivery.pk, url)),
        "open_url": links.open_url(delivery.pk) if policy.track_opens else "",
        "accent": policy.accent,
        "on_accent": _readable_on(policy.accent) if policy.accent else "",
    }
    return _inlined(render_to_string("messages/letter.html", context))


def _foot(delivery: Delivery, policy: Policy) -> dict[str, object]:
    category = policy.category(delivery.category)
    return {
        "company": policy.company,
        "postal_address": policy.postal_address,
        "category": category,
        "is_service": _is_service(delivery, policy),
        "preferences_url": links.preferences_url(delivery.pk),
        "unsubscribe_url": links.unsubscribe_url(delivery.pk),
    }


def _is_service(delivery: Delivery, policy: Policy) -> bool:
    category = policy.category(delivery.category)
    return category is not None and category.service


def _readable_on(colour: str) -> str:
    """White where it can be read on the colour, else nearly black (WCAG 2.2, 1.4.3: a contrast of 4.5)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if 1.05 / (luminance + 0.05) >= 4.5 else "#16171b"


def _counted(html: str, counting: Callable[[str], str]) -> str:
    """The links of the text itself lead over us; those of the foot stay as they are."""
    return _LINK.sub(lambda found: f'{found[1]}"{escape(counting(unescape(found[3])))}"', html)


def _paragraphs(text: str) -> str:
    parts = [escape(part.strip()).replace("\n", "<br>\n") for part in text.split("\n\n") if part.strip()]
    return "\n".join(f"<p>{part}</p>" for part in parts)


@cache
def _inliner() -> CSSInliner:
    # Mail programs read styles of elements only; what concerns the dark and small screens must stay a sheet.
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _inlined(html: str) -> str:
    try:
        return _inliner().inline(html) if html else ""
    except InlineError as error:
        raise DeliveryError(f"The HTML of the message cannot be prepared: {error}.", permanent=True) from error
