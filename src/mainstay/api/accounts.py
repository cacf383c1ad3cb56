"""/api/v1/accounts"""

from django.http import HttpRequest
from ninja import Router

from mainstay.accounts.selectors import account_by_key
from mainstay.api.documents import account_document
from mainstay.api.schemas import AccountDocument, Problem
from mainstay.common.time import parse_as_of, utc_now

router = Router()


@router.get("/{path:key}", response={200: AccountDocument, 404: Problem, 422: Problem}, summary="One account")
def read_account(request: HttpRequest, key: str, as_of: str | None = None) -> AccountDocument:
    """Health with its dimensions and measures, all metrics, open signals and open tasks.

    `as_of`: a date or an instant with a time zone; only what was known before it counts. Left out: now.
    """
    return account_document(account_by_key(key), as_of=parse_as_of(as_of) if as_of else None, now=utc_now())
