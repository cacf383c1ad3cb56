"""What an in-app message is, beside its title and text: as it is kept, and as the browser gets it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

IN_APP: Final = "in_app"
"""The channel of these messages."""
_LINK = re.compile(r"(?:https?://[^\s/]|mailto:[^\s@]+@|/(?!/)|#)[^\s\\]*", re.IGNORECASE)


class Kind(StrEnum):
    """How a message looks."""

    BANNER = "banner"
    MODAL = "modal"
    TOOLTIP = "tooltip"
    CHECKLIST = "checklist"
    ANNOUNCEMENT = "announcement"


@dataclass(frozen=True)
class Button:
    """What it says and where it leads; without a link it only closes the message."""

    label: str
    link: str = ""


@dataclass(frozen=True)
class Item:
    """One line of a checklist. `event` ticks it when it comes; without one the reader ticks it herself."""

    text: str
    link: str = ""
    event: str = ""


@dataclass(frozen=True)
class Content:
    """`selector`: the element a tooltip points at, in CSS. `at`: where a banner stands, `top` or `bottom`."""

    kind: Kind
    button: Button | None = None
    selector: str = ""
    items: tuple[Item, ...] = ()
    at: str = "top"

    def as_json(self) -> dict[str, Any]:
        """What is kept."""
        kept: dict[str, Any] = msgspec.to_builtins(self)
        return kept


def content_of(kept: Mapping[str, Any]) -> Content:
    """The content that was kept."""
    return msgspec.convert(kept, Content)


def is_safe_link(link: str) -> bool:
    """An address of the web, of mail, or of the page's own site; nothing that could run (`javascript:`, `data:`)."""
    return _LINK.fullmatch(link) is not None
