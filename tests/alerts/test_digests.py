"""A digest tells once what changed in somebody's book, and why; with nothing to tell it is not sent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mainstay.alerts import digests, mails, selectors, services
from mainstay.alerts.digests import DigestResult
from mainstay.alerts.models import Alert, Channel, Digest, Preferences, Rhythm, Scope, Timing
from mainstay.alerts.services import NewRule
from mainstay.common.time import midnight
from mainstay.deliveries.models import Delivery
from mainstay.people.models import User
from mainstay.playbooks.tasks import create_task
from mainstay.scores.services import backfill, score_all
from mainstay.signals import services as signals
from mainstay.signals.models import Signal
from tests import builders
from tests.builders import Cast
from tests.scores.cards import HEALTHY, TECHCORP
from tests.scores.profiles import keep, write
from tests.web.scene import signal

# A Wednesday.
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def ask(user: User, rhythm: Rhythm = Rhythm.DAILY, *, since: datetime = NOW - 30 * DAY, **changes: Any) -> Preferences:
    values = {"hour": 8, "weekday": 0, "scope": Scope.MINE, "budget": 5, "webhook": ""} | changes
    return services.save_preferences(user, rhythm=rhythm, now=since, **values)


def test_nothing_that_changed_is_noted_and_not_sent(cast: Cast) -> None:
    ask(cast.alice)
    assert digests.send_due(NOW) == DigestResult(empty=1)
    assert digests.send_due(NOW) == DigestResult()
    assert Digest.objects.get().content is None
    assert not Delivery.objects.exists()


def test_it_goes_once_at_its_hour_and_again_the_next_day(cast: Cast) -> None:
    ask(cast.alice)
    signal(cast.acme, opened_at=NOW - 2 * HOUR)
    assert digests.send_due(NOW - 61 * timedelta(minutes=1)) == DigestResult(empty=1)  # yesterday's, made up for
    assert digests.send_due(NOW) == DigestResult(sent=1)
    assert digests.send_due(NOW + HOUR) == DigestResult()
    assert Delivery.objects.get().subject == "Your book since yesterday: 1 signal opened"
    signal(cast.globex, opened_at=NOW + 2 * HOUR)
    assert digests.send_due(NOW + DAY) == DigestResult(sent=1)


def test_a_standstill_is_made_up_for_by_the_latest_one_only(cast: Cast) -> None:
    ask(cast.alice)
    signal(cast.acme, opened_at=NOW + 3 * DAY - 2 * HOUR)
    assert digests.send_due(NOW + 3 * DAY) == DigestResult(sent=1)
    assert Digest.objects.count() == 1


def test_one_digest_tells_all_of_a_standstill(cast: Cast) -> None:
    ask(cast.alice)
    assert digests.send_due(NOW) == DigestResult(empty=1)
    signal(cast.acme, opened_at=NOW + HOUR)
    signal(cast.globex, opened_at=NOW + 3 * DAY - 2 * HOUR)
    assert digests.send_due(NOW + 3 * DAY) == DigestResult(sent=1)
    assert Delivery.objects.get().subject == "Your book since Wed 25 Nov: 2 signals opened"


def test_another_hour_tells_nothing_twice(cast: Cast) -> None:
    ask(cast.alice)
    signal(cast.acme, opened_at=NOW - 2 * HOUR)
    assert digests.send_due(NOW) == DigestResult(sent=1)
    ask(cast.alice, since=NOW, hour=11)
    signal(cast.globex, opened_at=NOW + HOUR)
    assert digests.send_due(NOW + HOUR) == DigestResult()
    assert digests.send_due(NOW + 2 * HOUR) == DigestResult(sent=1)
    latest = digests.content_of(Digest.objects.order_by("ends_at")[1])
    assert [one.account for one in latest.opened] == ["Globex"]


def test_another_weekday_is_waited_for_and_the_digest_goes_on_where_the_last_one_ended(cast: Cast) -> None:
    ask(cast.alice, Rhythm.WEEKLY)
    signal(cast.acme, opened_at=NOW - 12 * DAY)  # before the week of Monday's digest
    assert digests.send_due(NOW) == DigestResult(empty=1)
    ask(cast.alice, Rhythm.WEEKLY, since=NOW, weekday=4)
    assert digests.send_due(NOW + HOUR) == DigestResult()
    digests.send_due(NOW + 2 * DAY)  # Friday
    monday, friday = Digest.objects.order_by("ends_at")
    assert (friday.starts_at, friday.ends_at) == (monday.ends_at, NOW + 2 * DAY - HOUR)


def test_who_travels_west_is_told_nothing_twice(cast: Cast) -> None:
    User.objects.filter(pk=cast.alice.pk).update(time_zone="Europe/Berlin")
    ask(cast.alice)
    signal(cast.acme, opened_at=NOW - 4 * HOUR)
    assert digests.send_due(NOW) == DigestResult(sent=1)
    User.objects.filter(pk=cast.alice.pk).update(time_zone="America/New_York")
    assert digests.send_due(NOW + HOUR) == DigestResult()
    assert digests.send_due(NOW + 4 * HOUR) == DigestResult(empty=1)


def test_another_rhythm_leaves_out_nothing_between(cast: Cast) -> None:
    ask(cast.alice)
    assert digests.send_due(NOW) == DigestResult(empty=1)
    signal(cast.acme, opened_at=NOW + HOUR)
    ask(cast.alice, Rhythm.WEEKLY, since=NOW + 2 * HOUR)
    assert digests.send_due(NOW + 5 * DAY) == DigestResult(sent=1)  # the next Monday
    assert [one.account for one in digests.content_of(Digest.objects.get(content__isnull=False)).opened] == ["Acme"]


def test_tasks_are_told_that_are_due_by_the_next_digest(cast: Cast) -> None:
    ask(cast.alice, since=NOW - 2 * HOUR)
    for title, due_at in (("Tonight", NOW + 10 * HOUR), ("Tomorrow", NOW + 30 * HOUR)):
        create_task(account=cast.acme, owner=cast.alice, title=title, why="", due_at=due_at, by=cast.alice, now=NOW)
    assert digests.send_due(NOW) == DigestResult(sent=1)
    assert [one.title for one in digests.content_of(Digest.objects.get()).due] == ["Tonight"]


def test_a_quiet_round_asks_once_whatever_the_number_of_people(cast: Cast, django_assert_num_queries: Any) -> None:
    for user, rhythm in ((cast.alice, Rhythm.DAILY), (cast.bob, Rhythm.OFF), (cast.mary, Rhythm.WEEKLY)):
        ask(user, rhythm)
    digests.send_due(NOW)
    with django_assert_num_queries(1):
        digests.send_due(NOW + HOUR)


def test_a_digest_begins_when_it_was_asked_for(cast: Cast) -> None:
    signal(cast.acme, opened_at=NOW - 4 * HOUR)
    ask(cast.alice, since=NOW)
    assert digests.send_due(NOW + HOUR) == DigestResult()
    assert digests.send_due(NOW + DAY) == DigestResult(empty=1)


def test_a_weekly_one_tells_of_the_week(cast: Cast) -> None:
    ask(cast.alice, Rhythm.WEEKLY)
    signal(cast.acme, opened_at=midnight(NOW.date()) - 5 * DAY)
    signal(cast.globex, opened_at=midnight(NOW.date()))
    digests.send_due(NOW)
    assert Delivery.objects.get().subject == "Your book this week: 1 signal opened"


def _book(cast: Cast) -> None:
    """Acme's score falls, a renewal comes nearer, tasks are due, signals open and close."""
    before = TECHCORP | {"daily_active_rate": 71.0, "feature_coverage": 64.0}
    fallen = TECHCORP | {"days_to_renewal": 30.0, "renewing_arr_90d": 148_000.0, "seats": 10.0}
    for back in (8, 2, 1):
        keep((NOW - back * DAY).date(), {cast.acme: before, cast.globex: HEALTHY})
    backfill([(NOW - back * DAY).date() for back in (8, 2, 1)])
    write({cast.acme: before, cast.globex: HEALTHY})
    score_all(NOW - 30 * HOUR)
    write({cast.acme: fallen, cast.globex: HEALTHY | {"days_to_renewal": 31.0}})
    score_all(NOW - 2 * HOUR)
    signals.detect(NOW - 2 * HOUR)
    signal(cast.globex, "promoter", opened_at=NOW - 9 * DAY, closed_at=NOW - 3 * HOUR, closing="stopped")
    for title, due_at in (("Call Tom", NOW + 2 * HOUR), ("Write to Dana", NOW - 3 * DAY)):
        create_task(
            account=cast.acme, owner=cast.alice, title=title, why="", due_at=due_at, by=cast.alice, now=NOW - 9 * DAY
        )


def test_it_tells_what_changed_and_why(cast: Cast) -> None:
    _book(cast)
    ask(cast.alice)
    digests.send_due(NOW)
    content = digests.content_of(Digest.objects.get())
    (moved,) = content.moved
    assert (moved.account, moved.then, moved.now, moved.former_band, moved.band) == ("Acme", 92, 72, "green", "yellow")
    assert moved.cause == "Feature coverage 64% → 55%, under the 60% line"
    assert {one.label for one in content.opened} >= {"Score fell", "Renewal near and not healthy"}
    assert content.opened[0].severity == "critical"
    assert [(one.label, one.why) for one in content.closed] == [("Promoter", "its condition stopped")]
    assert [(one.account, one.days, one.arr) for one in content.renewing] == [("Acme", 30, "$148k")]
    assert [(one.title, one.is_late) for one in content.due] == [("Write to Dana", True), ("Call Tom", False)]
    assert (content.due_count, content.late_count) == (2, 1)
    mail = Delivery.objects.get()
    assert mail.subject.startswith("Your book since yesterday: ")
    for text in (mail.text, mail.html):
        for said in ("Feature coverage 64% → 55%, under the 60% line", "Call Tom", "in 30 days", "$148k", "Promoter"):
            assert said in text
    assert "http://localhost:8000/accounts/acme/" in mail.html


@pytest.mark.parametrize("place", ["digest", "alert"])
def test_what_dies_half_way_leaves_nothing_and_is_done_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    services.raise_alerts(NOW)
    ask(cast.alice)
    services.save_rules(cast.alice, [NewRule(Timing.AT_ONCE, (Channel.EMAIL,))], now=NOW)
    signal(cast.acme, opened_at=NOW - 2 * HOUR)
    room = digests if place == "digest" else services
    work = digests.send_due if place == "digest" else services.raise_alerts

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(room, "request_delivery", die)
        with pytest.raises(KeyboardInterrupt):
            work(NOW)
    assert not Digest.objects.exists()
    assert not Alert.objects.exists()
    work(NOW)
    assert Delivery.objects.count() == 1
    work(NOW)
    assert Delivery.objects.count() == 1


def test_a_manager_is_told_of_all_accounts_and_a_csm_of_her_own(cast: Cast) -> None:
    signal(cast.acme, opened_at=NOW - 2 * HOUR)
    ask(cast.bob)
    ask(cast.mary, scope=Scope.ALL)
    assert digests.send_due(NOW) == DigestResult(sent=1, empty=1)
    assert Delivery.objects.get().recipient == "mary@orchard.example"


def test_what_was_held_back_goes_with_the_next_digest_and_says_so(cast: Cast) -> None:
    ask(cast.alice, budget=0)
    services.save_rules(cast.alice, [NewRule(Timing.AT_ONCE, (Channel.EMAIL,))], now=NOW)
    services.raise_alerts(NOW)
    signal(cast.acme, opened_at=NOW)
    services.raise_alerts(NOW)
    digests.send_due(NOW + DAY)
    digest = Digest.objects.get()
    assert digest.alerts.get().signal.account == cast.acme
    assert digests.content_of(digest).opened[0].held == "Your budget lets nothing go out at once."
    assert "Held back: Your budget lets nothing go out at once." in Delivery.objects.get().text


def test_without_a_digest_what_was_held_back_comes_all_the_same(cast: Cast) -> None:
    ask(cast.alice, Rhythm.OFF, budget=0)
    services.save_rules(cast.alice, [NewRule(Timing.AT_ONCE, (Channel.EMAIL,))], now=NOW)
    assert digests.send_due(NOW) == DigestResult()
    services.raise_alerts(NOW)
    signal(cast.acme, opened_at=NOW)
    services.raise_alerts(NOW)
    assert digests.send_due(NOW + DAY) == DigestResult(sent=1)
    assert Delivery.objects.get().subject == "Your book since yesterday: 1 signal opened"
    assert digests.send_due(NOW + 2 * DAY) == DigestResult()


def test_what_closed_before_the_digest_is_not_told_as_open(cast: Cast) -> None:
    ask(cast.alice, Rhythm.OFF, budget=0)
    services.save_rules(cast.alice, [NewRule(Timing.AT_ONCE, (Channel.EMAIL,))], now=NOW)
    services.raise_alerts(NOW)
    signal(cast.acme, opened_at=NOW)
    services.raise_alerts(NOW)
    Signal.objects.update(closed_at=NOW + HOUR)
    assert digests.send_due(NOW + DAY) == DigestResult(empty=1)
    assert not Delivery.objects.exists()
    assert not selectors.waiting_for(cast.alice).exists()


def test_hostile_names_stay_text_in_the_letter(cast: Cast) -> None:
    evil = builders.account("Evil", owner=cast.alice)
    evil.name = "<script>alert(1)</script>"
    evil.save(update_fields=["name"])
    ask(cast.alice)
    signal(evil, opened_at=NOW - 2 * HOUR, summary="<b>x</b>\r\nBcc: a@b.c")
    digests.send_due(NOW)
    mail = Delivery.objects.get()
    assert "<script>" not in mail.html
    assert "<b>x" not in mail.html
    assert "\n" not in mail.subject


def test_a_preview_tells_of_the_last_day_and_sends_nothing(cast: Cast) -> None:
    signal(cast.acme, opened_at=NOW - 2 * HOUR)
    content, period = digests.preview(ask(cast.alice), NOW)
    assert (content.opened_count, period.end) == (1, NOW)
    assert not Digest.objects.exists()


def test_times_are_those_of_the_user(cast: Cast) -> None:
    User.objects.filter(pk=cast.alice.pk).update(time_zone="America/New_York")
    cast.alice.refresh_from_db()
    ask(cast.alice)
    signal(cast.acme, opened_at=NOW + 3 * HOUR)
    digests.send_due(datetime(2026, 11, 25, 13, 0, tzinfo=UTC))
    assert "Tue 24 Nov, 08:00 to Wed 25 Nov, 08:00" in Delivery.objects.get().text


def test_a_zone_that_this_machine_does_not_know_counts_as_utc(cast: Cast) -> None:
    User.objects.filter(pk=cast.alice.pk).update(time_zone="Mars/Olympus_Mons")
    cast.alice.refresh_from_db()
    services.raise_alerts(NOW)
    ask(cast.alice)
    services.save_rules(cast.alice, [NewRule(Timing.AT_ONCE, (Channel.EMAIL,))], now=NOW)
    signal(cast.acme, opened_at=NOW - 2 * HOUR)
    assert services.raise_alerts(NOW).at_once == 1
    assert digests.send_due(NOW) == DigestResult(sent=1)


def test_a_digest_that_cannot_be_written_holds_up_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for user in (cast.alice, cast.bob):
        ask(user, scope=Scope.ALL)
    signal(cast.acme, opened_at=NOW - 2 * HOUR)
    write_letter = mails.digest_letter

    def break_for_alice(user: User, *args: Any, **options: Any) -> mails.Letter:
        if user == cast.alice:
            raise KeyError("a name that no template has")
        return write_letter(user, *args, **options)

    with monkeypatch.context() as broken:
        broken.setattr(mails, "digest_letter", break_for_alice)
        assert digests.send_due(NOW) == DigestResult(sent=1)
    assert Delivery.objects.get().recipient == cast.bob.email
    assert digests.send_due(NOW) == DigestResult(sent=1)


@pytest.mark.parametrize("count", [0, 40])
def test_the_number_of_statements_does_not_grow_with_the_book(
    cast: Cast, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        signal(builders.account(f"A{number}", owner=cast.alice), opened_at=NOW - 2 * HOUR)
    ask(cast.alice)
    with django_assert_max_num_queries(28):
        digests.send_due(NOW)
