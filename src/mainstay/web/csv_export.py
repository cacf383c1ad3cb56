"""Tables as CSV, streamed."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from django.http import StreamingHttpResponse

from mainstay.common.time import isoformat


class _Echo:
    """A file for csv.writer that hands every line back."""

    def write(self, text: str) -> str:
        """The line itself."""
        return text


def harmless(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets a quotation mark before it (CWE-1236)."""
    if isinstance(value, str) and value.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%"):
        return "'" + value
    if isinstance(value, datetime):
        return isoformat(value)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value


def csv_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A download called `name`.csv, sent while its rows are read."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingHttpResponse(_lines(heads, rows), content_type="text/csv; charset=utf-8", headers=headers)


def _lines(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # The mark tells spreadsheets that the text is UTF-8.
    yield "\ufeff" + writer.writerow(heads)
    for row in rows:
        yield writer.writerow([harmless(value) for value in row])
