"""Providers that take mail over HTTP, through django-anymail (an extra): which there are, and what their errors mean.

Only those are listed that need one key to send, and for whose webhooks a secret of ours is enough. Every other provider
is reached over SMTP, as all of them offer it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from mainstay.deliveries.channel import DeliveryError, DeliveryUnsure


@dataclass(frozen=True)
class Provider:
    """A provider: the module of anymail, the option its key goes into, its webhook and the option of its secret."""

    key: str
    name: str
    key_option: str
    webhook: str
    secret_option: str = "webhook_secret"


PROVIDERS: Mapping[str, Provider] = {
    one.key: one
    for one in (
        Provider("brevo", "Brevo", "api_key", "BrevoTrackingWebhookView"),
        Provider("mailgun", "Mailgun", "api_key", "MailgunTrackingWebhookView", "webhook_signing_key"),
        Provider("postmark", "Postmark", "server_token", "PostmarkTrackingWebhookView"),
        Provider("sparkpost", "SparkPost", "api_key", "SparkPostTrackingWebhookView"),
    )
}


def mailer(provider: Provider, key: str) -> dict[str, Any]:
    """The entry of Django's `MAILERS`."""
    return {"BACKEND": f"anymail.backends.{provider.key}.EmailBackend", "OPTIONS": {provider.key_option: key}}


def is_installed() -> bool:
    """Whether django-anymail is there."""
    return find_spec("anymail") is not None


def errors() -> tuple[type[Exception], ...]:
    """What anymail raises; nothing where it is not installed."""
    return (import_module("anymail.exceptions").AnymailError,) if is_installed() else ()


def as_ours(error: Exception) -> DeliveryError | DeliveryUnsure:
    """What an error of anymail means for the delivery."""
    known = import_module("anymail.exceptions")
    said = str(error).splitlines()[0][:500] if str(error) else type(error).__name__
    if isinstance(error, known.AnymailRecipientsRefused):
        return DeliveryError(f"The provider refused the recipient: {said}", permanent=True, bad_address=True)
    status = getattr(error, "status_code", None)
    if status is not None:
        return _of_status(int(status), " ".join(str(error).split())[:500])
    if isinstance(error, known.AnymailRequestsAPIError):
        return _of_connection(error, said)
    return DeliveryError(f"The provider cannot send the mail as it is: {said}", permanent=True)


def _of_status(status: int, said: str) -> DeliveryError | DeliveryUnsure:
    """401 and 403 are the installation's fault; 429 and 5xx pass; a gateway that gave up may have handed it on."""
    if status in (502, 504):
        return DeliveryUnsure(f"The provider's gateway gave up with {status}; the mail may have gone.")
    passes = status in (401, 403, 408, 429) or status >= 500
    is_down = status in (401, 403, 429, 503)
    return DeliveryError(f"The provider refused the mail: {said}", permanent=not passes, channel_down=is_down)


def _of_connection(error: Exception, said: str) -> DeliveryError | DeliveryUnsure:
    """A connection that was never made carried nothing; one that broke may have."""
    requests = import_module("requests")
    cause = error.__cause__
    never_made = isinstance(cause, requests.ConnectTimeout) or "NewConnectionError" in repr(cause)
    if never_made:
        return DeliveryError(f"The provider cannot be reached: {said}", channel_down=True)
    return DeliveryUnsure(f"The connection to the provider broke while it took the mail: {said}")
