"""What another engine is: the interface, and the way to its package, which is installed only where it is used."""

from importlib import import_module
from typing import Any, Protocol

import pyarrow as pa

from mainstay.facts.activity import Spelling
from mainstay.metrics.engines.inputs import Inputs
from mainstay.metrics.errors import EngineMissing


class Engine(Protocol):
    """Runs statements of its `dialect` over files of the lake. Opened at its first use, never before a fork."""

    name: str
    dialect: str
    spelling: Spelling

    def run(self, statement: str, inputs: Inputs) -> pa.Table:
        """The result of a statement over these tables. Raises EngineFailed, EngineMissing."""

    def close(self) -> None:
        """Give back what it holds; the next run opens it again."""


def package(module: str, *, extra: str) -> Any:
    """A module of an optional package. Raises EngineMissing, which says how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise EngineMissing(
            f"MAINSTAY_METRICS_ENGINE needs the package of the engine, and {error.name or module} is not installed. "
            f"Install Mainstay with it: pip install 'mainstay[{extra}]'."
        ) from error


def first_line(error: BaseException) -> str:
    """What an engine said, without the stack of its own machine."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:400] if lines else type(error).__name__
