"""From the mail to the page that asks, and to the task that is done: nobody signs in, and scanners change nothing."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from mainstay.alerts import services as alerts
from mainstay.alerts.digests import send_due as send_digests
from mainstay.alerts.models import Rhythm, Scope
from mainstay.common.time import utc_now
from mainstay.deliveries.composing import compose
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.policies import policy_in_force
from mainstay.people.models import User
from mainstay.playbooks.models import Task
from tests.builders import Cast
from tests.playbooks.plays import play, publish, refresh, signal
from tests.playbooks.plays import task as task_step
from tests.web.test_tasks import DAY, make

type AsUser = Callable[[User], Client]


def sent(delivery: Delivery) -> str:
    """The text as it leaves."""
    return compose(delivery, policy_in_force(), now=utc_now()).text


def path(text: str, act: str) -> str:
    found = re.search(rf"https?://[^/\s]+(/tasks/by-mail/{act}\.[^\s/]+/)", text)
    assert found, text
    return found[1]


@pytest.fixture
def digest(cast: Cast) -> Delivery:
    """The mail to Alice about her one task."""
    now = utc_now()
    make("Call Acme", cast.alice, days=-1, account=cast.acme)
    alerts.save_preferences(
        cast.alice, rhythm=Rhythm.DAILY, hour=0, weekday=0, scope=Scope.MINE, budget=5, webhook="", now=now - 3 * DAY
    )
    send_digests(now)
    return Delivery.objects.get()


def test_the_digest_leads_to_a_page_that_asks_and_then_does_it(digest: Delivery, visitor: Client) -> None:
    url = path(sent(digest), "done")
    for _ in range(2):
        asked = visitor.get(url)
        assert asked.status_code == 200
        assert "“Call Acme”" in asked.content.decode()
    assert Task.objects.get().done_at is None
    assert "is done" in visitor.post(url).content.decode()
    assert Task.objects.get().done_by == User.objects.get(name="Alice")
    assert visitor.get("/tasks/")["Location"].startswith("/sign-in/"), "the link signed nobody in"
    again = visitor.post(url)
    assert again.status_code == 422
    assert "used already" in again.content.decode()
    assert visitor.get(url).status_code == 410


def test_snooze_has_a_link_of_its_own(digest: Delivery, visitor: Client) -> None:
    assert "Its due date stays." in visitor.post(path(sent(digest), "snooze")).content.decode()
    assert Task.objects.get().snoozed_until > utc_now()


def test_the_outbox_that_everybody_reads_has_no_link_that_works(
    digest: Delivery, visitor: Client, as_user: AsUser, cast: Cast
) -> None:
    kept = path(digest.text, "done")
    assert visitor.post(kept).status_code == 404
    assert Task.objects.get().done_at is None
    signature = path(sent(digest), "done").partition(":")[2]
    shown = as_user(cast.ada).get(f"/messages/{digest.pk}/").content.decode()
    assert kept in shown
    assert signature not in shown


def test_the_html_has_the_links_too(digest: Delivery) -> None:
    html = compose(digest, policy_in_force(), now=utc_now()).html
    assert len(re.findall(r'href="[^"]*/tasks/by-mail/(?:done|snooze)\.[^"]*:', html)) == 2


def test_a_mail_of_a_playbook_to_the_owner_of_its_task_has_them_too(cast: Cast, visitor: Client) -> None:
    write = {"id": "write", "type": "email", "with": {"subject": "Look", "text": "At {{ account.name }}"}}
    now = utc_now()  # links end after a month, and the visitor comes today
    publish(play(task_step(), write), now=now)
    signal(cast.acme, opened_at=now)
    refresh(now)
    delivery = Delivery.objects.get(recipient=cast.alice.email)
    text = sent(delivery)
    assert f"Your task: {Task.objects.get().title}" in text
    assert visitor.post(path(text, "done")).status_code == 200
    assert Task.objects.get().done_at is not None


def test_a_broken_link_says_so(visitor: Client, db: None) -> None:
    for method in (visitor.get, visitor.post):
        answer = method("/tasks/by-mail/done.0123.1.2:abc/")
        assert answer.status_code == 404
        assert "not known" in answer.content.decode()
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
