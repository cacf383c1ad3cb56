"""/api/v1/config"""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from mainstay.api.auth import caller
from mainstay.api.schemas import Problem
from mainstay.common.errors import NotFound
from mainstay.common.time import utc_now
from mainstay.declared import schemas, services
from mainstay.declared.kinds import kinds
from mainstay.declared.reporting import PlanReport, report
from mainstay.people.access import require_role
from mainstay.people.models import Role

router = Router()


class Files(Schema):
    """YAML texts by their path below the directory: `scorecards/standard.yaml`."""

    files: dict[str, str]


class ToPlan(Files):
    """What to plan. `prune`: remove what is declared and in no file, whoever made it."""

    prune: bool = False


class ToApply(ToPlan):
    """What to apply: the files, and the digest of the plan that was looked at."""

    digest: str = Field(description="of the plan that was looked at")
    reason: str = Field(default="Applied through the API.", min_length=1, max_length=500)
    overwrite: bool = Field(default=False, description="overwrite what was changed elsewhere since the last time")


@router.get("/", response={200: Files}, summary="Everything that is declared, as YAML")
def export(request: HttpRequest) -> Files:
    """The files that `mainstay config export` writes."""
    return Files(files=services.export_texts())


@router.get("/schemas/{kind}", response={200: dict[str, Any], 404: Problem}, summary="The JSON Schema of a kind")
def schema(request: HttpRequest, kind: str) -> dict[str, Any]:
    """For editors: metrics, features, scorecards, segments, signals."""
    if kind not in kinds():
        raise NotFound(f"There is no kind '{kind}'; use {', '.join(kinds())}.")
    return schemas.schema_of(kinds()[kind])


@router.post("/plan", response={200: PlanReport, 403: Problem, 422: Problem}, summary="What applying files would do")
def plan(request: HttpRequest, body: ToPlan) -> PlanReport:
    """What would be made, changed and removed, and to how many accounts. Changes nothing."""
    require_role(caller(request), Role.MANAGER)
    return report(services.make_plan(body.files, now=utc_now(), is_pruning=body.prune))


@router.post(
    "/apply", response={200: PlanReport, 403: Problem, 409: Problem, 422: Problem}, summary="Carry out what was planned"
)
def apply(request: HttpRequest, body: ToApply) -> PlanReport:
    """All of it or nothing. 409 when something changed since the plan, or elsewhere since the last time."""
    made = services.apply(
        body.files,
        by=caller(request),
        reason=body.reason,
        now=utc_now(),
        expected=body.digest,
        is_pruning=body.prune,
        overwrite=body.overwrite,
    )
    return report(made)
