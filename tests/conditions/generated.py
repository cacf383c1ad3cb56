"""Random conditions over any fields."""

from collections.abc import Mapping, Sequence
from datetime import date

from hypothesis import strategies as st

from mainstay.conditions import Type

type Texts = st.SearchStrategy[str]

_PATTERNS = st.text(alphabet="aAeErRdDéÉ%_x5", max_size=6).map(lambda text: quoted(text)) | st.sampled_from(
    [r"'a\_b'", r"'%\\%'", r"'50\%'"]
)
_SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
_EQUALS = st.sampled_from(["=", "<>", "!="])
_NEGATED = st.sampled_from(["", "not "])


def quoted(text: str) -> str:
    """A text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def conditions(
    types: Mapping[str, Type], *, numbers: Texts, texts: Sequence[str], dates: st.SearchStrategy[date]
) -> Texts:
    """Conditions over the fields of `types` (at least one of each type) with literals from the others."""
    atoms = _atoms(types, numbers, st.sampled_from(texts).map(quoted), dates.map(lambda day: quoted(day.isoformat())))
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            _joined("(", inner, st.sampled_from(["and", "or"]), inner, ")"),
            _joined("not (", inner, ")"),
            _joined("(", inner, ") is", _NEGATED, st.sampled_from(["true", "false"])),
        ),
        max_leaves=6,
    )


def _atoms(types: Mapping[str, Type], numbers: Texts, texts: Texts, dates: Texts) -> Texts:
    number, text, day, boolean = (_names(types, kind) for kind in (Type.NUMBER, Type.TEXT, Type.DATE, Type.BOOLEAN))
    later = day | _joined(day, st.sampled_from(["+", "-"]), st.sampled_from(["0", "1", "30", "400"]))
    between = _joined("(", later, "-", dates | later, ")")
    calculated = _calculated(number | numbers | between)
    return st.one_of(
        _joined(number, _SIGNS, calculated),
        _joined(calculated, _SIGNS, number),
        _joined(number, _NEGATED, "between", calculated, "and", calculated),
        _joined(number, _NEGATED, "in", _list(numbers)),
        _joined(text, _EQUALS, texts | text),
        _joined(text, _NEGATED, "in", _list(texts)),
        _joined(text, _NEGATED, "like", _PATTERNS),
        _joined(later, _SIGNS, dates | later),
        _joined(day, _NEGATED, "between", dates, "and", dates),
        _joined(boolean, _EQUALS, st.sampled_from(["true", "false", "1", "0"])),
        boolean,
        _joined(st.sampled_from(list(types)), "is", _NEGATED, "null"),
        st.sampled_from(["true", "false"]),
    )


def _names(types: Mapping[str, Type], kind: Type) -> Texts:
    return st.sampled_from([name for name, found in types.items() if found is kind])


def _calculated(leaves: Texts) -> Texts:
    return st.recursive(
        leaves,
        lambda inner: (
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({' '.join(parts)})")
            | inner.map(lambda part: f"(- {part})")
        ),
        max_leaves=4,
    )


def _joined(*parts: Texts | str) -> Texts:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map(" ".join)


def _list(literals: Texts) -> Texts:
    return st.lists(literals, min_size=1, max_size=3).map(lambda items: f"({', '.join(items)})")
