"""Steps that start another playbook: many at once, each once, by the rules of what they start."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mainstay.accounts.models import Contact
from mainstay.playbooks import services
from mainstay.playbooks.models import Run, RunState, StepRun
from tests.builders import NOW, Cast, account
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task, wait

START = {"id": "on", "type": "start", "with": {"playbook": "second"}}


def second(*steps: dict[str, Any], **fields: Any) -> None:
    publish(play(*(steps or [wait()]), key="second", entry={"by": "hand"}, **fields))


def started() -> list[str]:
    return list(Run.objects.filter(playbook__key="second").order_by("pk").values_list("account__name", flat=True))


def test_a_step_starts_another_playbook_by_its_own_rules_once(cast: Cast) -> None:
    second(task(), **{"for": {"where": "tier = 'smb'"}})
    publish(play(START))
    for one in (cast.acme, cast.globex):
        signal(one)
    refresh()
    refresh()
    runs = Run.objects.filter(playbook__key="second")
    assert list(runs.values_list("account__name", "why")) == [
        ("Globex", "After “Play”: Health turned red: The score fell from 71 to 42.")
    ]


def test_a_start_that_is_carried_out_again_begins_nothing_more(cast: Cast) -> None:
    """As after a worker that died before its transaction was committed, or a run that was moved back by hand."""
    second(task())
    publish(play(START))
    signal(cast.acme)
    refresh()
    refresh()
    before = list(Run.objects.filter(playbook__key="second").values())
    StepRun.objects.filter(step="on").delete()
    Run.objects.filter(playbook__key="play").update(position="on", state=RunState.ACTIVE, wake_at=NOW)
    assert services.advance(NOW + DAY) == 1
    assert list(Run.objects.filter(playbook__key="second").values()) == before
    assert [row["state"] for row in before] == [RunState.DONE]


def test_many_starts_take_as_many_statements_as_a_few(cast: Cast) -> None:
    second(**{"for": {"where": "tier = 'smb'"}}, goal={"where": "tier = 'gone'"}, caps={"starts_a_day": 1000})
    publish(play(START))
    counts = []
    for many in (2, 40):
        for number in range(many):
            signal(account(f"{many}-{number:02}", tier="smb"))
        services.start_runs(NOW)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            services.advance(NOW)
        counts.append(len(asked))
    assert len(started()) == 42
    assert counts[0] == counts[1]


def test_who_is_started_twice_at_once_is_in_it_once(cast: Cast) -> None:
    second()
    publish(play(START, subject={"contacts": {}}))
    Contact.objects.bulk_create([Contact(key=name, name=name, account=cast.acme) for name in ("Carol", "Dan")])
    signal(cast.acme)
    assert refresh() == (2, 3)
    assert started() == ["Acme"]


def test_contacts_take_their_run_with_them(cast: Cast) -> None:
    second(subject={"contacts": {"actor": True}})
    publish(play(START, subject={"contacts": {}}))
    Contact.objects.bulk_create([Contact(key=name, name=name, account=cast.acme) for name in ("Carol", "Dan")])
    signal(cast.acme)
    refresh()
    names = Run.objects.filter(playbook__key="second").order_by("contact__name").values_list("contact__name", flat=True)
    assert list(names) == ["Carol", "Dan"]


def test_a_cap_of_what_is_started_holds_among_those_that_start_it_at_once(cast: Cast) -> None:
    second(caps={"under_way": 3})
    publish(play(START))
    for number in range(5):
        signal(account(f"A{number}"))
    refresh()
    assert len(started()) == 3


def test_only_the_run_whose_playbook_is_gone_fails(cast: Cast) -> None:
    second()
    third = {"id": "off", "type": "start", "with": {"playbook": "third"}}
    size = [{"when": "tier = 'smb'", "steps": [third]}]
    publish(play({"id": "size", "type": "branch", "branches": size, "else": [START]}))
    for one in (cast.acme, cast.globex):
        signal(one)
    refresh()
    assert started() == ["Acme"]
    failed = Run.objects.get(state=RunState.FAILED)
    assert (failed.account, failed.error) == (
        cast.globex,
        "The step 'off' starts the playbook 'third', which does not exist.",
    )


def test_a_version_of_long_ago_that_starts_itself_fails_there(cast: Cast) -> None:
    """It can no longer be published, see the step type; what is stored must not run for ever."""
    version = publish(play(task(), START | {"with": {"playbook": "other"}}))
    document = version.document
    document["steps"][1]["with"]["playbook"] = "play"
    version.save(update_fields=["document"])
    signal(cast.acme)
    refresh()
    run = Run.objects.get()
    assert run.state == RunState.FAILED
    assert run.error == "The step 'on' starts its own playbook 'play', which would never end."


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite writes one transaction at a time")
def test_two_workers_take_turns_at_what_they_start(cast: Cast) -> None:
    second()
    publish(play(START))
    signal(cast.acme)
    services.start_runs(NOW)
    with CaptureQueriesContext(connection) as asked:
        services.advance(NOW)
    said = [one["sql"] for one in asked]
    (held,) = [number for number, sql in enumerate(said) if "FOR NO KEY UPDATE" in sql]
    written = [number for number, sql in enumerate(said) if "INSERT INTO" in sql]
    assert held < min(written)
