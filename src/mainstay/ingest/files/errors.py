"""What can be wrong with a file or with its mapping. A wrong row is not an error: it goes into the failures file."""

from collections.abc import Collection
from difflib import get_close_matches

from mainstay.common.errors import Invalid


class UnreadableFile(Invalid):
    """The file as a whole cannot be read."""

    code = "unreadable_file"


class BadMapping(Invalid):
    """The mapping does not fit the kind, the file or itself."""

    code = "bad_mapping"


class NeedsAnswer(BadMapping):
    """Values with two meanings: the user has to say which. `details`: field, column, examples, formats."""

    code = "needs_answer"


def one_of(what: str, got: str, known: Collection[str]) -> str:
    """`unknown field 'nam'; did you mean 'name'? Known: …`, for errors."""
    close = get_close_matches(got, list(known), n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    return f"There is no {what} '{got}'.{hint} There are: {', '.join(known) or 'none'}."
