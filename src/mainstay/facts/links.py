"""Browsers and the users behind them: written by the loader, looked up by whoever reads events."""

from collections.abc import Iterable, Mapping
from itertools import batched

from mainstay.facts.models import AnonymousLink

_CHUNK = 800


def users_of(anonymous_ids: Iterable[str]) -> dict[str, str]:
    """The user keys of those anonymous ids that are linked."""
    found: dict[str, str] = {}
    for chunk in batched(anonymous_ids, _CHUNK):
        rows = AnonymousLink.objects.filter(anonymous_id__in=chunk)
        found.update(rows.values_list("anonymous_id", "user_key"))
    return found


def link(users: Mapping[str, str]) -> set[str]:
    """Link anonymous ids to users; the ids that were not linked before. A link that exists stays."""
    new = set(users) - set(users_of(users))
    rows = [AnonymousLink(anonymous_id=one, user_key=users[one]) for one in sorted(new)]
    AnonymousLink.objects.bulk_create(rows, batch_size=300, ignore_conflicts=True)
    return new
