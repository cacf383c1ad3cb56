"""Playbooks of a group keep clear of each other: who began one begins no other of them for some days."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import batched

from django.db.models import Max

from mainstay.common.errors import MainstayError
from mainstay.playbooks.document import Document
from mainstay.playbooks.models import Run
from mainstay.playbooks.selectors import document_of, newest_versions


class Distance:
    """When accounts began a playbook of the group last. Who was held out of it was left alone, and is not in it."""

    def __init__(self, document: Document) -> None:
        self._apart = document.apart
        self._key = document.key
        self._latest: dict[int, datetime] = {}

    def read(self, account_ids: Iterable[int]) -> None:
        """Make sure of these accounts."""
        if self._apart is None:
            return
        keys = {self._key, *_of_group(self._apart.group)}
        for chunk in batched(account_ids, 500):
            runs = Run.objects.filter(playbook__key__in=keys, is_held_out=False, account__in=chunk).order_by()
            self._latest.update(runs.values_list("account").annotate(latest=Max("started_at")))

    def is_kept(self, account_id: int, *, now: datetime) -> bool:
        """Whether the account began none of them too short a time ago."""
        latest = self._latest.get(account_id)
        return self._apart is None or latest is None or latest <= now - timedelta(days=self._apart.days)

    def note(self, account_id: int, *, now: datetime) -> None:
        """The account begins one of them now."""
        self._latest[account_id] = now


def _of_group(name: str) -> Iterator[str]:
    """The keys of its playbooks; of paused ones too: what they began counts."""
    for version in newest_versions():
        try:
            document = document_of(version)
        except MainstayError:  # says so where its runs begin
            continue
        if document.apart is not None and document.apart.group == name:
            yield document.key
