"""Relationship: who stands by us at the account, and what they say."""

from ibis.expr.types import Table, Value

from mainstay.metrics import bases
from mainstay.metrics.expressions import flag
from mainstay.metrics.registry import Direction, Unit, metric


@metric(label="NPS, latest", unit=Unit.SCORE, direction=Direction.UP, over=bases.latest_nps, window_days=365)
def nps_latest(rows: Table) -> Value:
    """The latest answer (0 to 10) of the last 365 days to how likely they are to recommend us."""
    return rows.score.mean()


@metric(label="Champion", unit=Unit.BOOLEAN, direction=Direction.UP, over=bases.present_roles, empty=0)
def champion_present(rows: Table) -> Value:
    """Whether somebody at the account is our champion."""
    return flag(rows.count(where=rows.role == "champion") > 0)


@metric(label="Executive sponsor", unit=Unit.BOOLEAN, direction=Direction.UP, over=bases.present_roles, empty=0)
def executive_sponsor_present(rows: Table) -> Value:
    """Whether somebody at the account is our executive sponsor."""
    return flag(rows.count(where=rows.role == "executive_sponsor") > 0)


@metric(label="CSM pulse", unit=Unit.SCORE, direction=Direction.UP, over=bases.latest_pulse)
def csm_pulse(rows: Table) -> Value:
    """How the CSM sees the account, 0 to 100: the latest pulse, until it expires or is withdrawn."""
    return rows.score.mean(where=rows.in_force)
