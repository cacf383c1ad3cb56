"""Who uses a metric. What is used cannot be removed, and its page says by whom.

The rooms that name metrics (scorecards, segments, signals…) are above this one, which knows none of them. Each says
once, when Django starts, which of its functions answers (`register`, in `ready()` of its `apps.py`):

    uses.register("scorecards", "mainstay.scores.uses.uses_of_metric")

The function takes the key of a metric and gives a `Use` for each of its things that names it.
"""

from mainstay.common.uses import Use, Uses

__all__ = ["Use", "of", "register"]

_uses = Uses()
register, of = _uses.register, _uses.of
