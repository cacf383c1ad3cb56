"""Declaring a metric in the browser: by fields or as YAML, seen before it is saved, refused at its place."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from mainstay.common.time import utc_now
from mainstay.facts.services import refresh_rollups
from mainstay.facts.watch.observation import observe
from mainstay.metrics.declaring import save_metric
from mainstay.metrics.models import OwnMetric, ProfileRun
from mainstay.metrics.own.reading import read
from mainstay.metrics.registry import look_again
from mainstay.people.models import User
from mainstay.scores import document as scorecards
from mainstay.scores.publishing import publish
from mainstay.web.metrics.operations import LABELS, fields_of, models
from tests.builders import Cast
from tests.facts.sending import load, track

pytestmark = pytest.mark.django_db
type AsUser = Callable[[User], Client]

FIELDS = {
    "label": "Exports", "key": "exports", "description": "How often anybody exported.", "unit": "count",
    "direction": "up", "operation": "count", "value.events": "Report Exported", "value.days": "7", "value.today": "on",
    "value.edge": "start", "value.ends_days_ago": "0", "value.empty": "0", "value.where": "", "value.properties": "",
}  # fmt: skip
YAML = "key: exports\nlabel: Exports\ndescription: How often.\nvalue: {operation: count, events: [Report Exported]}\n"


@pytest.fixture
def used(cast: Cast) -> Cast:
    """Acme exported twice yesterday."""
    now = utc_now()
    yesterday = now - timedelta(days=1)
    load(*(track("ann", "Report Exported", at=yesterday, account="acme") for _ in range(2)), received_at=now, now=now)
    refresh_rollups(now)
    return cast


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("operation", LABELS)
def test_every_operation_has_its_fields_with_their_help(operation: str) -> None:
    fields = fields_of(operation)
    assert set(models()) == set(LABELS)
    assert all(field.label for field in fields.values())
    required = {name for name, field in fields.items() if field.required}
    own = models()[operation].model_fields
    assert {
        name for name, info in own.items() if info.is_required() and name not in ("operation", "of")
    } <= required | {"of"}


def test_a_metric_is_made_by_its_fields_and_can_be_taken_back(as_user: AsUser, used: Cast) -> None:
    client = as_user(used.mary)
    assert "What it is made of" in text(client.get(reverse("metric-new")))
    page = text(client.post(reverse("metric-new"), FIELDS, follow=True))
    assert "Exports is measured from the next refresh on" in page
    row = OwnMetric.objects.get()
    assert row.document["value"] | {"days": 7, "events": ["Report Exported"]} == row.document["value"]
    assert "exports" in look_again()
    client.post("/undo/" + page.split('action="/undo/')[1].split('"')[0])
    assert OwnMetric.objects.get().removed_at is not None


def test_a_metric_is_made_of_yaml(as_user: AsUser, used: Cast) -> None:
    client = as_user(used.mary)
    client.post(f"{reverse('metric-new')}?yaml=1", {"text": YAML})
    assert OwnMetric.objects.get().key == "exports"


def test_it_is_seen_on_real_accounts_before_it_is_saved(as_user: AsUser, used: Cast) -> None:
    client = as_user(used.mary)
    shown = text(client.post(reverse("metric-preview"), {**FIELDS, "accounts": "acme, Globex"}))
    assert [part.split("</b>")[0] for part in shown.split('<td class="num"><b>')[1:]] == ["2", "0"]
    assert "2" in text(client.post(reverse("metric-preview"), {"text": YAML, "accounts": "acme"}))
    assert not OwnMetric.objects.exists()


def test_an_event_that_never_came_is_named_with_the_one_that_was_meant(as_user: AsUser, used: Cast) -> None:
    client, wrong = as_user(used.mary), {**FIELDS, "value.events": "Report Exportd", "accounts": "acme"}
    assert "has come yet" not in text(client.post(reverse("metric-preview"), wrong))
    observe()
    shown = text(client.post(reverse("metric-preview"), wrong))
    assert "No event called <b>Report Exportd</b> has come yet. Did you mean <b>Report Exported</b>?" in shown
    assert "has come yet" not in text(client.post(reverse("metric-preview"), {**FIELDS, "accounts": "acme"}))


def test_its_cost_is_measured(as_user: AsUser, used: Cast) -> None:
    assert "Each refresh reads" in text(as_user(used.mary).post(reverse("metric-cost"), FIELDS))
    refused = text(as_user(used.mary).post(reverse("metric-cost"), {**FIELDS, "value.days": "0"}))
    assert "First mend what is wrong" in refused


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"label": ""}, "id_label"),
        ({"key": "Exports!"}, "id_key"),
        ({"value.days": "5000"}, "id_value.days"),
        ({"value.where": "pages >"}, "id_value.where"),
        ({"value.properties": "pages: colour"}, "id_value.properties"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    as_user: AsUser, used: Cast, changes: dict[str, str], field: str
) -> None:
    answer = as_user(used.mary).post(reverse("metric-new"), FIELDS | changes)
    assert answer.status_code == 422
    assert f'id="{field}_error"' in text(answer)
    assert "How often anybody exported." in text(answer)


def test_a_fault_in_yaml_is_named_with_its_line(as_user: AsUser, used: Cast) -> None:
    answer = as_user(used.mary).post(f"{reverse('metric-new')}?yaml=1", {"text": YAML.replace("count", "cuont")})
    assert answer.status_code == 422
    assert "line 4" in text(answer)
    assert "did you mean `count`" in text(answer)
    assert "cuont" in text(answer)


def test_the_fields_follow_the_operation_and_keep_what_fits(as_user: AsUser, used: Cast) -> None:
    fields = text(as_user(used.mary).post(reverse("metric-fields"), FIELDS | {"operation": "median"}))
    assert 'name="value.property"' in fields
    assert "Report Exported" in fields
    change = text(as_user(used.mary).post(reverse("metric-fields"), FIELDS | {"operation": "change"}))
    assert 'name="value.of.operation"' in change
    assert 'name="value.at_least"' in change


def test_a_change_keeps_its_key_and_can_be_taken_back(as_user: AsUser, used: Cast) -> None:
    save_metric(read(YAML, origin="y"), by=used.mary, now=utc_now())
    client = as_user(used.mary)
    assert "Report Exported" in text(client.get(reverse("metric-edit", args=["exports"])))
    answer = client.post(reverse("metric-edit", args=["exports"]), FIELDS | {"key": "other", "label": "All exports"})
    assert answer.status_code == 302
    assert OwnMetric.objects.get().document["label"] == "All exports"
    page = text(client.get(reverse("metrics")))
    client.post("/undo/" + page.split('action="/undo/')[1].split('"')[0])
    assert OwnMetric.objects.get().document["label"] == "Exports"
    refused = client.post(
        f"{reverse('metric-edit', args=['exports'])}?yaml=1", {"text": YAML.replace("key: e", "key: E")}
    )
    assert refused.status_code == 422


def test_a_metric_in_use_is_not_removed_and_its_users_are_named(as_user: AsUser, used: Cast) -> None:
    save_metric(read(YAML, origin="y"), by=used.mary, now=utc_now())
    card = scorecards.check(
        {"key": "c", "name": "Card", "dimensions": [{"key": "d", "label": "D", "weight": 100,
         "measures": [{"metric": "exports", "green": 2, "yellow": 1}]}]}, origin="c",
    )  # fmt: skip
    publish(card, by=used.mary, reason="x", now=utc_now())
    client = as_user(used.mary)
    answer = client.post(reverse("metric-remove", args=["exports"]))
    assert answer.status_code == 409
    assert "Card" in text(answer)
    assert OwnMetric.objects.get().removed_at is None


def test_a_metric_that_was_just_declared_says_that_it_is_measured_soon_and_no_wrong_reason(
    as_user: AsUser, used: Cast
) -> None:
    save_metric(read(YAML, origin="y"), by=used.mary, now=utc_now())
    page = reverse("metric", args=["exports"])
    assert "It is measured with the next refresh" in text(as_user(used.mary).get(page))
    ProfileRun.objects.create(as_of=utc_now(), started_at=utc_now(), finished_at=utc_now())
    assert "It is measured with the next refresh" not in text(as_user(used.mary).get(page))


def test_its_page_shows_the_document_and_how_far_its_past_is(as_user: AsUser, used: Cast) -> None:
    save_metric(read(YAML, origin="y"), by=used.mary, now=utc_now())
    page = text(as_user(used.vera).get(reverse("metric", args=["exports"])))
    assert "operation: count" in page
    assert "Edit" not in page.split('<div class="head">')[1].split("</div></div>")[0]
    assert as_user(used.vera).get(reverse("metric-progress", args=["exports"])).status_code == 200


@pytest.mark.parametrize("name", ["metric-new", "metric-edit", "metric-remove", "metric-preview", "metric-cost"])
def test_only_managers_declare(as_user: AsUser, used: Cast, name: str) -> None:
    args = ["exports"] if name in ("metric-edit", "metric-remove") else []
    client = as_user(used.alice)
    answer = (
        client.get(reverse(name, args=args))
        if name in ("metric-new", "metric-edit")
        else client.post(reverse(name, args=args))
    )
    assert answer.status_code == 403


def test_shipped_metrics_cannot_be_edited(as_user: AsUser, used: Cast) -> None:
    assert as_user(used.mary).get(reverse("metric-edit", args=["seats"])).status_code == 404
