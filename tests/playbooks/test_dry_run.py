"""A dry run tells what then happens, and does nothing itself."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mainstay.accounts.models import Account, Contact
from mainstay.common.time import midnight
from mainstay.deliveries.consent import choose
from mainstay.metrics.models import ProfileRun
from mainstay.playbooks.document import Document
from mainstay.playbooks.dry_run import dry_run
from mainstay.playbooks.dry_run_result import Bounds, DryRun, Sort, Usual, Word
from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.models import Run, RunState, Task
from tests.builders import NOW, Cast, account, profile
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task, wait

TODAY = NOW.date()


def mail(name: str = "hello", **params: Any) -> dict[str, Any]:
    told = {"to": "contact", "category": "success", "subject": "Hello {{ contact.name }}", "text": "Hello", **params}
    return {"id": name, "type": "email", "with": told}


def contact(of: Account, name: str, **fields: Any) -> Contact:
    return Contact.objects.create(key=name.lower(), account=of, name=name, email=f"{name.lower()}@x.example", **fields)


def begins(found: DryRun) -> dict[date, int]:
    return {day.day: day.begins for day in found.days[:LIVED] if day.begins}


def by_day(found: DryRun, sort: Sort) -> dict[date, tuple[int, int]]:
    return {day.day: (one.least, one.most) for day in found.days[:LIVED] if (one := day.of(sort)) != Bounds()}


LIVED = 12


def lived(document: Document) -> None:
    """Publish it and let the worker run, on each day at the instant a dry run takes it for."""
    publish(document, now=NOW)
    for number in range(LIVED):
        at = NOW if not number else midnight(TODAY + number * DAY)
        for _ in range(2):  # what ends in the first makes room in the second
            refresh(at)
        refresh(at + timedelta(hours=23))


def begun() -> dict[date, int]:
    runs = Run.objects.exclude(state=RunState.HELD_OUT).values_list("started_at", flat=True)
    return dict(Counter(at.date() for at in runs))


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        ({"by": "signal", "kind": "health_red"}, {}),
        ({"by": "signal", "kind": "health_red"}, {"caps": {"starts_a_day": 4}, "holdout": 30}),
        ({"by": "signal", "kind": "health_red"}, {"caps": {"under_way": 5}}),
        ({"by": "date", "of": "signed", "days_after": 14}, {"holdout": 30}),
        ({"by": "date", "of": "anniversary", "days_before": 3}, {"caps": {"starts_a_day": 1}}),
        ({"by": "rhythm", "every": "week", "day": 3}, {"caps": {"starts_a_day": 9}}),
    ],
)
def test_what_it_tells_is_what_happens(cast: Cast, entry: dict[str, Any], fields: dict[str, Any]) -> None:
    for number in range(17):
        signed = TODAY - timedelta(days=14 - number) if entry.get("of") == "signed" else date(2024, 11, 20 + number % 9)
        signal(account(f"A{number:02}", signed_on=signed, owner=[cast.alice, cast.bob][number % 2]))
    document = play(task(), wait(), task("again"), entry=entry, **fields)
    found = dry_run(document, now=NOW)
    lived(document)
    assert begins(found) == begun()
    assert sum(day.held_out for day in found.days[:LIVED]) == Run.objects.filter(state=RunState.HELD_OUT).count()
    opened = Counter(at.date() for at in Task.objects.values_list("created_at", flat=True))
    assert by_day(found, Sort.TASK) == {day: (count, count) for day, count in opened.items()}


def test_nothing_is_written_and_nothing_is_sent(cast: Cast) -> None:
    carol = contact(cast.acme, "Carol")
    signal(cast.acme)
    play_to_all = play(
        mail(), task(), {"id": "n", "type": "note", "with": {"title": "Said", "text": "Hello"}},
        {"id": "c", "type": "change", "with": {"field": "tier", "value": "smb"}}, wait(), mail("more"),
        subject={"contacts": {}},
    )  # fmt: skip
    publish(play_to_all)
    tables = connection.introspection.table_names()

    def rows() -> dict[str, Any]:
        with connection.cursor() as cursor:
            found = {}
            for table in tables:
                cursor.execute(f'SELECT * FROM "{table}"')
                found[table] = cursor.fetchall()
        return found

    before = rows()
    with CaptureQueriesContext(connection) as asked:
        found = dry_run(play_to_all, now=NOW)
    assert rows() == before
    verbs = {query["sql"].split()[0].upper() for query in asked.captured_queries}
    assert verbs <= {"SELECT", "WITH"}
    assert [one.contact_id for one in found.sent] == [carol.pk, carol.pk]
    assert found.total(Sort.OTHER) == Bounds(2, 2)


def test_messages_are_decided_about_at_their_instant_by_what_is_known_today(cast: Cast) -> None:
    contact(cast.acme, "Carol")
    contact(cast.acme, "Dan", attributes={"timezone": "America/Los_Angeles"})
    eve = contact(cast.acme, "Eve")
    choose(eve.email, "success", allowed=False, by=cast.mary, how="She said so", now=NOW)
    contact(cast.acme, "Gone", left_on=TODAY)
    signal(cast.acme)
    found = dry_run(play(mail(), subject={"contacts": {}}), now=NOW)
    names = dict(Contact.objects.values_list("pk", "name"))
    assert {names[one.contact_id]: one.word for one in found.sent} == {
        "Carol": Word.GOES,
        "Dan": Word.LATER,
        "Eve": Word.NEVER,
    }
    hindered = {one.word: one.says for one in found.hindered}
    assert hindered[Word.NEVER] == "The contact declined messages about Reviews and advice."
    assert hindered[Word.LATER] == "It is outside the hours and days when the contact is written to."
    assert any("America/Los_Angeles" in one.says for one in found.sent)


def test_what_goes_on_one_day_counts_for_the_caps_of_the_next(cast: Cast) -> None:
    contact(cast.acme, "Carol")
    signal(cast.acme)
    steps = [one for number in range(3) for one in (mail(f"m{number}"), wait(f"w{number}", days=1))]
    found = dry_run(play(*steps, subject={"contacts": {}}), now=NOW)
    assert [one.word for one in found.sent] == [Word.GOES, Word.GOES, Word.LATER]
    assert "the most one person gets" in found.hindered[0].says


def test_what_may_or_may_not_happen_is_told_as_bounds(cast: Cast) -> None:
    signal(cast.acme)
    paid = {"id": "paid", "type": "wait", "with": {"event": ["Paid"], "time_out": {"days": 2}, "on_time_out": "exit"}}
    found = dry_run(play(paid, task(), wait("long", days=40), task("late")), now=NOW)
    assert by_day(found, Sort.TASK) == {TODAY + number * DAY: (0, 1) for number in range(3)}
    assert [(one.step, one.within, one.later) for one in found.steps] == [
        ("call", Bounds(0, 1), 0),
        ("late", Bounds(0, 0), 1),
    ]


def test_who_renews_enters_on_its_day_to_come(cast: Cast) -> None:
    profile(cast.acme, days_to_renewal=95)
    profile(cast.globex, days_to_renewal=130)
    ProfileRun.objects.create(as_of=midnight(TODAY), started_at=NOW, finished_at=NOW)
    found = dry_run(play(entry={"by": "date", "of": "renewal", "days_before": 90}), now=NOW)
    assert begins(found) == {TODAY + 5 * DAY: 1}
    assert found.usual is None


def test_who_has_a_reason_and_does_not_enter_is_counted_by_why(cast: Cast) -> None:
    document = play(**{"for": {"where": "tier = 'smb'"}}, goal={"where": "tier = 'enterprise'"}, reentry="never")
    publish(document)
    signal(cast.globex)
    refresh()
    signal(account("Hooli", tier="smb"))
    signal(cast.globex, kind="other")
    found = dry_run(document, now=NOW + DAY)
    assert found.entering == 1
    assert [(one.says, one.count) for one in found.refused] == []
    chosen = dry_run(play(entry={"by": "hand"}), now=NOW, chosen=[cast.acme.pk, cast.initech.pk])
    assert (chosen.entering, chosen.usual) == (2, None)


def test_what_is_still_to_come_is_told_by_the_usual_rate(cast: Cast) -> None:
    for number in range(8):
        signal(account(f"A{number}"), opened_at=NOW - number * 7 * DAY, closed_at=NOW)
    found = dry_run(play(), now=NOW)
    assert found.usual == Usual(7, 49)
    assert found.entering == 0
    assert dry_run(play(entry={"by": "answer", "survey": "nps", "at_least": 9}), now=NOW).usual == Usual(0, 56)


def test_a_step_that_would_stop_runs_says_why(cast: Cast) -> None:
    signal(cast.acme)
    without = "{% assign letters = contact.name | size %}{{ 1 | divided_by: letters }}"
    found = dry_run(play(task("hello", title=without), task()), now=NOW)
    ((step, error, count),) = found.errors
    assert (step, count) == ("hello", 1)
    assert "contact" in error
    assert found.total(Sort.TASK) == Bounds()


def test_what_cannot_be_published_is_not_tried(cast: Cast) -> None:
    with pytest.raises(BadPlaybook):
        dry_run(play(**{"for": {"where": "gone > 1"}}), now=NOW)


def test_the_weeks_of_the_load_are_calendar_weeks(cast: Cast) -> None:
    signal(cast.acme)
    Task.objects.create(id="00000000-0000-0000-0000-000000000001", title="x", owner=cast.alice, created_at=NOW)
    found = dry_run(play(task(), wait("w", days=8), task("b")), now=NOW)
    (load,) = found.load
    assert sum(week.most for week in found.load[0].weeks) == found.total(Sort.TASK).most
    assert found.weeks[0] == TODAY - timedelta(days=TODAY.weekday())
    assert (load.owner_id, load.open_now) == (cast.alice.pk, 1)
    assert [week.most for week in load.weeks[:2]] == [1, 1]


def test_progress_is_told_and_runs_beyond_the_limit_are_counted_only(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mainstay.playbooks.dry_run.BATCH", 2)
    for number in range(7):
        signal(account(f"A{number}"))
    told: list[tuple[int, int]] = []
    found = dry_run(play(), now=NOW, most=5, progress=lambda done, of: told.append((done, of)))
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert (found.entering, found.skipped, found.total(Sort.TASK)) == (7, 2, Bounds(5, 5))
