"""Segments as documents: what is taken, and what is said of what is not."""

import pytest

from mainstay.segments import document, selectors, services
from mainstay.segments.errors import BadSegment
from mainstay.segments.models import Segment

TEXT = """\
key: large
name: Large and renewing
description: Worth a call before the last quarter.
condition: arr >= 50000 and days_to_renewal between 0 and 90
"""


def test_a_document_reads_as_it_was_written() -> None:
    read = document.read(TEXT, origin="large.yaml")
    assert (read.key, read.shared) == ("large", True)
    assert document.to_yaml(read) == TEXT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("key: [", "large.yaml, line 1, column 7, is not YAML"),
        (TEXT + "colour: red", "large.yaml, colour: Extra inputs"),
        (TEXT.replace("key: large", "key: Large one"), "large.yaml, key: String should match"),
        (TEXT + "shared: maybe", "large.yaml, shared: Input should be a valid boolean"),
        ("- a", "large.yaml, document"),
    ],
)
def test_what_is_no_segment_is_refused_with_file_place_and_reason(text: str, said: str) -> None:
    with pytest.raises(BadSegment, match=said):
        document.read(text, origin="large.yaml")


def test_the_document_of_every_shipped_segment_is_what_was_shipped(db: None) -> None:
    services.ensure_segments()
    stored = {segment.key: selectors.document_of(segment) for segment in Segment.objects.all()}
    assert stored == services.shipped()
    for one in stored.values():
        assert one.description
        assert document.check(one.model_dump(), origin=one.key) == one
