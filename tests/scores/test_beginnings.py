"""Templates: each is built from the metrics there are, the right way round, and says what it is for."""

from datetime import UTC, datetime

import pytest

from mainstay.metrics.registry import Direction, all_metrics
from mainstay.scores import document
from mainstay.scores.beginnings import TEMPLATES, Template, template, templates
from mainstay.scores.publishing import ensure_scorecards
from mainstay.scores.scoring import score
from mainstay.scores.sentences import sentence
from tests.builders import Cast
from tests.scores.cards import TECHCORP


def test_there_is_one_for_every_way_of_looking_at_customers() -> None:
    weights = {one.document.key: [part.weight for part in one.document.dimensions] for one in templates()}
    assert weights == {
        "standard": [40, 25, 15, 15, 5],
        "enterprise": [40, 25, 20, 15],
        "by_contract_value": [45, 30, 25],
        "customer_health_index": [40, 20, 20, 20],
        "high_touch": [35, 20, 25, 20],
        "self_serve": [30, 45, 15, 10],
        "support_tool": [25, 30, 20, 25],
    }


@pytest.mark.parametrize("one", templates(), ids=lambda one: one.document.key)
def test_each_is_about_something_and_scores(one: Template) -> None:
    assert one.about.endswith(".")
    built = document.build(one.document, version=1, metrics=all_metrics())
    for measure in built.measures:
        direction = all_metrics()[measure.metric].direction
        assert direction is Direction.NONE or str(direction) == measure.direction, measure.metric
    assert sentence(score(built, TECHCORP))


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_template_is_called_like_its_file(path: document.Path) -> None:
    found = template(path.stem)
    assert found is not None
    assert found.document.key == path.stem


def test_none_of_the_templates_is_in_force(cast: Cast) -> None:
    assert ensure_scorecards(datetime(2026, 11, 22, tzinfo=UTC)) == 2
