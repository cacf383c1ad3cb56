"""What a kind of declared thing is. Each file in `kinds/` makes one."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from mainstay.people.models import User


class Action(StrEnum):
    """What happens to a thing."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True)
class Author:
    """Who declares, why, and when."""

    user: User
    reason: str
    now: datetime


@dataclass(frozen=True)
class Change:
    """One thing as it is stored and as the files want it. `before` None: there is none; `after` None: it goes."""

    key: str
    action: Action
    before: BaseModel | None
    after: BaseModel | None


@dataclass(frozen=True)
class Effect:
    """What carrying out changes of one kind does to accounts, in sentences; `numbers` says the same for machines."""

    sentences: tuple[str, ...] = ()
    numbers: Mapping[str, int] | None = None


def content_of(document: BaseModel) -> dict[str, Any]:
    """A document as it is written and compared: what is left at its default is left out."""
    return document.model_dump(mode="json", exclude_defaults=True, by_alias=True)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of thing people declare.

    `name` is its folder and its name in the API. Kinds are applied in the order of `order` and removed in reverse, so
    that what is named exists before what names it. `stored` gives what is in force now, by key, what came with the
    product included; `as_shipped` the keys of what came with it and nobody changed, which pruning leaves alone.
    `check` takes what YAML gave and raises a MainstayError that begins with `origin`; `content` is a document as it is
    written and compared; `supposing` lets files of later kinds name these documents before they are saved; `effect`
    says what changes would do, without doing them. `is_always_there`: removing one takes it back to what it came as.
    """

    name: str
    label: str
    order: int
    document: type[BaseModel]
    stored: Callable[[], Mapping[str, BaseModel]]
    check: Callable[[Any, str], BaseModel]
    save: Callable[[BaseModel, Author], None]
    remove: Callable[[str, Author], None]
    content: Callable[[BaseModel], dict[str, Any]] = content_of
    as_shipped: Callable[[], frozenset[str]] = frozenset
    is_always_there: bool = False
    supposing: Callable[[Sequence[BaseModel]], AbstractContextManager[None]] = lambda documents: nullcontext()
    effect: Callable[[Sequence[Change], datetime], Effect] = lambda changes, now: Effect()


def key_of(document: BaseModel) -> str:
    """The key that names a document within its kind."""
    return str(document.key)  # type: ignore[attr-defined]
