"""Numbers as people write them: separators of thousands, decimal commas, currency signs. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

CURRENCY_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "$": ""}
_CODE = re.compile(r"^([A-Z]{3})(?=[\s\d(\-−])|(?<=[\s\d)])([A-Z]{3})$")
_SIGN = re.compile(r"(?:US|A|C|NZ)?\$|[€£¥₹₩]")
# Spaces of all widths and apostrophes separate thousands and nothing else.
_SPACES = re.compile(r"(?<=\d)[\s'’\u00a0\u202f\u2009](?=\d{3}(?!\d))")
_SINGLE = re.compile(r"(\d+)([.,])(\d+)")
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?|[+-]?\.\d+", re.ASCII)
_GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d+)?"),
    ",": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?"),
}


class BadNumber(ValueError):
    """The text is not a number; the message says so."""


@dataclass
class NumberEvidence:
    """What the values of a column say about the decimal mark. Fed with all values, then asked."""

    dot: str = ""
    comma: str = ""
    either: str = ""

    def feed(self, values: Iterable[str]) -> None:
        """Look at some distinct values."""
        for value in values:
            if "," not in value and "." not in value:
                continue
            text = _bare(value)[0]
            dots, commas = text.count("."), text.count(",")
            single = _SINGLE.fullmatch(text.lstrip("+-"))
            if single and len(single.group(3)) == 3 and len(single.group(1)) <= 3 and single.group(1) != "0":
                self.either = self.either or value
            elif (dots and commas and text.rfind(".") > text.rfind(",")) or (dots == 1 and not commas) or commas > 1:
                self.dot = self.dot or value
            else:
                self.comma = self.comma or value

    def decimal(self, *, comma_is_likely: bool) -> str:
        """The decimal mark, `.` or `,`; empty when the user has to say (see `question`).

        `comma_is_likely`: the file has semicolons between its fields, as where the comma is the decimal mark.
        """
        if self.dot and self.comma:
            return ""
        if self.comma:
            return ","
        return "" if self.either and not self.dot and comma_is_likely else "."

    @property
    def question(self) -> str:
        """Why the decimal mark cannot be told."""
        if self.dot and self.comma:
            return f"'{self.dot}' has a decimal point, '{self.comma}' a decimal comma"
        whole, fraction = re.sub(r"[.,]", "", self.either), re.sub(r",", ".", self.either)
        return f"'{self.either}' can be {whole} or {fraction}"


def parse_number(text: str, decimal: str = ".") -> tuple[Decimal, str]:
    """The number and the ISO code of its currency sign (empty: none, or `$`, which several use). Raises BadNumber."""
    bare, currency = _bare(text)
    other = "," if decimal == "." else "."
    if _GROUPED[decimal].fullmatch(bare):
        bare = bare.replace(other, "")
    elif other in bare:
        raise BadNumber(f"'{text}' is not a number with '{decimal}' as decimal mark")
    if decimal == ",":
        bare = bare.replace(",", ".")
    if not _PLAIN.fullmatch(bare):
        raise BadNumber(f"'{text}' is not a number")
    try:
        return Decimal(bare), currency
    except InvalidOperation:
        raise BadNumber(f"'{text}' is not a number") from None


def _bare(text: str) -> tuple[str, str]:
    """Digits, separators and a minus in front; and the currency that stood there."""
    bare, currency = text.strip().replace("−", "-"), ""
    if match := _CODE.search(bare):
        currency = match.group(1) or match.group(2)
        bare = (bare[: match.start()] + bare[match.end() :]).strip()
    if match := _SIGN.search(bare):
        currency = currency or CURRENCY_SIGNS[match.group(0)[-1]]
        bare = (bare[: match.start()] + bare[match.end() :]).strip()
    bare = bare.removesuffix("%").strip()
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1].strip()
    if bare.endswith("-"):
        bare = "-" + bare[:-1].strip()
    if bare.startswith("- "):
        bare = "-" + bare[2:].strip()
    return _SPACES.sub("", bare), currency
