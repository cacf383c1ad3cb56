"""The ways up on the Health card: the smallest set of fixes that reaches the next band, and every single one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from mainstay.scores.explaining import Result
from mainstay.scores.paths import Fix, Path
from mainstay.scores.wording import listed
from mainstay.web.accounts.account_frame import Frame
from mainstay.web.moment import with_query


@dataclass(frozen=True)
class FixLine:
    """A fix; `url` leads to why its measure has its value, `together` is the score after it and those before it."""

    fix: Fix
    url: str
    together: int | None


@dataclass(frozen=True)
class Ways:
    """The context of the part. `set_of`: the smallest set in order; `others`: single fixes that are not in it."""

    path: Path
    score: int
    set_of: Sequence[FixLine]
    others: Sequence[FixLine]

    @property
    def names(self) -> str:
        """The set in words."""
        return listed([line.fix.label for line in self.set_of])

    @property
    def reaches(self) -> int:
        """The score after the whole set."""
        return self.path.climb[-1]


def ways_up(result: Result, frame: Frame) -> Ways | None:
    """The part; None for a green account, and without a score of its own."""
    path = result.path()
    if path is None or result.score is None or not path.smallest:
        return None
    chosen = {(fix.kind, fix.key) for fix in path.smallest}
    return Ways(
        path=path,
        score=result.score,
        set_of=[FixLine(fix, _url(fix, frame), after) for fix, after in zip(path.smallest, path.climb, strict=True)],
        others=[FixLine(fix, _url(fix, frame), None) for fix in path.fixes if (fix.kind, fix.key) not in chosen],
    )


def _url(fix: Fix, frame: Frame) -> str:
    if fix.kind == "gate":
        return with_query(reverse("account-measures", args=[frame.account.key]), frame.moment.query) + "#gates"
    return with_query(reverse("account-why", args=[frame.account.key, fix.key]), frame.moment.query)
