"""What the buttons of the editor do to the content of a draft: add, remove, move. Pure."""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from mainstay.common.errors import Invalid

type Content = dict[str, Any]


def operate(content: Mapping[str, Any], operation: str) -> tuple[Content, str]:
    """The content afterwards and what was done, for a toast (empty: not worth a word). Raises Invalid.

    `up dimensions.2`, `down dimensions.0.measures.1`, `remove gates.0`, `add dimensions`, `add gates`,
    `add dimensions.0.measures.1.contract_lines`.
    """
    verb, _, place = operation.partition(" ")
    changed = deepcopy(dict(content))
    try:
        if verb == "add":
            return _add(changed, place), ""
        holder, _, index = place.rpartition(".")
        items, at = _list(changed, holder), int(index)
        if not 0 <= at < len(items):
            raise IndexError(index)
        if verb == "remove":
            return changed, f"{_named(items.pop(at), holder)} removed."
        to = at + {"up": -1, "down": 1}[verb]
        if 0 <= to < len(items):
            items.insert(to, items.pop(at))
        return changed, ""
    except (KeyError, IndexError, ValueError, TypeError):
        raise Invalid(f"'{operation}' is nothing the editor can do here. Load the page again.") from None


def add_measure(content: Mapping[str, Any], dimension: int, measure: Mapping[str, Any]) -> Content:
    """With one more measure at the end of a dimension."""
    changed = deepcopy(dict(content))
    try:
        _list(changed, f"dimensions.{dimension}.measures").append(dict(measure))
    except (KeyError, IndexError, TypeError):
        raise Invalid("This dimension is not there any more. Load the page again.") from None
    return changed


def free_key(label: str, taken: set[str]) -> str:
    """A key from a label that none of `taken` is: `Product usage` is `product_usage`."""
    words = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:50]
    key = words if words[:1].isalpha() else f"part_{words}".rstrip("_")
    return key if key not in taken else next(k for at in range(2, 10_000) if (k := f"{key}_{at}") not in taken)


def with_keys(content: Mapping[str, Any]) -> Content:
    """Dimensions and gates without a key get one from their label."""
    changed = dict(content)
    for name in ("dimensions", "gates"):
        items = [dict(item) for item in changed.get(name, []) if isinstance(item, Mapping)]
        taken = {str(item["key"]) for item in items if item.get("key")}
        for item in items:
            if not item.get("key") and item.get("label"):
                item["key"] = free_key(str(item["label"]), taken)
                taken.add(item["key"])
        changed[name] = items
    return changed


def _add(content: Content, place: str) -> Content:
    items = _list(content, place)
    if place == "dimensions":
        missing = 100 - sum(weight for one in items if isinstance(weight := _number(one.get("weight")), int))
        items.append({"label": "", "weight": max(1, missing), "measures": []})
    elif place == "gates":
        items.append({"condition": "", "at_most": "yellow", "label": ""})
    elif place.endswith(".contract_lines"):
        items.append({"arr_from": "", "green": "", "yellow": ""})
    else:
        raise ValueError(place)
    return content


def _list(content: Content, place: str) -> list[Any]:
    value: Any = content
    for step in place.split("."):
        value = value[int(step)] if isinstance(value, list) else value.setdefault(step, [])
    if not isinstance(value, list):
        raise TypeError(place)
    return value


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _named(item: Any, holder: str) -> str:
    kind = holder.rpartition(".")[2].removesuffix("s").replace("_", " ")
    name = item.get("label") or item.get("metric") if isinstance(item, Mapping) else ""
    return f"{kind.capitalize()} “{name}”" if name else kind.capitalize()
