"""The editor's form: its fields are places in the content of a draft, such as `dimensions.0.measures.2.green`.

What was posted becomes content again by these names, in the order in which the page has them, whatever it says: faults
are found by `scores.problems` and told at the same places. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Any

# Nothing chosen is not a word of the document.
_OPTIONAL = frozenset({"direction", "unknown"})
_LISTS = frozenset({"dimensions", "measures", "gates", "contract_lines"})
BANDS = ("green", "yellow", "red")

type Content = dict[str, Any]


def parse(posted: Iterable[tuple[str, str]], *, stored: Mapping[str, Any]) -> Content:
    """The content that the form says. Fields it does not have stay as in `stored`; of a name given twice the last."""
    tree: dict[str, Any] = {}
    for name, text in posted:
        path = name.split(".")
        if path[0] not in _FIELDS:
            continue
        at = tree
        for step in path[:-1]:
            at = at.setdefault(step, {})
        at[path[-1]] = text.strip()
    content = _lists(tree)
    for name in ("dimensions", "gates"):
        content.setdefault(name, [])
    for dimension in content["dimensions"]:
        dimension.setdefault("measures", [])
        for measure in dimension["measures"]:
            _measure(measure)
        _optional(dimension)
    _percent(content)
    kept = {name: value for name, value in stored.items() if name not in content}
    return {**kept, **content, "dimensions": _with_rest(content["dimensions"], stored)}


def rendered(content: Mapping[str, Any], path: str) -> str:
    """What the field at this place shows."""
    value: Any = content
    for step in path.split("."):
        if isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    if path == "minimum_coverage":
        return _percent_text(value)
    return shown(value)


def shown(value: Any) -> str:
    """A value as an input has it: `70` for 70.0, nothing for None."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def texts(value: Any) -> Any:
    """Everything as the form shows it, so that a number and its text are the same; what is empty is left out."""
    if isinstance(value, Mapping):
        return {name: said for name, one in value.items() if (said := texts(one))}
    return [texts(one) for one in value] if isinstance(value, list) else shown(value)


def says_of(measure: Mapping[str, Any]) -> dict[str, str]:
    """The words of a measure, band by band."""
    says = measure.get("says") or {}
    return {band: str(says.get(band, "")) if isinstance(says, Mapping) else str(says) for band in BANDS}


def is_worded(measure: Mapping[str, Any]) -> bool:
    """Whether a measure has anything beyond its lines."""
    names = ("says", "needs", "label", "direction", "contract_lines")
    return any(measure.get(name) for name in names)


_FIELDS = frozenset(
    {
        "name", "condition", "position", "green", "yellow", "minimum_coverage", "unknown", "hold_days", "roll_up",
        "dimensions", "gates",
    }
)  # fmt: skip


def _lists(tree: Any) -> Any:
    """Groups below the name of a list become its items, in order."""
    if not isinstance(tree, dict):
        return tree
    return {
        name: [_lists(item) for item in value.values()] if name in _LISTS and isinstance(value, dict) else _lists(value)
        for name, value in tree.items()
    }


def _measure(measure: Content) -> None:
    says = measure.get("says")
    if isinstance(says, dict):
        texts = list(says.values())
        measure["says"] = texts[0] if len(set(texts)) == 1 else says
    measure["contract_lines"] = [
        lines for lines in measure.get("contract_lines", []) if isinstance(lines, dict) and any(lines.values())
    ]
    _optional(measure)


def _optional(group: Content) -> None:
    for name in _OPTIONAL & group.keys():
        group[name] = group[name] or None


def _percent(content: Content) -> None:
    text = content.get("minimum_coverage")
    if isinstance(text, str):
        try:
            content["minimum_coverage"] = round(float(text.removesuffix("%")) / 100, 6)
        except ValueError:
            content["minimum_coverage"] = text


def _percent_text(value: Any) -> str:
    return f"{value * 100:.6g}" if isinstance(value, int | float) else shown(value)


def _with_rest(dimensions: list[Any], stored: Mapping[str, Any]) -> list[Any]:
    """What the form does not ask of a dimension or measure stays as it was; they are known by key and by metric."""
    before = {one.get("key"): one for one in _groups(stored.get("dimensions"))}
    measures = {one.get("metric"): one for dimension in before.values() for one in _groups(dimension.get("measures"))}
    return [
        {
            **_rest(before.get(dimension.get("key")), dimension),
            **dimension,
            "measures": [_merged(measures.get(one.get("metric")), one) for one in dimension["measures"]],
        }
        for dimension in dimensions
    ]


def _merged(before: Mapping[str, Any] | None, now: Content) -> Content:
    merged = {**_rest(before, now), **now}
    # A band without words and one with none written down look the same in the form.
    if before is not None and says_of(before) == says_of(now):
        merged["says"] = before.get("says", "")
    return merged


def _rest(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> Content:
    return {name: value for name, value in (before or {}).items() if name not in now}


def _groups(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
