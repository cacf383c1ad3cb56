from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from tests.builders import Cast
from tests.connectors.smtp_server import Handler, smtp_server
from tests.harness import PATIENCE
from tests.playbooks.gallery.stage import Stage, set_up


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Handler]:
    """One server for all plays: to start one takes longer than most plays."""
    with smtp_server() as handler:
        yield handler


@pytest.fixture
def stage(cast: Cast, settings: LazySettings, mail_server: Handler, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The stage, with mails going to a real SMTP server. Nothing is scored: to explain a score needs a scorecard."""
    monkeypatch.setattr("mainstay.playbooks.facts.health", lambda account_id: None)
    mail_server.taken.clear()
    options = {"host": "127.0.0.1", "port": mail_server.port, "timeout": PATIENCE}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
    set_up(cast)
    return Stage(cast, mail_server)
