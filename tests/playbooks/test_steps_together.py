"""A playbook of many step types, from the document to what stands in the database, with a clock of its own."""

from datetime import timedelta

import pytest
from django.test import Client

from mainstay.declared.services import export_texts, make_plan
from mainstay.deliveries.models import Delivery
from mainstay.interactions.models import Interaction
from mainstay.playbooks import services
from mainstay.playbooks.document import Document
from mainstay.playbooks.models import Run, RunState, StepRun, Task
from mainstay.playbooks.reading import read, to_yaml
from tests.builders import NOW, Cast
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task

NAME = '<i class="var">account name</i>'
DISCOUNT = """\
key: discount
name: Discount
entry: {by: signal, kind: health_red}
steps:
  - {id: noted, type: note, with: {title: "{{ account.name }} entered", text: "{{ run.why }}"}}
  - {id: renewing, type: change, with: {field: stage, value: renewal}}
  - {id: told, type: email, with: {to: owner, subject: "{{ account.name }} is asked for", text: "{{ run.why }}"}}
  - id: asked
    type: approve
    with: {title: "A discount for {{ account.name }}?", why: "{{ run.why }}", time_out: {days: 2}, ask: managers}
  - id: answer
    type: branch
    branches:
      - after: {step: asked, outcome: done}
        steps:
          - {id: rescued, type: start, with: {playbook: rescue}}
      - after: {step: asked, outcome: dismissed}
        steps:
          - {id: refused, type: end, with: {reason: "No discount for {{ account.name }}"}}
    else:
      - id: escalated
        type: escalate
        with: {title: "{{ account.name }} waits", reason: "Nobody answered.", within_working_hours: 4}
  - {id: pause, type: wait, with: {days: 1}}
  - {id: offered, type: task, with: {title: "Call {{ account.name }}", why: "It is time.", due_in: {hours: 1}}}
"""


@pytest.fixture
def discount(cast: Cast) -> Document:
    """Three accounts that entered it, each with an open approval."""
    document = read(DISCOUNT, origin="discount.yaml")
    publish(play(task("rescue"), key="rescue", entry={"by": "hand"}))
    publish(document)
    for one in (cast.acme, cast.globex, cast.initech):
        signal(one)
    refresh()
    return document


def walked(name: str) -> list[tuple[str, str]]:
    found = StepRun.objects.filter(run__playbook__key="discount", run__account__name=name)
    return list(found.order_by("pk").values_list("step", "result"))


def test_its_document_survives_being_written_as_a_file(discount: Document) -> None:
    assert read(to_yaml(discount), origin="again") == discount
    texts = {path: text for path, text in export_texts().items() if path.startswith("playbooks/")}
    assert read(texts["playbooks/discount.yaml"], origin="exported") == discount
    assert make_plan(texts, now=NOW).changes == []


def test_its_page_shows_each_step_in_words(cast: Cast, discount: Document, client: Client) -> None:
    client.force_login(cast.vera)
    page = client.get("/playbooks/discount/").content.decode()
    for label, said in [
        ("Note", f"{NAME} entered"),
        ("Change a field", "Stage becomes renewal"),
        ("Approval", f"A discount for {NAME}?"),
        ("Start a playbook", "Rescue"),
        ("Escalation", f"{NAME} waits"),
        ("End", f"No discount for {NAME}"),
    ]:
        assert f"<b>{label}</b>" in page
        assert f"<p>{said}\n</p>" in page


def test_every_run_does_what_was_answered_once(cast: Cast, discount: Document) -> None:
    later = NOW + timedelta(hours=3)
    services.complete_task(Task.objects.get(account=cast.acme), by=cast.mary, now=later)
    services.dismiss_task(Task.objects.get(account=cast.initech), by=cast.mary, now=later)
    for hours in (3, 4, 27, 48, 49, 72, 73):
        refresh(NOW + timedelta(hours=hours))
        assert refresh(NOW + timedelta(hours=hours)) == (0, 0)

    begun = [("noted", ""), ("renewing", ""), ("told", "")]
    assert walked("Acme") == [
        *begun, ("asked", "done"), ("answer", "1"), ("rescued", ""), ("pause", ""), ("offered", "")
    ]  # fmt: skip
    assert walked("Initech") == [*begun, ("asked", "dismissed"), ("answer", "2"), ("refused", "")]
    assert walked("Globex") == [
        *begun, ("asked", "timed_out"), ("answer", "else"), ("escalated", ""), ("pause", ""), ("offered", "")
    ]  # fmt: skip

    ends = Run.objects.values_list("playbook__key", "account__name", "state", "ended_because", "ended_at")
    assert set(ends) == {
        ("discount", "Acme", RunState.DONE, "", later + DAY),
        ("discount", "Initech", RunState.EXITED, "No discount for Initech", later),
        ("discount", "Globex", RunState.DONE, "", NOW + 3 * DAY),
        ("rescue", "Acme", RunState.DONE, "", later),
    }
    mary, alice = cast.mary.pk, cast.alice.pk
    assert sorted(Task.objects.values_list("title", "owner", "due_at", "done_at", "dismissed_at")) == [
        ("A discount for Acme?", mary, NOW + 2 * DAY, later, None),
        ("A discount for Globex?", mary, NOW + 2 * DAY, None, None),
        ("A discount for Initech?", mary, NOW + 2 * DAY, None, later),
        ("Call Acme", alice, later + timedelta(hours=1), None, None),
        ("Call Acme", alice, later + DAY + timedelta(hours=1), None, None),
        ("Call Globex", alice, NOW + 3 * DAY + timedelta(hours=1), None, None),
        ("Globex waits", mary, NOW + 2 * DAY + timedelta(hours=4), None, None),
    ]
    assert sorted(Delivery.objects.values_list("recipient", "subject")) == [
        ("alice@orchard.example", "Acme is asked for"),
        ("alice@orchard.example", "Globex is asked for"),
        ("mary@orchard.example", "Globex waits"),
        ("mary@orchard.example", "Initech is asked for"),
    ]
    assert sorted(Interaction.objects.values_list("title", flat=True)) == [
        "Acme entered", "Globex entered", "Initech entered"
    ]  # fmt: skip
    for one in (cast.acme, cast.globex, cast.initech):
        one.refresh_from_db()
        assert one.stage == "renewal"
