"""Whether a playbook helps: what became of who got it, beside who was held out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mainstay.common.errors import MainstayError
from mainstay.common.statistics import Difference
from mainstay.common.time import utc_now
from mainstay.playbooks import comparing
from mainstay.playbooks.comparison import Comparison, Means, Needed, Shares
from mainstay.playbooks.document import Document
from mainstay.playbooks.models import Playbook
from mainstay.playbooks.selectors import document_of, get_playbook, newest_version
from mainstay.web import formats
from mainstay.web.http import is_htmx


@dataclass(frozen=True)
class Measure:
    """One thing that is compared: what was found on either side, the difference with its interval, what follows."""

    label: str
    treated: str
    treated_of: int
    held_out: str
    held_out_of: int
    difference: str
    interval: str
    says: str


@dataclass(frozen=True)
class Helps:
    """The context of the card. `comparison` None: nobody was ever held out, or the document cannot be read."""

    title: str
    playbook: Playbook
    document: Document | None
    unreadable: str
    comparison: Comparison | None
    measures: Sequence[Measure]
    chance: str
    left_out: Sequence[str]
    entered_by: datetime | None


@require_GET
def helps(request: HttpRequest, key: str) -> HttpResponse:
    """The comparison as a page; for htmx the card alone, which the page of the playbook asks for."""
    found, now = get_playbook(key), utc_now()
    document, unreadable = _document(found)
    comparison = comparing.comparison(found, document, now=now) if document is not None else None
    page = Helps(
        title=f"{found.name}: does it help?",
        playbook=found,
        document=document,
        unreadable=unreadable,
        comparison=comparison,
        measures=_measures(comparison) if comparison else [],
        chance=_chance(comparison.ratio.chance) if comparison else "",
        left_out=list(_left_out(comparison)) if comparison else [],
        entered_by=now - timedelta(days=comparison.days) if comparison else None,
    )
    template = "playbooks/helps-card.html" if is_htmx(request) else "playbooks/helps.html"
    return render(request, template, {"page": page, "title": page.title})


def _document(found: Playbook) -> tuple[Document | None, str]:
    try:
        return document_of(newest_version(found)), ""
    except MainstayError as error:
        return None, error.message


def _measures(found: Comparison) -> list[Measure]:
    measures = []
    if found.goal is not None:
        measures.append(_of_shares("Goal reached", found.goal, "reached the goal", found))
    measures.append(_of_means("Health score", found.health, found))
    measures.append(_of_shares("Churned", found.churn, "left", found))
    return measures


def _of_shares(label: str, one: Shares, verb: str, found: Comparison) -> Measure:
    def said(found: Difference) -> str:
        return f"{'More' if found.value > 0 else 'Fewer'} {verb} with the playbook than chance explains."

    return Measure(
        label,
        _share(one.treated.value),
        one.treated.cases,
        _share(one.held_out.value),
        one.held_out.cases,
        *_difference(one.difference, "points", found),
        says=_says(one.difference, one.needed, found, said(one.difference) if one.difference else ""),
    )


def _of_means(label: str, one: Means, found: Comparison) -> Measure:
    better = one.difference is not None and one.difference.value > 0
    said = f"Scores went {'better' if better else 'worse'} with the playbook than chance explains."
    return Measure(
        label,
        formats.signed(one.treated.mean) if one.treated.count else formats.NOTHING,
        one.treated.count,
        formats.signed(one.held_out.mean) if one.held_out.count else formats.NOTHING,
        one.held_out.count,
        *_difference(one.difference, "points", found),
        says=_says(one.difference, one.needed, found, said),
    )


def _share(value: float | None) -> str:
    return formats.percent(None if value is None else 100 * value)


def _difference(one: Difference | None, unit: str, found: Comparison) -> tuple[str, str]:
    if one is None or found.ratio.is_off:
        return "", ""
    low, high = (formats.signed(value) if value else "0" for value in (one.low, one.high))
    return f"{formats.signed(one.value) if one.value else '0'} {unit}", f"{low} to {high}"


def _says(one: Difference | None, needed: Needed, found: Comparison, said: str) -> str:
    if found.ratio.is_off:
        return "No conclusion: the two sides are not in proportion."
    if not needed.is_none:
        sides = [(needed.treated, "with the playbook"), (needed.held_out, "held out")]
        return f"Not enough data yet: {' and '.join(f'{count:,} more {side}' for count, side in sides if count)}."
    if one is None:
        return "All are the same on both sides."
    return said if one.is_clear else "The interval holds zero: chance alone can explain the difference."


def _chance(chance: float) -> str:
    return "less than 1 in 1,000,000" if chance < 1e-6 else f"1 in {1 / chance:,.0f}"


def _left_out(found: Comparison) -> list[str]:
    left, days = found.left_out, formats.plural(found.days, "day")
    told = [
        (left.not_over, f"entered less than {days} ago"),
        (left.other_share, f"first entered while another share than {found.ratio.percent} % was held out"),
        (left.no_score, "have no health score of one of the two days (not in the health score)"),
        (left.had_churned, "had left before they entered (not in churn)"),
        (left.no_churn_day, "left on a day that nobody wrote down (not in churn)"),
    ]
    return [f"{formats.plural(count, 'account')}: {why}" for count, why in told if count]
