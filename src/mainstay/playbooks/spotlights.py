"""A feature to tell an account of: in its plan, used by nobody there, and by more others than any other such."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from mainstay.facts import adoption
from mainstay.playbooks.context import FeatureFacts
from mainstay.scores.wording import value_text

NOTHING = FeatureFacts()


@dataclass
class Spotlights:
    """What is widely used is asked once a round, what an account uses for a batch of accounts at once."""

    _widest: list[adoption.Adoption] | None = None

    def choose(self, account_ids: Collection[int], *, now: datetime) -> Mapping[int, FeatureFacts]:
        """The feature to tell each account of; none where everything in its plan is used, or nobody uses the rest."""
        if self._widest is None:
            self._widest = adoption.by_feature(now)
        use = adoption.feature_use(now, account_ids=account_ids).to_pylist()
        unused: dict[int, set[str]] = {}
        for row in use:
            if row["is_in_plan"] and not row["uses"]:
                unused.setdefault(row["account_id"], set()).add(row["feature"])
        return {pk: self._first(keys) for pk, keys in unused.items()}

    def _first(self, keys: Collection[str]) -> FeatureFacts:
        for one in self._widest or ():
            if one.feature.key in keys and one.accounts and one.share is not None:
                return FeatureFacts(one.feature.label, one.feature.description, value_text(round(one.share), "percent"))
        return NOTHING
