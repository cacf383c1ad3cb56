"""Finds the connectors: a folder here with a module `channel` that has `CHANNEL` is a channel."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType

from mainstay import connectors
from mainstay.deliveries.channel import Channel


@cache
def channels() -> Mapping[str, Channel]:
    """Every channel by its kind. ValueError when two folders claim the same kind."""
    found: dict[str, Channel] = {}
    for folder in pkgutil.iter_modules(connectors.__path__, f"{connectors.__name__}."):
        if not folder.ispkg or find_spec(f"{folder.name}.channel") is None:
            continue
        channel: Channel = import_module(f"{folder.name}.channel").CHANNEL
        if channel.kind in found:
            raise ValueError(f"Two connectors are the channel '{channel.kind}'; rename the kind in {folder.name}.")
        found[channel.kind] = channel
    return MappingProxyType(found)
