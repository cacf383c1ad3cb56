"""The path to green: today's score and what each dimension could give back."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from django.utils.safestring import SafeString

from mainstay.web.svg.parts import letter, number, role, safe

# Gains in points: below the first there is no room for a label, below the second none for its words.
NARROW, ROOMY = 6, 16
CUTS = ((50, "Moderate"), (80, "Healthy"))

_HATCH = (
    '<defs><pattern id="ms-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line class="ms-hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
)


def score_path(
    score: int,
    gains: Sequence[tuple[str, int]],
    band: str,
    *,
    cuts: Sequence[tuple[int, str]] = CUTS,
    when: str = "today",
) -> SafeString:
    """The score on a ruler from 0 to 100, then the points each dimension could add: `[(name, points)]`, largest first.

    The first gain is drawn as the recommended one.
    """
    spoken = f"Score {score} of 100. " + "; ".join(f"{name} could add {points}" for name, points in gains)
    parts = [
        f'<svg class="ms-path" width="100%" height="70" {role(spoken)}>{_HATCH}',
        '<rect class="ms-track" x="0" y="24" width="100%" height="16" rx="4"/>',
        f'<rect class="ms-path-now tone-{letter(band)}" x="0" y="24" width="{score}%" height="16" rx="4"/>',
    ]
    start = score
    for index, (name, points) in enumerate(gains):
        place = _clearest(start, start + points, [value for value, _ in cuts])
        parts.append(_gain(start, name, points, place=place, is_first=index == 0))
        start += points
    parts += [_cut(value, name, is_ahead=value > score) for value, name in cuts]
    # Near the left edge the label would leave the drawing if it ended at the score.
    anchor = "end" if score > 12 else "start"
    parts.append(
        f'<text class="ms-path-score" x="{score}%" y="13" text-anchor="{anchor}">{score} {escape(when)}</text>'
    )
    # A small gain leaves no room for its label beside the score's.
    if gains and gains[0][1] >= NARROW:
        name, points = gains[0]
        then, anchor = score + points, "middle" if score + points < 88 else "end"
        words = f'<tspan class="ms-wide"> with {escape(name.lower())}</tspan>' if points >= ROOMY else ""
        parts.append(f'<text class="ms-path-then" x="{then}%" y="13" text-anchor="{anchor}">{then}{words}</text>')
    return safe(*parts, "</svg>")


def _clearest(start: float, end: float, cuts: Sequence[int]) -> float:
    """The middle of the widest part of a gain that no cut crosses: where its number can be read."""
    edges = [start, *sorted(cut for cut in cuts if start < cut < end), end]
    left, right = max(pairwise(edges), key=lambda pair: pair[1] - pair[0])
    return (left + right) / 2


def _gain(start: float, name: str, points: int, *, place: float, is_first: bool) -> str:
    box = f'x="{number(start + 0.25)}%" y="24" width="{number(max(points - 0.5, 0.5))}%" height="16" rx="3"'
    middle = number(place)
    # On a phone a point is three pixels: a number needs seven of them.
    narrow = "" if points >= 7 else ' class="ms-wide"'
    text = f'<text{narrow} x="{middle}%" y="36" text-anchor="middle">+{points}</text>' if points >= 3 else ""
    return (
        f'<g class="ms-gain{" ms-first" if is_first else ""}"><rect class="ms-gain-fill" {box}/>'
        f'<rect class="ms-gain-line" {box}/>{text}<title>{escape(name)}: +{points}</title></g>'
    )


def _cut(value: int, name: str, *, is_ahead: bool) -> str:
    css, top = (" ms-goal", 20) if is_ahead else ("", 40)
    return (
        f'<line class="ms-path-cut{css}" x1="{value}%" x2="{value}%" y1="{top}" y2="46"/>'
        f'<text class="ms-path-name" x="{value}%" y="59" text-anchor="middle">{value} {escape(name)}</text>'
    )
