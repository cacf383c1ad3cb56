"""Charts: exact markup, gaps, edges, hostile names."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from mainstay.web import svg

DAY = date(2026, 11, 23)
HOSTILE = '<b>"O\'Neil" & </text></svg><script>alert(1)</script>'


def parses(markup: str) -> ElementTree.Element:
    """The markup as XML: a chart that is not well-formed fails here."""
    return ElementTree.fromstring(markup.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))


def test_a_sparkline_is_a_path_and_a_dot() -> None:
    assert svg.sparkline([50, 86], "green") == (
        '<svg class="ms-spark" width="72" height="24" viewBox="0 0 72 24" aria-hidden="true">'
        '<path class="ms-spark-line" d="M2 21L67 3"/>'
        '<circle class="ms-spark-dot band-g" cx="67" cy="3" r="2.5"/></svg>'
    )


def test_a_sparkline_leaves_gaps_and_marks_the_last_known_value() -> None:
    chart = svg.sparkline([50, None, 50, 50, None], "unknown")
    assert 'd="M2 12M34.5 12L50.75 12"' in chart
    assert 'band-u" cx="50.75"' in chart
    assert "path" not in svg.sparkline([None, None], "red")
    assert "path" not in svg.sparkline([], "red")


def test_a_flat_line_is_flat() -> None:
    assert 'd="M2 12L34.5 12L67 12"' in svg.sparkline([69, 69, 69], "yellow")


@pytest.mark.parametrize(("percent", "width"), [(-5, "0"), (0, "0"), (64.96, "64.96"), (140, "100")])
def test_a_meter_stays_in_its_track(percent: float, width: str) -> None:
    assert f'tone-n" width="{width}%"' in svg.meter(percent)


def test_a_meter_of_nothing_is_an_empty_track() -> None:
    assert "ms-fill" not in svg.meter(None)
    assert '<line class="ms-tick" x1="70%"' in svg.meter(55, tick=70)


def test_a_dimension_is_as_long_as_its_weight() -> None:
    chart = svg.dimbar(20, 40, "yellow")
    assert 'class="ms-track" width="100%"' in chart
    assert 'tone-y" width="50%"' in chart
    assert 'width="0%"' in svg.dimbar(0, 0, "red")


def test_a_distribution_leaves_empty_bands_out_and_says_what_it_shows() -> None:
    chart = svg.distribution(3, 0, 1)
    assert 'aria-label="3 healthy, 0 moderate, 1 at risk"' in chart
    assert "tone-y" not in chart
    assert 'class="tone-r" x="75%" width="25%"' in chart
    assert "2 unknown" in svg.distribution(0, 0, 0, 2)
    assert 'aria-label="No accounts"' in svg.distribution(0, 0, 0)


def test_the_path_to_green_shows_each_gain() -> None:
    chart = svg.score_path(69, [("Product usage", 20), ("Financial", 3)], "yellow")
    assert 'aria-label="Score 69 of 100. Product usage could add 20; Financial could add 3"' in chart
    assert "69 today" in chart
    assert "89<tspan" in chart
    assert "ms-gain ms-first" in chart
    parses(chart)
    parses(svg.score_path(100, [], "green"))


@pytest.mark.parametrize(
    ("score", "gains", "places"),
    [
        (69, [("Usage", 20), ("Money", 3)], ["74.5", "90.5"]),  # left of the line at 80
        (41, [("Usage", 40), ("Money", 8)], ["65", "85"]),  # between the lines at 50 and 80
        (80, [("Usage", 15)], ["87.5"]),
    ],
)
def test_the_number_of_a_gain_stands_where_no_line_crosses_it(
    score: int, gains: list[tuple[str, int]], places: list[str]
) -> None:
    chart = svg.score_path(score, gains, "yellow")
    assert re.findall(r'x="([0-9.]+)%" y="36"', chart) == places


def test_history_needs_two_days() -> None:
    assert "Not enough history" in svg.history([(DAY, 69)], label="x", band="yellow")
    assert "Not enough history" in svg.history([(DAY, None), (DAY + timedelta(days=1), 5)], label="x", band="yellow")


def test_history_steps_and_breaks_where_nothing_is_known() -> None:
    days = [DAY + timedelta(days=index * 10) for index in range(5)]
    chart = svg.history(list(zip(days, [59, 80, None, 80, 69], strict=True)), label="Score", band="yellow")
    line = re.search(r'class="ms-line" d="([^"]+)"', chart)
    assert line is not None
    assert line.group(1).count("M") == 2
    assert chart.count("ms-hit") == 4
    parses(chart)


def test_markers_tell_events_from_versions() -> None:
    markers = [svg.Marker(DAY + timedelta(days=3)), svg.Marker(DAY + timedelta(days=5), "version")]
    chart = svg.history([(DAY, 60), (DAY + timedelta(days=9), 70)], label="x", band="yellow", markers=markers)
    assert chart.count("<circle r=") == 1
    assert chart.count("ms-version") == 1


def test_daily_use_shows_seats_and_target() -> None:
    series = [(DAY - timedelta(days=6 - index), count) for index, count in enumerate([9, 9, 9, 9, 9, 1, 0])]
    chart = svg.daily(series, label="Active users", seats=10, target=7)
    assert chart.count("ms-bar") == 7
    assert ">70%<" in chart
    parses(chart)
    assert "Not enough history" in svg.daily([], label="x")
    parses(svg.daily(series, label="x"))
    parses(svg.daily([(DAY, 0)], label="x"))


def test_months_stand_beside_what_they_were() -> None:
    chart = svg.months([(DAY, 4, None), (DAY + timedelta(days=31), 2, 8)], label="Opened", unit="opened", other="now")
    assert chart.count("ms-now") == 2
    assert chart.count("ms-former") == 1
    assert ">8<" in chart, "the axis reaches the larger of both"
    assert "2 opened · 8 now" in chart
    parses(chart)
    parses(svg.months([(DAY, 0, 0)], label="x"))
    assert "Not enough history" in svg.months([], label="x")


def test_a_vacant_role_is_drawn() -> None:
    person = svg.Stakeholder("TB", "Tom", "CEO", 0.5, 1.0)
    chart = svg.stakeholders([person], label="People", vacant=["Sponsor"])
    assert "Sponsor: vacant" in chart
    assert '<svg x="92%" y="50%">' in chart
    parses(chart)


@pytest.mark.parametrize(
    "chart",
    [
        svg.sparkline([1, 2], "green", label=HOSTILE),
        svg.meter(5, label=HOSTILE),
        svg.score_path(50, [(HOSTILE, 20)], "yellow", cuts=((80, HOSTILE),)),
        svg.history([(DAY, 60), (DAY + timedelta(days=9), 70)], label=HOSTILE, band=HOSTILE),
        svg.daily([(DAY, 3)], label=HOSTILE),
        svg.months([(DAY, 3, 1)], label=HOSTILE, unit=HOSTILE, other=HOSTILE),
        svg.stakeholders([svg.Stakeholder(HOSTILE, HOSTILE, HOSTILE, 0, 0)], label=HOSTILE, vacant=[HOSTILE]),
    ],
)
def test_hostile_names_stay_text(chart: str) -> None:
    assert "<script" not in chart
    assert "<b>" not in chart
    parses(chart)


def test_no_chart_carries_style_or_script() -> None:
    chart = svg.history([(DAY, 60), (DAY + timedelta(days=400), 70)], label="x", band="green")
    assert not re.search(r'style=|<script|\son\w+=|href="(?!#)', chart)
