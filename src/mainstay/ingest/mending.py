"""What clients get wrong, made right where the meaning is clear: JSON that is nearly JSON, fields that do not fit."""

import json
from typing import Any

from mainstay.ingest.errors import BadEvent


def decode_leniently(raw: bytes) -> Any:
    """JSON with what real clients get wrong: NaN and Infinity (become null), half surrogates, broken UTF-8, NUL.

    Raises BadEvent("malformed_json").
    """
    try:
        return clean(json.loads(raw.decode("utf-8", errors="replace"), parse_constant=lambda _: None))
    except RecursionError:
        raise BadEvent("malformed_json", "The JSON is nested too deeply.") from None
    except ValueError as error:
        raise BadEvent("malformed_json", f"The body is not JSON: {error}.") from None


def clean(value: Any) -> Any:
    """The same value without NUL characters, half surrogates and infinities, none of which databases take."""
    if isinstance(value, str):
        if "\0" in value:
            value = value.replace("\0", "")
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def mend(given: Any) -> dict[str, Any]:
    """The fields of an event that did not fit, made to fit where their meaning is clear. Raises BadEvent.

    An empty list is an empty object (PHP writes it so); properties that are no object are kept below "value".
    """
    if not isinstance(given, dict):
        raise BadEvent("bad_event", f"An event must be a JSON object, not {_kind_of(given)}.")
    mended = dict(given)
    for field in ("userId", "anonymousId", "groupId", "previousId", "messageId", "event", "type"):
        if isinstance(mended.get(field), bool | list | dict):
            raise BadEvent("bad_id", f"'{field}' must be a text or a number, not {_kind_of(mended[field])}.")
    for field in ("timestamp", "originalTimestamp"):
        if isinstance(mended.get(field), bool | list | dict):
            raise BadEvent("bad_timestamp", f"'{field}' must be a date, not {_kind_of(mended[field])}.")
    for field in ("type", "messageId"):
        if isinstance(mended.get(field), float | int):
            mended[field] = str(mended[field])
    for field in ("sentAt", "name", "category", "writeKey"):
        if not isinstance(mended.get(field), str | None):
            mended[field] = None
    for field in ("properties", "traits"):
        value = mended.get(field)
        mended[field] = value if isinstance(value, dict) else {"value": value} if value else None
    mended["context"] = _mended_context(mended.get("context"))
    return mended


def _mended_context(context: Any) -> dict[str, Any] | None:
    if not isinstance(context, dict):
        return None
    mended = {
        field: context[field]
        for field in ("traits", "page", "campaign", "library", "app")
        if isinstance(context.get(field), dict)
    }
    mended |= {field: context[field] for field in ("locale", "timezone") if isinstance(context.get(field), str)}
    group = context.get("groupId")
    if isinstance(group, bool | list | dict):
        raise BadEvent("bad_id", f"'context.groupId' must be a text or a number, not {_kind_of(group)}.")
    return {**mended, "groupId": group}


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return "a text"
        case _:
            return "a number"
