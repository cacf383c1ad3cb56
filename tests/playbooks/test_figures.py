"""Figures in texts: metrics of the account, what is usual among its peers, declared links."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mainstay.accounts.models import Account, Contact
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.policies import policy_in_force, save_policy
from mainstay.metrics.uses import Use
from mainstay.playbooks import figures, services
from mainstay.playbooks.errors import BadPlaybook, LinksNotSet
from mainstay.playbooks.models import Playbook, Run, RunState, Task
from mainstay.playbooks.uses import uses_of_metric
from mainstay.segments.models import Segment
from tests.builders import NOW, Cast, account, profile
from tests.playbooks.plays import play, publish, refresh, signal, task


def told(text: str) -> dict[str, Any]:
    return task(why=text)


def mail(text: str, subject: str = "Hello") -> dict[str, Any]:
    return {"id": "mail", "type": "email", "with": {"to": "owner", "subject": subject, "text": text}}


def test_a_text_tells_metrics_in_their_units(cast: Cast) -> None:
    publish(
        play(
            told(
                "{{ metric.seats_used }} of {{ metric.seats }}, {{ metric.seat_use }}, {{ metric.arr }}, "
                "{{ metric.days_to_renewal }}, {{ metric.champion_present }}, {{ metric.nps_latest }}"
            )
        )
    )
    values = {"seats_used": 43, "seats": 50, "seat_use": 86, "arr": 148_000, "days_to_renewal": 30}
    profile(cast.acme, **values, champion_present=1)
    signal(cast.acme)
    refresh()
    assert Task.objects.get().why == "43 of 50, 86%, $148,000, 30 days, yes, unknown"


@pytest.mark.parametrize(
    ("value", "said"), [(12.0, "You completed 12."), (3.0, "Few."), (None, "Few."), (10.0, "You completed 10.")]
)
def test_a_text_branches_on_a_metric_and_unknown_is_not_enough(cast: Cast, value: float | None, said: str) -> None:
    many = "{% if metric.events_28d >= 10 %}You completed {{ metric.events_28d }}.{% else %}Few.{% endif %}"
    publish(play(told(many)))
    profile(cast.acme, events_28d=value)
    signal(cast.acme)
    refresh()
    assert Task.objects.get().why == said


def test_a_text_tells_what_is_usual_in_the_tier_and_nothing_of_few(cast: Cast) -> None:
    text = "{{ metric.seat_use }}{% if peers.seat_use %}, usual {{ peers.seat_use }}{% endif %}"
    publish(play(told(text)))
    for number in range(figures.FEWEST_PEERS):
        profile(account(f"S{number}", tier="smb"), seat_use=10.0 * number)
    profile(account("gone", tier="smb", stage="churned"), seat_use=100)
    profile(cast.globex, seat_use=95)
    profile(cast.acme, seat_use=70)
    signal(cast.acme)
    signal(cast.globex)
    refresh()
    said = dict(Task.objects.values_list("account__name", "why"))
    assert said == {"Globex": "95%, usual 25%", "Acme": "70%"}


def test_figures_of_many_runs_are_read_together(cast: Cast) -> None:
    publish(play(told("{{ metric.seat_use }} {{ peers.seat_use }} {{ metric.seats }}")))
    accounts = [account(f"M{number:02}", tier="smb") for number in range(20)]
    for one in accounts:
        profile(one, seat_use=50)
        signal(one)
    services.start_runs(NOW)
    with CaptureQueriesContext(connection) as queries:
        services.advance(NOW)
    asked = [one["sql"] for one in queries if " metrics_profile " in one["sql"] and "1 = 0" not in one["sql"]]
    assert len(asked) == 2
    assert Task.objects.filter(why="50% 50% unknown").count() == 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hi\n you, {{ metric.seat_usee }}", "column 10: there is no metric 'seat_usee'; did you mean seat_use"),
        ("{{ peers.nothing_like_it }}", "line 1, column 4: there is no metric 'nothing_like_it'"),
        ("{% if 1 == 2 %}{{ metric[account.name] }}{% endif %}", "say which one by its name"),
    ],
)  # fmt: skip
def test_a_metric_that_does_not_exist_is_refused_with_its_place(cast: Cast, text: str, said: str) -> None:
    with pytest.raises(BadPlaybook, match=r"steps\.mail\.with\.text: ") as refused:
        publish(play(mail(text)))
    assert said in refused.value.message


def test_a_metric_that_texts_name_is_in_use(cast: Cast) -> None:
    publish(play(told("{{ metric.seat_use }}"), key="a"))
    publish(play(told("{{ peers.seats }}"), key="b"))
    assert list(uses_of_metric("seat_use")) == [Use("playbook", "a", "A")]
    assert list(uses_of_metric("seats")) == [Use("playbook", "b", "B")]


def test_a_metric_is_in_use_where_a_condition_names_it_in_any_case_or_by_a_segment(cast: Cast) -> None:
    Segment.objects.create(key="busy", name="Busy", condition="seat_use >= 80", is_shared=True)
    publish(play(mail("Hello"), key="a", **{"for": {"where": "SEAT_USE > 5"}}))
    publish(play(mail("Hello"), key="b", **{"for": {"where": "in_segment('busy')"}}))
    publish(play(mail("Hello"), key="c", **{"for": {"where": "seats > 5"}}))
    assert [one.key for one in uses_of_metric("seat_use")] == ["a", "b"]


def test_a_playbook_whose_link_is_not_set_does_not_start_and_says_what_to_do(cast: Cast) -> None:
    document = play(mail("[Add seats]({{ links.upgrade }})"))
    with pytest.raises(BadPlaybook, match=r"steps\.mail\.with\.text: the link 'upgrade' is not set; set its address"):
        services.publish(document, by=cast.mary, now=NOW)
    services.publish(document, by=None, now=NOW, is_shipped=True)
    with pytest.raises(LinksNotSet, match="the link upgrade has no address"):
        services.resume("play", by=cast.mary, now=NOW)
    assert not Playbook.objects.get().is_active
    policy = policy_in_force().model_copy(update={"links": {"upgrade": "https://app.example/upgrade"}})
    save_policy(policy, by=cast.mary, now=NOW)
    assert services.resume("play", by=cast.mary, now=NOW)
    signal(cast.acme)
    refresh()
    assert Delivery.objects.get().text == "Add seats:\nhttps://app.example/upgrade"


def test_a_link_that_is_taken_away_later_stops_the_run_and_no_broken_mail_goes(cast: Cast) -> None:
    policy = policy_in_force()
    save_policy(policy.model_copy(update={"links": {"upgrade": "https://a.example/"}}), by=cast.mary, now=NOW)
    publish(play(mail("[Add seats]({{ links.upgrade }})")))
    save_policy(policy, by=cast.mary, now=NOW)
    signal(cast.acme)
    refresh(NOW + timedelta(hours=1))
    run = Run.objects.get()
    assert run.state == RunState.FAILED
    assert "The link 'upgrade' is not set" in run.error
    assert not Delivery.objects.exists()


def test_a_link_that_leads_nowhere_from_a_mail_is_refused(cast: Cast) -> None:
    with pytest.raises(BadPlaybook, match="leads nowhere from a mail"):
        publish(play(mail("[Look](/accounts/)")))


@pytest.mark.parametrize(
    ("contact", "first"),
    [("Carol Diaz", "Carol"), ("carol@acme.example", "there"), ("", "there"), ("carol", "there")],
)
def test_a_mail_begins_with_a_first_name_or_with_none(cast: Cast, contact: str, first: str) -> None:
    Contact.objects.create(key="carol", name=contact, email="carol@acme.example", account=cast.acme)
    publish(play(told("Hello {{ contact.first_name }}"), subject={"contacts": {}}))
    signal(Account.objects.get(key="acme"))
    refresh()
    assert Task.objects.get().why == f"Hello {first}"
