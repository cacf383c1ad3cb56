"""Write keys in the door: new and revoked ones are noticed within seconds, without the event loop asking a database."""

import asyncio
import logging

import pytest

from mainstay.common.ids import hash_secret
from mainstay.common.time import utc_now
from mainstay.ingest.keys import KeyRing, KeysUnreadable
from mainstay.people.models import WriteKey
from tests.harness import until

pytestmark = pytest.mark.django_db(transaction=True)


def make_key(secret: str) -> WriteKey:
    return WriteKey.objects.create(name=secret, hint=secret[:8], secret_hash=hash_secret(secret))


def find(ring: KeyRing, secret: str) -> int | None:
    return asyncio.run(ring.find(secret))


def look_at_once(ring: KeyRing) -> None:
    """As if the last look was long ago."""
    ring._read_at = 0.0


def test_the_keys_of_the_database_are_found() -> None:
    key = make_key("mw_1")
    ring = KeyRing()
    assert find(ring, "mw_1") == key.pk
    assert find(ring, "mw_1") == key.pk
    assert find(ring, "mw_2") is None
    assert find(ring, "") is None
    assert find(ring, "x" * 5_000) is None


def test_a_new_key_is_found_at_its_first_use() -> None:
    ring = KeyRing()
    assert find(ring, "mw_new") is None
    key = make_key("mw_new")
    look_at_once(ring)
    assert find(ring, "mw_new") == key.pk


def test_a_revoked_key_is_refused_after_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstay.ingest.keys.REFRESH_SECONDS", 0.02)
    key, other = make_key("mw_1"), make_key("mw_2")
    ring = KeyRing()
    ring.start()
    assert (find(ring, "mw_1"), find(ring, "mw_2")) == (key.pk, other.pk)
    WriteKey.objects.filter(pk=key.pk).update(revoked_at=utc_now())
    until(lambda: find(ring, "mw_1") is None, what="the next look")
    ring.stop()
    assert (find(ring, "mw_1"), find(ring, "mw_2")) == (None, other.pk)


def test_guessing_keys_does_not_ask_the_database_each_time() -> None:
    looks = 0

    def read() -> dict[str, int]:
        nonlocal looks
        looks += 1
        return {}

    ring = KeyRing(read)

    async def guess() -> None:
        await asyncio.gather(*(ring.find(f"mw_{n}") for n in range(100)))
        await asyncio.gather(*(ring.find(f"mw_{n}") for n in range(100)))

    asyncio.run(guess())
    assert looks == 2


def test_the_last_known_keys_stay_good_while_the_database_is_away(caplog: pytest.LogCaptureFixture) -> None:
    answers: list[dict[str, int] | None] = [{hash_secret("mw_1"): 5}, None, None]

    def read() -> dict[str, int]:
        answer = answers.pop(0)
        if answer is None:
            raise KeysUnreadable("away")
        return answer

    ring = KeyRing(read)
    assert find(ring, "mw_1") == 5
    with caplog.at_level(logging.WARNING, logger="mainstay.ingest.keys"):
        for _ in range(2):
            look_at_once(ring)
            assert find(ring, "mw_2") is None
    assert find(ring, "mw_1") == 5
    assert len(caplog.records) == 1, "said once"
