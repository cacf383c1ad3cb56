"""What providers tell afterwards: bounces, complaints, unsubscribes, opens and clicks, checked and in our words.

anymail's views are used for what they know (signatures, formats of vendors) and not as views: nothing is signalled.
"""

from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from mainstay.common.errors import NotAllowed, NotFound
from mainstay.connectors.smtp.providers import PROVIDERS, Provider, errors, is_installed
from mainstay.deliveries.feedback import Feedback, FeedbackKind

_KINDS = {
    "bounced": FeedbackKind.BOUNCED,
    "complained": FeedbackKind.COMPLAINED,
    "unsubscribed": FeedbackKind.UNSUBSCRIBED,
    "opened": FeedbackKind.OPENED,
    "clicked": FeedbackKind.CLICKED,
}
# Why a provider would not even try.
_REJECTED = {
    "bounced": FeedbackKind.BOUNCED,
    "invalid": FeedbackKind.BOUNCED,
    "spam": FeedbackKind.COMPLAINED,
    "unsubscribed": FeedbackKind.UNSUBSCRIBED,
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
    return [found for event in events if (found := _feedback(event)) is not None]


def _view(provider: Provider) -> Any:
    made = getattr(import_module(f"anymail.webhooks.{provider.key}"), provider.webhook)
    return made(**{provider.secret_option: settings.MAIL_WEBHOOK_SECRET})


def _feedback(event: Any) -> Feedback | None:
    kind = _KINDS.get(event.event_type)
    if event.event_type == "rejected":
        kind = _REJECTED.get(event.reject_reason)
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


def _delivery(metadata: Any) -> UUID | None:
    try:
        return UUID(str(metadata["delivery"]))
    except (KeyError, TypeError, ValueError):
        return None
