"""A condition as people would say it: `tier is enterprise and employees at least 500`. Pure."""

from collections.abc import Mapping

from mainstay.conditions import ConditionError, Field, parse
from mainstay.conditions.tree import (
    And,
    Between,
    Comparison,
    In,
    IsNull,
    Node,
    Not,
    Operand,
    Or,
    Type,
    Value,
)
from mainstay.scores import account_fields

_SIGNS = {"=": "is", "<>": "is not", "<": "below", "<=": "at most", ">": "above", ">=": "at least"}
_DATES = {"<": "before", "<=": "until", ">": "after", ">=": "from"}


def serves_text(condition: str) -> str:
    """Whom a scorecard serves, as a sentence without its stop."""
    if not condition.strip():
        return "Every account that no earlier scorecard serves"
    said = condition_words(condition, account_fields.FIELDS)
    return f"Accounts whose {said}" if said else f"Accounts where {condition.strip()}"


def condition_words(text: str, fields: Mapping[str, Field]) -> str | None:
    """In words; None where the text says more than these words do, or cannot be taken."""
    try:
        return _node(parse(text, fields).node, fields)
    except ConditionError:
        return None


def _node(node: Node, fields: Mapping[str, Field]) -> str | None:
    if isinstance(node, And | Or):
        parts = [_node(part, fields) for part in node.nodes]
        word = " and " if isinstance(node, And) else " or "
        known = [part for part in parts if part is not None]
        nested = any(isinstance(part, And | Or) for part in node.nodes)
        return word.join(known) if len(known) == len(parts) and not nested else None
    if isinstance(node, Comparison):
        return _comparison(node, fields)
    if isinstance(node, In) and isinstance(node.operand, Value):
        return f"{_name(node.operand, fields)} is one of {', '.join(_literal(item) for item in node.items)}"
    if isinstance(node, Between) and isinstance(node.operand, Value):
        low, high = _side(node.low, fields), _side(node.high, fields)
        return f"{_name(node.operand, fields)} is between {low} and {high}" if low and high else None
    if isinstance(node, IsNull) and isinstance(node.operand, Value):
        return f"{_name(node.operand, fields)} is not set"
    return _negated(node, fields)


def _negated(node: Node, fields: Mapping[str, Field]) -> str | None:
    if isinstance(node, Not):
        inner = node.node
        if isinstance(inner, IsNull) and isinstance(inner.operand, Value):
            return f"{_name(inner.operand, fields)} is set"
        if isinstance(inner, In) and isinstance(inner.operand, Value):
            return f"{_name(inner.operand, fields)} is none of {', '.join(_literal(item) for item in inner.items)}"
    return None


def _comparison(node: Comparison, fields: Mapping[str, Field]) -> str | None:
    left, right = _side(node.left, fields), _side(node.right, fields)
    if left is None or right is None or not isinstance(node.left, Value) or not node.left.name:
        return None
    signs = _SIGNS | _DATES if node.left.type is Type.DATE else _SIGNS
    return f"{left} {'is ' if signs[node.operator] not in ('is', 'is not') else ''}{signs[node.operator]} {right}"


def _side(operand: Operand, fields: Mapping[str, Field]) -> str | None:
    if not isinstance(operand, Value):
        return None
    return _name(operand, fields) if operand.name else _literal(operand)


def _name(value: Value, fields: Mapping[str, Field]) -> str:
    label = fields[value.name].label or value.name
    return label[:1].lower() + label[1:]


def _literal(value: Value) -> str:
    if isinstance(value.literal, bool):
        return "yes" if value.literal else "no"
    if isinstance(value.literal, int | float):
        return f"{value.literal:,}"
    return str(value.literal)
