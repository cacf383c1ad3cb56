"""The kinds of declared things: one file each, found by themselves."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from mainstay.declared.kind import Kind


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its name, in the order in which they are applied."""
    found = [import_module(f"{__name__}.{module.name}").KIND for module in pkgutil.iter_modules(__path__)]
    ordered: list[Kind] = sorted(found, key=lambda kind: kind.order)
    if len({kind.order for kind in ordered}) != len(ordered):
        raise ValueError("Two kinds have the same order: say which is applied first.")
    return MappingProxyType({kind.name: kind for kind in ordered})
