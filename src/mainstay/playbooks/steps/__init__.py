"""The step types: one file each, found by themselves. They touch nothing: values in, commands out."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from mainstay.playbooks.step import StepType


@cache
def step_types() -> Mapping[str, StepType[Any]]:
    """Every step type by its kind. ValueError when two files claim the same kind."""
    found: dict[str, StepType[Any]] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        step: StepType[Any] = import_module(module.name).STEP
        if step.kind in found:
            raise ValueError(f"Two step types are called '{step.kind}'; rename the one in {module.name}.")
        found[step.kind] = step
    return MappingProxyType(found)
