"""What opens at the first look at an account, or at what it rests on, stood already: nobody saw it begin."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.accounts.models import Account
from mainstay.ingest.models import FileImport
from mainstay.ingest.sources import record_arrival
from mainstay.scores.services import score_all
from mainstay.signals import services
from mainstay.signals.models import Horizon, Pending, Signal
from tests.builders import Cast, account
from tests.scores.cards import HEALTHY, SICK
from tests.scores.profiles import Values, write
from tests.signals.kinds import document

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SEATS = {"seat_use": 85.0, "seats_used": 8.5, "seats": 10.0}


def _look(values: dict[Account, Values], now: datetime = NOW) -> None:
    write(values)
    score_all(now)
    services.detect(now)


def _stood(of: Account, kind: str) -> bool:
    return Signal.objects.get(account=of, kind=kind, closed_at=None).is_standing


def test_what_is_so_at_the_first_look_stood_and_what_becomes_so_later_did_not(cast: Cast) -> None:
    _look({cast.globex: SICK, cast.acme: HEALTHY})
    assert _stood(cast.globex, "health_red")
    _look({cast.globex: SICK, cast.acme: SICK}, NOW + MINUTE)
    assert not _stood(cast.acme, "health_red")
    assert _stood(cast.globex, "health_red"), "once said, it stays so"


def test_what_closed_and_opens_again_did_not_stand(cast: Cast) -> None:
    for minute, values in enumerate((SICK, HEALTHY, SICK)):
        _look({cast.globex: values}, NOW + minute * MINUTE)
    assert not _stood(cast.globex, "health_red")


def test_accounts_that_come_later_have_a_first_look_of_their_own(cast: Cast) -> None:
    _look({cast.globex: HEALTHY})
    late = account("late")
    _look({cast.globex: SICK, late: SICK}, NOW + DAY)
    assert (_stood(cast.globex, "health_red"), _stood(late, "health_red")) == (False, True)


def test_what_opens_with_the_first_data_of_a_source_stood_where_it_rests_on_it(cast: Cast) -> None:
    record_arrival("product", at=NOW, rows=1)
    silent, promoter = HEALTHY | {"nps_latest": None}, {"nps_latest": 9.0}
    _look({cast.globex: HEALTHY, cast.acme: silent})
    record_arrival("contracts", at=NOW, rows=1)
    _look({cast.globex: HEALTHY | SEATS, cast.acme: SICK | promoter}, NOW + MINUTE)
    assert _stood(cast.globex, "seats_filling"), "it rests on contracts"
    assert _stood(cast.acme, "health_red"), "a score rests on all"
    assert not _stood(cast.acme, "promoter"), "it rests on answers"
    _look({cast.globex: HEALTHY | {"seat_use": 70.0}, cast.acme: HEALTHY}, NOW + 2 * MINUTE)
    _look({cast.globex: HEALTHY | SEATS, cast.acme: SICK}, NOW + 3 * MINUTE)
    assert not _stood(cast.globex, "seats_filling")
    assert not _stood(cast.acme, "health_red")


@pytest.mark.parametrize(("created", "stood"), [(NOW, True), (NOW - 2 * DAY, False)])
def test_while_an_upload_is_imported_what_is_new_stays_new(cast: Cast, created: datetime, stood: bool) -> None:
    upload = FileImport.objects.create(kind="events", filename="events.csv", path="", state="running")
    FileImport.objects.update(created_at=created)
    _look({cast.globex: HEALTHY})
    _look({cast.globex: SICK}, NOW + MINUTE)
    assert _stood(cast.globex, "health_red") == stood
    FileImport.objects.filter(pk=upload.pk).update(state="done")
    _look({cast.globex: HEALTHY}, NOW + 2 * MINUTE)
    _look({cast.globex: SICK}, NOW + 3 * MINUTE)
    assert not _stood(cast.globex, "health_red")


def test_what_waits_since_the_first_look_stood_when_it_opens(cast: Cast) -> None:
    services.save_kind(document(holds_for={"days": 2}), by=cast.mary, now=NOW)
    busy, calm = {"seat_use": 85.0}, {"seat_use": 70.0}
    for day, values in enumerate((calm, busy, busy, busy)):
        write({cast.globex: busy, cast.acme: values})
        services.detect(NOW + day * DAY)
        if day == 1:
            assert dict(Pending.objects.values_list("account__key", "is_standing")) == {"globex": True, "acme": False}
    assert (_stood(cast.globex, "busy"), _stood(cast.acme, "busy")) == (True, False)


def test_an_installation_of_a_release_that_kept_no_horizon_has_looked_at_all_it_has(cast: Cast) -> None:
    _look({cast.globex: SICK, cast.acme: HEALTHY})
    Horizon.objects.all().delete()
    _look({cast.globex: SICK, cast.acme: SICK}, NOW + DAY)
    assert not _stood(cast.acme, "health_red")
