"""How far runs come, where they wait, leave and are stopped, and how long it takes them."""

from datetime import datetime
from typing import Any

from mainstay.accounts.models import Contact
from mainstay.accounts.services import change_account
from mainstay.playbooks import insight, services
from mainstay.playbooks.insight import StepFigures
from mainstay.playbooks.models import Playbook, Run, RunState, Task
from tests.builders import NOW, Cast, account
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task, wait

PAID: dict[str, Any] = {"id": "paid", "type": "wait", "with": {"event": ["Paid"], "time_out": {"days": 9}}}


def figures(now: datetime = NOW) -> dict[str, StepFigures]:
    return dict(insight.figures(Playbook.objects.get(key="play"), now=now))


def test_runs_are_told_apart_by_where_they_are_at_each_step(cast: Cast) -> None:
    leaves = {"when": "condition", "where": "tier = 'gone'"}
    publish(play(task("first"), wait("pause"), task("second"), PAID, task("last"), exit=[leaves]))
    people = [account(f"A{number}", tier="smb") for number in range(5)]
    for one in people:
        signal(one)
    refresh()
    change_account(people[0], "tier", "gone", by=None, now=NOW + DAY)
    refresh(NOW + DAY)  # one leaves before the second task
    refresh(NOW + 2 * DAY)
    change_account(people[1], "tier", "gone", by=None, now=NOW + 3 * DAY)
    refresh(NOW + 3 * DAY)  # one leaves while it waits to be paid
    refresh(NOW + 11 * DAY)
    found = figures(NOW + 11 * DAY)
    assert (found["first"].reached, found["first"].done, found["first"].seconds) == (5, 5, 0)
    second = found["second"]
    assert (second.reached, second.done, second.left, second.here, second.seconds) == (5, 4, 1, 0, 2 * 86_400)
    paid = found["paid"]
    assert (paid.reached, paid.done, paid.left, paid.outcomes) == (4, 3, 1, {"timed_out": 3})
    assert (found["last"].reached, found["last"].done) == (3, 3)


def test_what_waits_at_a_step_is_not_done_yet(cast: Cast) -> None:
    publish(play(PAID, task("last")))
    signal(cast.acme)
    refresh()
    found = figures()
    assert (found["paid"].reached, found["paid"].done, found["paid"].here) == (1, 0, 1)
    assert "last" not in found
    assert services.stop_run(Run.objects.get(), by=cast.mary, now=NOW)
    found = figures()
    assert (found["paid"].reached, found["paid"].done, found["paid"].here, found["paid"].left) == (1, 0, 0, 1)


def test_what_lets_time_pass_is_at_its_wait_until_then(cast: Cast) -> None:
    publish(play(task("first"), wait("pause", days=7), task("last")))
    signal(cast.acme)
    refresh()
    found = figures(NOW + 6 * DAY)
    assert (found["pause"].reached, found["pause"].done, found["pause"].here) == (1, 0, 1)
    assert "last" not in found
    refresh(NOW + 7 * DAY)
    found = figures(NOW + 7 * DAY)
    assert (found["pause"].reached, found["pause"].done, found["last"].done) == (1, 1, 1)


def test_a_text_that_cannot_be_filled_in_stops_its_step_and_not_the_playbook(cast: Cast) -> None:
    """It divides by the length of a title, and one contact has none: hers stops there with the reason."""
    broken = task("greet", title="Greet {{ 10 | divided_by: contact.title.size }}")
    publish(play(task("first"), broken, task("last"), subject={"contacts": {}}))
    for name, title in (("carol", ""), ("dan", "Head")):
        Contact.objects.create(key=name, name=name, account=cast.acme, title=title)
    signal(cast.acme)
    refresh()
    assert dict(Run.objects.values_list("contact__key", "state")) == {"carol": RunState.FAILED, "dan": RunState.DONE}
    (fault,) = insight.faults(Playbook.objects.get())
    assert (fault.step, fault.runs) == ("greet", 1)
    assert "divide by 0" in fault.error
    assert Playbook.objects.get().is_active
    found = figures()
    assert (found["greet"].reached, found["greet"].done, found["greet"].failed) == (2, 1, 1)
    assert (found["last"].reached, found["last"].done) == (1, 1)
    assert Task.objects.filter(step="last").count() == 1
    signal(cast.globex)
    Contact.objects.create(key="eve", name="eve", account=cast.globex, title="Head")
    refresh(NOW + DAY)
    assert Run.objects.get(contact__key="eve").state == RunState.DONE
