"""The API object, its errors in one shape, and the routers of its areas."""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from mainstay import __version__
from mainstay.api.accounts import router as accounts
from mainstay.api.auth import AUTH
from mainstay.api.config import router as config
from mainstay.api.open_work import router as open_work
from mainstay.api.playbooks import router as playbooks
from mainstay.api.trials import router as trials
from mainstay.common.errors import MainstayError

api = NinjaAPI(
    title="Mainstay",
    version=__version__,
    description="Errors have one shape: `code`, `message`, `details`. Sign in with `Authorization: Bearer ma_…`.",
    auth=AUTH,
    urls_namespace="api-1",
)
api.add_router("/accounts", accounts, tags=["accounts"])
api.add_router("/config", config, tags=["config"])
api.add_router("/playbooks", playbooks, tags=["playbooks"])
api.add_router("/playbooks", trials, tags=["playbooks"])
api.add_router("", open_work)


@api.exception_handler(MainstayError)
def _ours(request: HttpRequest, error: MainstayError) -> HttpResponse:
    return api.create_response(request, error.as_dict(), status=error.status)


@api.exception_handler(AuthenticationError)
def _not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    message = "This needs an API key: send 'Authorization: Bearer ma_…'. `mainstay api-key create` makes one."
    response = api.create_response(request, {"code": "not_signed_in", "message": message, "details": {}}, status=401)
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ValidationError)
def _bad_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    place = ".".join(str(part) for part in first.get("loc", ())[1:])
    message = f"{place}: {first.get('msg', 'not valid')}."
    body = {"code": "invalid", "message": message, "details": {"errors": error.errors}}
    return api.create_response(request, body, status=422)
