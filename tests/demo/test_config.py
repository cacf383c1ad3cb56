"""What the demo company declares is a directory as anybody could keep in git."""

from datetime import UTC, datetime

import pytest

from mainstay.declared import files, services
from mainstay.declared.kinds import kinds
from mainstay.demo.services import CONFIG
from tests.builders import Cast

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_the_directory_is_applied_whole_and_exported_the_same(cast: Cast) -> None:
    texts = files.texts_of(CONFIG, kinds())
    services.apply(texts, by=cast.mary, reason="Ours.", now=NOW)
    exported = services.export_texts()
    assert set(texts) <= set(exported)
    assert services.make_plan(exported, now=NOW).changes == []


@pytest.mark.parametrize("kind", ["features", "meanings", "metrics", "segments", "signals"])
def test_it_shows_every_kind_that_a_company_would_begin_with(kind: str) -> None:
    assert list((CONFIG / kind).glob("*.yaml"))
