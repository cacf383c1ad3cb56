"""The one error of this room: a condition that cannot be taken, with the place and the reason."""

from mainstay.common.errors import Invalid

_EXCERPT_WIDTH = 72


class ConditionError(Invalid):
    """A condition was refused.

    `position` counts characters from 0, `length` how many are wrong (the last one may lie behind the end: something is
    missing there). `excerpt` is two lines, the second with carets; `parts` is the first cut in three, the culprit in
    the middle. `suggestion` is what could stand there instead, empty when nothing suggests itself.
    """

    code = "condition_refused"

    def __init__(self, text: str, position: int, length: int, reason: str, *, suggestion: str = "") -> None:
        self.position = position
        self.length = length
        self.reason = reason
        self.suggestion = suggestion
        self.excerpt = _excerpt(text, position, length)
        super().__init__(
            f"{reason}\n{self.excerpt}",
            details={"position": position, "length": length, "reason": reason, "excerpt": self.excerpt},
        )

    @property
    def parts(self) -> tuple[str, str, str]:
        """What stands before the culprit on its line, the culprit, and what stands behind it."""
        line, carets = (row[2:] for row in self.excerpt.split("\n"))
        start = carets.index("^")
        return line[:start], line[start : len(carets)], line[len(carets) :]


class NoSegment(Exception):
    """A segment that a condition names cannot be taken. Raised by who finds segments; the parser adds the place."""

    def __init__(self, reason: str, *, suggestion: str = "") -> None:
        self.reason, self.suggestion = reason, suggestion
        super().__init__(reason)


def _excerpt(text: str, position: int, length: int) -> str:
    """The line that holds `position` (shortened around it when it is long) and carets under the culprit."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else len(text)].expandtabs(1)
    column = position - start
    offset = max(0, column - _EXCERPT_WIDTH // 2) if len(line) > _EXCERPT_WIDTH else 0
    head = "…" if offset else ""
    shown = "".join(char if char.isprintable() else "?" for char in line[offset : offset + _EXCERPT_WIDTH])
    tail = "…" if offset + _EXCERPT_WIDTH < len(line) else ""
    carets = max(1, min(length, _EXCERPT_WIDTH - (column - offset)))
    return f"  {head}{shown}{tail}\n  {' ' * (len(head) + column - offset)}{'^' * carets}"
