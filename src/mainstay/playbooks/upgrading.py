"""Documents of earlier forms, made into the present one. Pure; each step knows one form and the next."""

from collections.abc import Mapping
from typing import Any


def upgraded(values: Mapping[str, Any]) -> dict[str, Any]:
    """The document in the present form. What is in none of the known forms stays as it is, and is refused by name."""
    if values.get("schema_version", 1 if "starts_on" in values else 2) == 1 and "starts_on" in values:
        return _second_form(values)
    return dict(values)


def _second_form(values: Mapping[str, Any]) -> dict[str, Any]:
    """Form 1 began with a signal, ended with it or never, and had its steps in a row."""
    found = {name: value for name, value in values.items() if name not in _FIRST}
    trigger = values["starts_on"]
    if not isinstance(trigger, Mapping) or set(trigger) - {"signal", "where"}:
        return dict(values)
    made: dict[str, Any] = {"schema_version": 2}
    if trigger.get("where"):
        made["for"] = {"where": trigger["where"]}
    made["entry"] = {"by": "signal", "kind": trigger.get("signal")}
    if values.get("exit", "signal_closed") == "signal_closed":
        made["exit"] = [{"when": "signal_closed"}]
    days = values.get("again_after_days", 0)
    if days:
        made["reentry"] = {"after_days": days}
    return {**found, **made}


_FIRST = ("schema_version", "starts_on", "exit", "again_after_days")
