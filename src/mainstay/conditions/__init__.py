"""Conditions: SQL boolean expressions over profile and account fields, checked before they are run.

Pure. `parse(text, fields)` gives a checked `Condition` or raises `ConditionError` with the position and the reason;
one resolved tree is printed for the SQL database and for the engine of the lake (`to_sql`) and evaluated on a row
(`holds`).
"""

from mainstay.conditions.errors import ConditionError, NoSegment
from mainstay.conditions.parsing import Condition, parse
from mainstay.conditions.tree import Field, Type

__all__ = ["Condition", "ConditionError", "Field", "NoSegment", "Type", "parse"]
