"""The Pulse card: what the CSM thinks of the account."""

from dataclasses import dataclass

from mainstay.interactions.models import Pulse
from mainstay.interactions.selectors import pulse_of
from mainstay.scores.selectors import HealthView
from mainstay.web.accounts.account_frame import Frame

METRIC = "csm_pulse"


@dataclass(frozen=True)
class PulseCard:
    """The pulse in force. `band`: by the scorecard's lines for it, or like a score where it does not measure it."""

    row: Pulse
    band: str
    is_measured: bool


def pulse_card(frame: Frame, view: HealthView | None) -> PulseCard | None:
    """The card; None when no pulse is in force."""
    row = pulse_of(frame.account, before=frame.moment.at)
    if row is None:
        return None
    measures = [measure for part in (view.result.dimensions if view else ()) for measure in part.measures]
    measured = next((one for one in measures if one.metric == METRIC), None)
    green, yellow = (measured.green, measured.yellow) if measured else (80, 50)
    band = "green" if row.score >= green else "yellow" if row.score >= yellow else "red"
    return PulseCard(row, band, measured is not None)
