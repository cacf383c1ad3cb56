"""Put calls into the inbox as the door would, and load them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from mainstay.facts.loader import LoadResult
from mainstay.facts.services import load_inbox
from mainstay.ingest.envelope import Arrival
from mainstay.ingest.inbox import open_inbox

# A Wednesday.
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
_ids = count(1)


def track(user: str | None, event: str = "Report Viewed", *, at: datetime = NOW, **fields: Any) -> dict[str, Any]:
    """A track call; `account` is its context.groupId."""
    call = {"type": "track", "userId": user, "event": event, "timestamp": at.isoformat(), "messageId": f"m{next(_ids)}"}
    account = fields.pop("account", None)
    return call | ({"context": {"groupId": account}} if account else {}) | fields


def identify(user: str, **traits: Any) -> dict[str, Any]:
    """An identify call with these traits."""
    return {"type": "identify", "userId": user, "traits": traits, "timestamp": NOW.isoformat(),
            "messageId": f"m{next(_ids)}"}  # fmt: skip


def group(account: str, user: str | None = None, **traits: Any) -> dict[str, Any]:
    """A group call with these traits."""
    return {"type": "group", "groupId": account, "userId": user, "traits": traits, "timestamp": NOW.isoformat(),
            "messageId": f"m{next(_ids)}"}  # fmt: skip


def put(*calls: dict[str, Any], received_at: datetime = NOW) -> None:
    """One batch into the inbox."""
    arrival = Arrival(kind="batch", body=json.dumps({"batch": calls}).encode(), received_at=received_at)
    open_inbox().append_many([arrival])


def load(*calls: dict[str, Any], received_at: datetime = NOW, now: datetime = NOW) -> LoadResult:
    """Put one batch into the inbox and load it."""
    put(*calls, received_at=received_at)
    return load_inbox(now)


def days_ago(days: int) -> datetime:
    """The instant so many days before NOW."""
    return NOW - timedelta(days=days)


def shuffled(calls: Sequence[dict[str, Any]], order: Sequence[int]) -> list[dict[str, Any]]:
    """The calls in another order."""
    return [calls[place] for place in order]
