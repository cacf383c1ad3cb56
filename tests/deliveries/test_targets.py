import json
import logging
from typing import Any

import pytest

from mainstay.common.errors import Invalid, NotAllowed
from mainstay.deliveries import targets
from mainstay.deliveries.models import Dialect, Target
from mainstay.people.models import AuditEntry
from tests.builders import NOW, Cast

URL = "https://hooks.example/services/T0/secret-path?token=hidden"


def add(cast: Cast, name: str = "Orders", *, dialect: Dialect = Dialect.STANDARD, url: str = URL) -> tuple[Target, str]:
    return targets.add_target(name, url, dialect=dialect, by=cast.ada, now=NOW)


def test_a_target_has_a_key_of_its_own_and_a_secret_that_is_told_once(cast: Cast) -> None:
    (first, secret), (second, other), (third, _) = add(cast), add(cast, " orders! "), add(cast, "42 Überweisungen")
    assert (first.key, second.key, third.key) == ("orders", "orders_2", "target_42_uberweisungen")
    assert first.secret == secret != other
    assert (first.host, first.created_by) == ("hooks.example", cast.ada)


def test_neither_urls_nor_secrets_are_on_record(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    target, secret = add(cast)
    fresh = targets.rotate_secret(target, by=cast.ada, now=NOW)
    targets.change_target(target, name="Bills", url=URL + "2", by=cast.ada, now=NOW)
    targets.switch_target(target, is_active=False, by=cast.ada, now=NOW)
    targets.remove_target(target, by=cast.ada, now=NOW)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    verbs = ["added", "secret_replaced", "changed", "switched_off", "removed"]
    assert actions == [f"deliveries.target_{verb}" for verb in verbs]
    kept = json.dumps(list(AuditEntry.objects.values_list("details", flat=True))) + caplog.text
    for hidden in (secret, fresh, "secret-path", "hidden"):
        assert hidden not in kept
    assert "secret-path" not in repr(targets.address_of(target, now=NOW))


def test_a_removed_target_keeps_nothing_secret_and_its_key_is_free(cast: Cast) -> None:
    target, _ = add(cast)
    targets.rotate_secret(target, by=cast.ada, now=NOW)
    targets.remove_target(target, by=cast.ada, now=NOW)
    assert (target.url, target.secret, target.former_secret) == ("", "", "")
    with pytest.raises(targets.UnknownTarget, match="no target 'orders'"):
        targets.get_target("orders")
    assert add(cast)[0].key == "orders"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example/", "https://"),
        ("https://a:b@hooks.example/", "password"),
        ("https://hooks.example:25/", "port 25"),
        ("https://10.0.0.7/hook", "a private address"),
        ("https://[::1]/hook", "this machine itself"),
    ],
)
def test_a_url_that_nothing_may_be_sent_to_is_refused(cast: Cast, url: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        add(cast, url=url)


def test_the_connectors_that_microsoft_switched_off_are_refused_with_what_is_right(cast: Cast) -> None:
    with pytest.raises(Invalid, match="Workflows app"):
        add(cast, dialect=Dialect.TEAMS, url="https://orchard.webhook.office.com/webhookb2/x")


def test_a_chat_has_no_secret_to_replace(cast: Cast) -> None:
    chat, secret = add(cast, dialect=Dialect.SLACK)
    assert secret == ""
    with pytest.raises(Invalid, match="its URL is its secret"):
        targets.rotate_secret(chat, by=cast.ada, now=NOW)


def test_another_url_wakes_a_target_and_none_leaves_it_as_it_is(cast: Cast) -> None:
    target, _ = add(cast)
    targets.note_failure(target, now=NOW)
    targets.change_target(target, name="Bills", url="", by=cast.ada, now=NOW)
    assert (target.name, target.key, target.url, target.failures) == ("Bills", "orders", URL, 1)
    targets.change_target(target, name="Bills", url="https://other.example:8443/x", by=cast.ada, now=NOW)
    assert (target.host, target.failures, target.rests_until) == ("other.example:8443", 0, None)


def test_rests_grow_with_failures_in_a_row_and_end_with_a_success(cast: Cast) -> None:
    target, _ = add(cast)
    rests = []
    for _ in range(4):
        assert targets.note_failure(target, now=NOW)
        target.refresh_from_db()
        assert target.rests_until is not None
        rests.append(target.rests_until - NOW)
    assert rests == [*targets.RESTS, targets.RESTS[-1]]
    targets.note_success(target)
    target.refresh_from_db()
    assert (target.failures, target.rests_until) == (0, None)


CHANGES: list[Any] = [
    lambda target, by: targets.add_target("X", URL, dialect=Dialect.SLACK, by=by, now=NOW),
    lambda target, by: targets.change_target(target, name="X", url="", by=by, now=NOW),
    lambda target, by: targets.rotate_secret(target, by=by, now=NOW),
    lambda target, by: targets.switch_target(target, is_active=False, by=by, now=NOW),
    lambda target, by: targets.remove_target(target, by=by, now=NOW),
]


@pytest.mark.parametrize("change", CHANGES, ids=["add", "change", "rotate", "switch", "remove"])
def test_only_administrators_keep_targets(cast: Cast, change: Any) -> None:
    target, _ = add(cast)
    with pytest.raises(NotAllowed):
        change(target, cast.mary)
