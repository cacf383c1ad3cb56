"""/api/v1/accounts"""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from ninja.params import functions as params

from mainstay.accounts.selectors import account_by_key
from mainstay.api import listing
from mainstay.api.documents import account_document
from mainstay.api.schemas import MOST_ID, AccountDocument, AccountList, LineageDocument, Problem
from mainstay.common.errors import Invalid
from mainstay.common.time import parse_as_of, utc_now
from mainstay.lake.days import Known
from mainstay.metrics import lineage

router = Router()
MOST_ROWS = 10**9


@router.get(
    "/{path:key}/lineage/{metric}", response={200: LineageDocument, 404: Problem, 422: Problem}, summary="One value"
)
def read_lineage(
    request: HttpRequest,
    key: str,
    metric: str,
    *,
    as_of: str | None = None,
    offset: Annotated[int, params.Query(ge=0, le=MOST_ROWS)] = 0,
    limit: Annotated[int, params.Query(ge=1, le=10_000)] = 500,
) -> dict[str, Any]:
    """What a value was counted from: the days, users, events or records, in the order of the page.

    `as_of`: as for an account. `offset` and `limit` page through the rows; `total` says how many there are.
    """
    account = account_by_key(key)
    found = lineage.explain(metric, account.pk, parse_as_of(as_of) if as_of else None, skip=offset, most=limit)
    return found.as_dict()


@router.get("", response={200: AccountList, 404: Problem, 422: Problem}, summary="Accounts")
def list_accounts(
    request: HttpRequest,
    *,
    condition: str = "",
    fields: str = listing.USUAL,
    as_of: date | None = None,
    known: Known = Known.NOW,
    after: Annotated[int, params.Query(ge=0, le=MOST_ID)] = 0,
    limit: Annotated[int, params.Query(ge=1, le=1000)] = 100,
) -> AccountList:
    """The accounts for which a condition holds (all), with the named fields (those that conditions may name).

    `as_of`: a date; accounts and values are those known before it, of a day that is kept. `known`: `then` for what was
    recorded when that day ended. `after`: `next` of the page before.
    """
    asked = listing.Asked(condition, fields, after=after, limit=limit)
    if as_of is None:
        return listing.present(asked, now=utc_now())
    parse_as_of(as_of.isoformat())
    if as_of > utc_now().date():
        raise Invalid(f"as_of is {as_of}, which is still to come; give a date up to today.")
    return listing.past(asked, as_of, known=known)


@router.get("/{path:key}", response={200: AccountDocument, 404: Problem, 422: Problem}, summary="One account")
def read_account(
    request: HttpRequest, key: str, *, as_of: str | None = None, since: str | None = None, known: Known = Known.NOW
) -> AccountDocument:
    """Health with its dimensions and measures, all metrics, open signals and open tasks.

    `as_of`: a date or an instant with a time zone; only what was known before it counts. Left out: now. `since`: an
    earlier one; the answer then says what changed since, split into usage, records, rule and freshness. `known`: `then`
    gives health and metrics as recorded when that day ended, without what came late.
    """
    return account_document(
        account_by_key(key),
        as_of=parse_as_of(as_of) if as_of else None,
        since=parse_as_of(since) if since else None,
        known=known,
        now=utc_now(),
    )
