from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from tests.builders import Cast
from tests.connectors.smtp_server import Handler, free_port, smtp_server
from tests.playbooks.gallery.stage import Stage, set_up


@pytest.fixture(scope="session")
def mail_port() -> Iterator[tuple[int, Handler]]:
    """One server for all plays: to start one takes longer than most plays."""
    port = free_port()
    with smtp_server(port) as handler:
        yield port, handler


@pytest.fixture
def stage(cast: Cast, settings: LazySettings, mail_port: tuple[int, Handler], monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The stage, with mails going to a real SMTP server. Nothing is scored: to explain a score needs a scorecard."""
    monkeypatch.setattr("mainstay.playbooks.facts.health", lambda account_id: None)
    port, handler = mail_port
    handler.taken.clear()
    options = {"host": "127.0.0.1", "port": port, "timeout": 5}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
    set_up(cast)
    return Stage(cast, handler)
