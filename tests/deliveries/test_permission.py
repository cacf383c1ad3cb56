"""The one function that decides whether a message may go. Each line of a table is one reason."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from mainstay.deliveries.permission import Decision, Later, MayGo, Never, Question, Recipient, decide
from mainstay.deliveries.policy import SHIPPED, Category, Policy

# A Monday, 10:00 in Berlin.
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ANN = Recipient(name="Ann", address="ann@acme.example", zone="Europe/Berlin", country="DE")
CRM = Recipient(name="CRM", address="", is_target=True)
ASK = Question(to=ANN, channel="email", category="success", sender_domain="orchard.example")


def ask(question: Question = ASK, policy: Policy = SHIPPED, *, now: datetime = NOW) -> Decision:
    return decide(question, policy, now=now)


def to(**changes: object) -> Question:
    return replace(ASK, to=replace(ANN, **changes))


def test_by_day_to_somebody_who_declined_nothing_it_goes() -> None:
    assert ask() == MayGo()


OPT_IN = Policy(categories=(SHIPPED.categories[0], Category(key="success", name="Advice", consent="opt_in")))
OWN_DOMAIN = SHIPPED.model_copy(update={"sending_domains": ("mail.orchard.example",)})


@pytest.mark.parametrize(
    ("question", "policy", "said"),
    [
        (replace(ASK, no_channel="There is no channel 'fax'."), SHIPPED, "no channel 'fax'"),
        (to(is_here=False), SHIPPED, "Ann is no longer at the account."),
        (replace(ASK, held_out=True), SHIPPED, "held out of this playbook"),
        (replace(ASK, category="gossip"), SHIPPED, "no category 'gossip' of messages; use one of service, onboarding"),
        (to(choices={"success": False}), SHIPPED, "Ann declined messages about Reviews and advice."),
        (to(choices={"*": False}), SHIPPED, "unsubscribed from everything but service messages"),
        (to(choices={"*": False, "success": True}), SHIPPED, "unsubscribed from everything"),
        (ASK, OPT_IN, "did not ask for messages about Advice, which need consent"),
        (to(address=""), SHIPPED, "Ann has no e-mail address."),
        (to(suppressed="ann@acme.example bounced."), SHIPPED, "bounced"),
        (ASK, OWN_DOMAIN, "sent from orchard.example; messages to contacts go from mail.orchard.example only"),
        (replace(ASK, not_after=NOW), SHIPPED, "It was to go before 23 Nov 2026 09:00 UTC"),
        (replace(ASK, to=Recipient("Al", "al@x.example", is_user=True, is_here=False)), SHIPPED, "active user"),
        (Question(to=replace(CRM, off="It is switched off."), channel="webhook"), SHIPPED, "It is switched off."),
    ],
)
def test_what_may_never_go_is_refused_with_the_reason(question: Question, policy: Policy, said: str) -> None:
    decision = ask(question, policy)
    assert isinstance(decision, Never)
    assert said in decision.sentence


@pytest.mark.parametrize(
    ("question", "policy"),
    [
        (replace(to(choices={"*": False, "service": False}), category="service"), SHIPPED),
        (to(choices={"research": False}), SHIPPED),
        (to(choices={"success": True}), OPT_IN),
        (replace(to(suppressed="It bounced.", address=""), channel="in_app"), OWN_DOMAIN),
        (replace(ASK, sender_domain="MAIL.orchard.example"), OWN_DOMAIN),
        (replace(ASK, not_after=NOW + timedelta(seconds=1)), SHIPPED),
        (Question(to=Recipient("Al", "al@x.example", is_user=True), channel="chat"), SHIPPED),
        (Question(to=CRM, channel="webhook"), OWN_DOMAIN),
    ],
)
def test_what_does_not_concern_it_does_not_hold_it(question: Question, policy: Policy) -> None:
    assert ask(question, policy) == MayGo()


def test_a_message_to_a_user_of_ours_goes_at_night() -> None:
    question = Question(to=Recipient("Al", "al@x.example", is_user=True), channel="email")
    assert ask(question, now=NOW + timedelta(hours=14)) == MayGo()


def test_what_is_seen_in_the_app_knows_no_quiet_hours_but_caps() -> None:
    night = NOW + timedelta(hours=14)
    assert isinstance(ask(now=night), Later)
    assert ask(replace(ASK, channel="in_app"), now=night) == MayGo()
    capped = replace(to(sent=(("product_news", NOW),)), channel="in_app", category="product_news")
    decision = ask(capped, now=night)
    assert isinstance(decision, Later)
    assert decision.at == NOW + timedelta(days=7)


def test_an_emergency_stop_holds_everything_until_a_person_lifts_it() -> None:
    stopped = "Mary stopped all sending."
    user = Question(to=Recipient("Al", "al@x.example", is_user=True), channel="email", stopped=stopped)
    assert ask(user) == Later(None, stopped)
    assert ask(replace(ASK, category="service", stopped=stopped)) == Later(None, stopped)


def test_what_may_never_go_is_not_called_late() -> None:
    assert isinstance(ask(replace(to(choices={"*": False}), stopped="Stopped.")), Never)


# Quiet hours are 19:00 to 08:00, working days Monday to Friday without holidays, where the recipient is.
@pytest.mark.parametrize(
    ("zone", "country", "now", "at"),
    [
        ("Europe/Berlin", "DE", "2026-11-23 06:59", "2026-11-23 07:00"),  # 07:59 there
        ("Europe/Berlin", "DE", "2026-11-23 07:00", None),
        ("Europe/Berlin", "DE", "2026-11-23 17:59", None),
        ("Europe/Berlin", "DE", "2026-11-23 18:00", "2026-11-24 07:00"),  # 19:00 there
        ("America/New_York", "US", "2026-11-23 09:00", "2026-11-23 13:00"),  # 04:00 there
        ("Asia/Tokyo", "JP", "2026-11-24 09:00", None),  # 18:00 there
        ("Asia/Tokyo", "JP", "2026-11-22 23:30", "2026-11-23 23:00"),  # Monday there, Labour Thanksgiving Day
        ("Asia/Kolkata", "", "2026-11-23 02:29", "2026-11-23 02:30"),  # a zone of half hours
        ("Europe/Berlin", "DE", "2026-11-27 18:30", "2026-11-30 07:00"),  # Friday evening
        ("Europe/Berlin", "DE", "2026-11-28 10:00", "2026-11-30 07:00"),  # Saturday
        ("America/New_York", "US", "2026-11-26 15:00", "2026-11-27 13:00"),  # Thanksgiving
        ("Europe/Berlin", "DE", "2026-12-24 18:30", "2026-12-28 07:00"),  # Friday is Christmas Day, a weekend follows
        ("Europe/Berlin", "", "2026-12-25 10:00", None),  # no country is known: no holidays
        ("Europe/Berlin", "DE", "2028-02-28 20:00", "2028-02-29 07:00"),  # a leap day is a day
        ("Europe/Berlin", "DE", "2028-02-29 20:00", "2028-03-01 07:00"),
        ("Europe/Berlin", "DE", "2027-02-26 20:00", "2027-03-01 07:00"),  # Friday, and no 29 February
        ("Europe/Berlin", "DE", "2026-03-27 20:00", "2026-03-30 06:00"),  # summer began on Sunday
        ("Europe/Berlin", "DE", "2026-10-23 20:00", "2026-10-26 07:00"),  # it ended
        ("Pacific/Apia", "", "2026-11-22 17:30", "2026-11-22 19:00"),  # Monday is there already
    ],
)
def test_it_waits_for_working_days_and_the_end_of_quiet_hours_where_the_recipient_is(
    zone: str, country: str, now: str, at: str | None
) -> None:
    decision = ask(to(zone=zone, country=country), now=instant(now))
    assert (decision.at if isinstance(decision, Later) else None) == (instant(at) if at else None)


@pytest.mark.parametrize(
    ("start", "end", "now", "at"),
    [
        # Berlin, Sunday 29 March 2026: from 02:00 the clock shows 03:00.
        ("22:00", "02:30", "2026-03-29 00:30", "2026-03-29 01:30"),  # 02:30 does not come; half an hour after the skip
        ("22:00", "02:30", "2026-03-29 01:00", None),  # 03:00 there
        # Berlin, Sunday 25 October 2026: from 03:00 the clock shows 02:00 again.
        ("22:00", "02:30", "2026-10-25 00:10", "2026-10-25 00:30"),  # the first 02:30
        ("22:00", "02:30", "2026-10-25 00:40", None),
        ("22:00", "02:30", "2026-10-25 01:10", "2026-10-25 01:30"),  # it is 02:10 again: the second 02:30
        ("12:00", "13:00", "2026-10-25 11:30", "2026-10-25 12:00"),  # within one day
        ("12:00", "13:00", "2026-10-25 10:30", None),
        ("00:00", "00:00", "2026-10-25 02:30", None),  # none at all
    ],
)
def test_quiet_hours_hold_by_the_clock_on_the_wall_when_it_is_changed(
    start: str, end: str, now: str, at: str | None
) -> None:
    every_day = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    hours = {"quiet_from": time.fromisoformat(start), "quiet_until": time.fromisoformat(end)}
    policy = SHIPPED.model_copy(update={**hours, "working_days": every_day})
    decision = ask(policy=policy, now=instant(now))
    assert (decision.at if isinstance(decision, Later) else None) == (instant(at) if at else None)


def test_a_category_without_quiet_hours_goes_at_night() -> None:
    urgent = Policy(categories=(Category(key="success", name="Urgent", service=True, quiet=False),))
    assert ask(policy=urgent, now=instant("2026-11-22 01:00")) == MayGo()


def ago(*hours: float, category: str = "success") -> tuple[tuple[str, datetime], ...]:
    return tuple((category, NOW - timedelta(hours=each)) for each in hours)


WEEK = 7 * 24


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        (ago(1), None),
        (ago(1, WEEK), None),  # the window is open at its beginning
        (ago(1, WEEK - 1), NOW + timedelta(hours=1)),
        (ago(3, 2, 30), NOW + timedelta(hours=WEEK - 3)),  # room comes with the second newest
        (ago(1, 2, category="onboarding"), None),  # another category
        (ago(1, 2, 3, 4, category="onboarding"), NOW + timedelta(hours=WEEK - 4)),  # but four a week in all
        (ago(1, 2, 3, 4, category="service"), None),  # service is not counted
        (ago(1, 2, 3, category="gone") + ago(5), NOW + timedelta(hours=WEEK - 5)),  # a category that is no more is
    ],
)
def test_a_cap_postpones_until_there_is_room(sent: tuple[tuple[str, datetime], ...], at: datetime | None) -> None:
    always = SHIPPED.model_copy(update={"quiet_from": time(0), "quiet_until": time(0)})
    decision = ask(to(sent=sent), always)
    assert (decision.at if isinstance(decision, Later) else None) == at


def test_a_cap_says_what_it_counted_and_until_when_it_holds() -> None:
    decision = ask(to(sent=ago(1, WEEK - 1)))
    assert decision.sentence == (
        "Ann got 2 messages about Reviews and advice within 7 days, the most one person gets. "
        "It waits until Mon 23 Nov 11:00 in Europe/Berlin."
    )


def test_where_the_cap_ends_at_night_it_waits_for_the_morning_and_says_both() -> None:
    sent = ago(1, WEEK - 12)
    decision = ask(to(sent=sent))
    assert isinstance(decision, Later)
    assert decision.at == instant("2026-11-24 07:00")
    assert "the most one person gets" in decision.sentence
    assert "outside the hours and days when Ann is written to" in decision.sentence


def test_what_would_come_too_late_never_goes() -> None:
    question = replace(ASK, not_after=instant("2026-11-24 07:00"))
    decision = ask(question, now=instant("2026-11-23 20:00"))
    assert isinstance(decision, Never)
    assert "It was to go before 24 Nov 2026 07:00 UTC" in decision.sentence


def test_whatever_the_calendar_says_there_is_an_answer() -> None:
    policy = SHIPPED.model_copy(
        update={"quiet_from": time(0), "quiet_until": time(23, 59), "working_days": ("sunday",)}
    )
    decision = ask(policy=policy)
    assert isinstance(decision, Later)
    assert decision.at == instant("2026-11-29 22:59")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
