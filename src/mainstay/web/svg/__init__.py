"""Charts as SVG, made on the server: no script, no inline style, safe under `default-src 'self'`.

Colour comes from classes of the stylesheet (layer `charts`), so a theme changes at once. Every text passes through
`escape`, so a result can be put into a page as it is. Charts are fluid: the outer `<svg>` has no viewBox (text and
dots keep their size and stand at percentages), shapes are in a nested `<svg viewBox preserveAspectRatio="none">`.

The door: `sparkline`, `meter`, `dimbar`, `distribution`, `score_path`, `history`, `daily`, `months`, `stakeholders`,
`volume`, `histogram`, `spread_over_time`, `size`,
`bands_over_time`, `bounds`, `shares`, `lines_over`.
"""

from mainstay.web.svg.bands import bands_over_time
from mainstay.web.svg.bars import dimbar, distribution, meter
from mainstay.web.svg.bounds import bounds
from mainstay.web.svg.daily import daily
from mainstay.web.svg.days import days
from mainstay.web.svg.history import Marker, history
from mainstay.web.svg.lines import Lines, lines_over
from mainstay.web.svg.months import months
from mainstay.web.svg.path import score_path
from mainstay.web.svg.people import Stakeholder, stakeholders
from mainstay.web.svg.shares import shares
from mainstay.web.svg.size import size
from mainstay.web.svg.spark import sparkline
from mainstay.web.svg.spread import histogram, spread_over_time
from mainstay.web.svg.volume import volume

__all__ = [
    "Lines",
    "Marker",
    "Stakeholder",
    "bands_over_time",
    "bounds",
    "daily",
    "days",
    "dimbar",
    "distribution",
    "histogram",
    "history",
    "lines_over",
    "meter",
    "months",
    "score_path",
    "shares",
    "size",
    "sparkline",
    "spread_over_time",
    "stakeholders",
    "volume",
]
