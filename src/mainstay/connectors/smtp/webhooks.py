"""What providers tell afterwards: bounces, complaints, unsubscribes, opens and clicks, checked and in our words.

anymail's views are used for what they know (signatures, formats of vendors) and not as views: nothing is signalled.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from mainstay.common.errors import NotAllowed, NotFound
from mainstay.connectors.smtp.providers import PROVIDERS, Provider, errors, is_installed
from mainstay.deliveries.feedback import Feedback, FeedbackKind
from mainstay.deliveries.refusals import is_of_something_else

_KINDS = {
    "complained": FeedbackKind.COMPLAINED,
    "unsubscribed": FeedbackKind.UNSUBSCRIBED,
    "opened": FeedbackKind.OPENED,
    "clicked": FeedbackKind.CLICKED,
}
# A full mailbox, a server that is down or took long: anymail calls these bounces as it does an unknown mailbox.
_SOFT_OF_SPARKPOST = frozenset({"20", "21", "22", "23", "24", "40", "70"})
_IS_SOFT: Mapping[str, Callable[[Any], bool]] = {
    "brevo": lambda told: told.get("event") == "soft_bounce",
    "postmark": lambda told: told.get("Type") == "SoftBounce",
    "sparkpost": lambda told: any(one.get("bounce_class") in _SOFT_OF_SPARKPOST for one in told["msys"].values()),
}

_NOT_THEIRS: tuple[type[Exception], ...] = (ValueError, KeyError, TypeError, AttributeError, ImproperlyConfigured)


def read(request: HttpRequest) -> list[Feedback]:
    """What the provider in use tells in this request. NotFound where none is, NotAllowed when it is not from it."""
    provider = PROVIDERS.get(settings.MAIL_PROVIDER)
    if provider is None or not settings.MAIL_WEBHOOK_SECRET or not is_installed():
        raise NotFound("No provider tells anything here: MAINSTAY_MAIL_PROVIDER and MAINSTAY_MAIL_WEBHOOK_SECRET.")
    view = _view(provider)
    try:
        view.run_validators(request)
    except import_module("anymail.exceptions").AnymailWebhookValidationFailure as error:
        raise NotAllowed(f"This is not from {provider.name}: {error}.") from error
    try:
        events = view.parse_events(request)
    except (*_NOT_THEIRS, *errors()) as error:
        raise NotAllowed(f"This is nothing {provider.name} sends: {error!r}.") from error
    return [found for event in events if (found := _feedback(event, provider)) is not None]


def _view(provider: Provider) -> Any:
    made = getattr(import_module(f"anymail.webhooks.{provider.key}"), provider.webhook)
    return made(**{provider.secret_option: settings.MAIL_WEBHOOK_SECRET})


def _feedback(event: Any, provider: Provider) -> Feedback | None:
    kind = _kind(event, provider)
    if kind is None or not event.recipient:
        return None
    detail = event.click_url if kind == FeedbackKind.CLICKED else event.mta_response or event.description
    return Feedback(
        kind=kind,
        address=str(event.recipient),
        delivery=_delivery(event.metadata),
        at=event.timestamp,
        detail=" ".join(str(detail or "").split())[:500],
    )


def _kind(event: Any, provider: Provider) -> FeedbackKind | None:
    """None for what says nothing of the recipient: it passes, or it is our mail, our domain, or a list we are on."""
    if event.event_type not in ("bounced", "rejected"):  # rejected: the provider would not even try
        return _KINDS.get(event.event_type)
    if event.reject_reason == "unsubscribed":
        return FeedbackKind.UNSUBSCRIBED
    if event.reject_reason == "invalid":
        return FeedbackKind.BOUNCED
    is_soft = _IS_SOFT.get(provider.key, lambda told: False)(event.esp_event)
    if event.reject_reason != "bounced" or is_soft or is_of_something_else(str(event.mta_response or "")):
        return None
    return FeedbackKind.BOUNCED


def _delivery(metadata: Any) -> UUID | None:
    try:
        return UUID(str(metadata["delivery"]))
    except (KeyError, TypeError, ValueError):
        return None
