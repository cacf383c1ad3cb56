"""Done and Snooze from a mail: for one task, one person, one act, two weeks, once."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.common.errors import Invalid, NotAllowed
from mainstay.deliveries import links
from mainstay.people.models import AuditEntry, Role, User
from mainstay.playbooks import mail_links, services
from mainstay.playbooks.mail_links import Act
from mainstay.playbooks.models import Task, UsedLink
from tests.builders import Cast

NOW = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def task(cast: Cast) -> Task:
    return services.create_task(
        account=cast.acme, owner=cast.alice, title="Call", due_at=NOW + DAY, by=cast.alice, now=NOW
    )


def token(task: Task, user: User, act: Act = Act.DONE, *, reader: str = "", at: datetime = NOW) -> str:
    """The token as the mail to `reader` (the user herself) carries it."""
    url = mail_links.urls(task.pk, user.pk, now=at)[act]
    signed = links.with_signed_acts(f"Done: {url} .", reader=reader or user.email)
    return signed.partition(f"/{links.ACTS}/")[2].partition("/")[0]


def use(text: str, now: datetime = NOW) -> None:
    link = mail_links.read(text)
    assert link is not None
    mail_links.use(link, now=now)


def test_a_task_is_done_on_record_as_by_its_owner_from_a_mail(task: Task, cast: Cast) -> None:
    use(token(task, cast.alice))
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (NOW, cast.alice)
    entry = AuditEntry.objects.get(action="playbooks.task_completed")
    assert (entry.user, entry.details) == (cast.alice, {"how": "a link in a mail"})


def test_tomorrow_begins_where_its_owner_is_on_the_day_the_clocks_change(task: Task, cast: Cast) -> None:
    User.objects.filter(pk=cast.alice.pk).update(time_zone="Europe/Berlin")
    use(token(task, cast.alice, Act.SNOOZE))
    assert Task.objects.get().snoozed_until == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert Task.objects.get().due_at == NOW + DAY


def test_a_link_works_once_even_for_a_task_that_was_reopened(task: Task, cast: Cast) -> None:
    text = token(task, cast.alice)
    use(text)
    services.reopen_task(task, by=cast.alice, now=NOW)
    with pytest.raises(Invalid, match="used already"):
        use(text)
    assert Task.objects.get().done_at is None


def test_looking_changes_nothing(task: Task, cast: Cast) -> None:
    link = mail_links.read(token(task, cast.alice))
    assert link is not None
    for _ in range(3):
        assert mail_links.standing(link, now=NOW).problem == ""
    assert not UsedLink.objects.exists()
    assert Task.objects.get().done_at is None


def test_it_expires_after_two_weeks(task: Task, cast: Cast) -> None:
    text = token(task, cast.alice)
    with pytest.raises(NotAllowed, match="expired"):
        use(text, now=NOW + 14 * DAY)
    use(text, now=NOW + 14 * DAY - timedelta(seconds=1))


def test_of_a_task_that_was_given_away_nothing_is_told(task: Task, cast: Cast) -> None:
    text = token(task, cast.alice)
    services.reassign_task(task, cast.bob, by=cast.alice, now=NOW)
    link = mail_links.read(text)
    assert link is not None
    found = mail_links.standing(link, now=NOW)
    assert (found.title, found.problem) == ("", "The task is not yours any more.")
    with pytest.raises(NotAllowed):
        use(text)


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.VIEWER}])
def test_who_may_not_work_on_tasks_does_not_by_mail(task: Task, cast: Cast, change: dict[str, object]) -> None:
    text = token(task, cast.alice)
    User.objects.filter(pk=cast.alice.pk).update(**change)
    with pytest.raises(NotAllowed):
        use(text)


def test_what_is_closed_already_stays_as_it_is(task: Task, cast: Cast) -> None:
    text = token(task, cast.alice, Act.SNOOZE)
    services.dismiss_task(task, by=cast.alice, now=NOW)
    with pytest.raises(Invalid, match="dismissed already"):
        use(text)


def test_a_link_smuggled_into_somebody_elses_mail_is_worth_nothing(task: Task, cast: Cast) -> None:
    assert mail_links.read(token(task, cast.alice, reader=cast.bob.email)) is None


@pytest.mark.parametrize("text", ["", "x", "done.1.2.3", "done.1.2.3:abc", "done.%s.99.5:abc", "a.b.c.d.e:f"])
def test_what_we_did_not_sign_is_no_link(db: None, text: str) -> None:
    assert mail_links.read(text.replace("%s", "0" * 32)) is None


def test_an_act_or_person_cannot_be_exchanged(task: Task, cast: Cast) -> None:
    text = token(task, cast.alice)
    for changed in (text.replace("done", "snooze"), text.replace(f".{cast.alice.pk}.", f".{cast.bob.pk}.")):
        assert mail_links.read(changed) is None


def test_what_was_used_is_forgotten_when_it_would_have_expired(task: Task, cast: Cast) -> None:
    use(token(task, cast.alice))
    assert mail_links.prune(NOW + 13 * DAY) == 0
    assert mail_links.prune(NOW + 15 * DAY) == 1
