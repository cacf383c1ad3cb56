"""Config as code in the browser: what is declared is taken as files; what files would do is seen before it is done."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from mainstay.facts import catalogue
from mainstay.facts.models import Feature
from mainstay.facts.services import save_feature
from mainstay.people.models import User
from tests.builders import Cast

pytestmark = pytest.mark.django_db
type AsUser = Callable[[User], Client]
REPORTS = "key: reports\nlabel: Reports\nevents: [Report Viewed]\n"


def packed(**texts: str) -> SimpleUploadedFile:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in texts.items():
            archive.writestr(f"our-config/features/{name}.yaml", text)
        archive.writestr("our-config/README.md", "not ours to read")
    return SimpleUploadedFile("config.zip", content.getvalue())


def plan(client: Client, *files: SimpleUploadedFile, kind: str = "") -> HttpResponse:
    answer: HttpResponse = client.post(reverse("config-plan"), {"chosen": files, "kind": kind})
    return answer


def apply(client: Client, answer: HttpResponse, **values: str) -> str:
    digest = answer.content.decode().split('name="digest" value="')[1].split('"')[0]
    return client.post(reverse("config-apply"), {"digest": digest, **values}, follow=True).content.decode()


def test_a_zip_file_is_planned_seen_and_applied(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    seen = plan(client, packed(reports=REPORTS))
    assert "1 new, 0 changed, 0 removed" in seen.content.decode()
    assert not Feature.objects.exists()
    assert "1 change applied" in apply(client, seen)
    assert Feature.objects.get().label == "Reports"
    assert "Nothing: 1 thing" in plan(client, packed(reports=REPORTS)).content.decode()


@pytest.mark.parametrize("fault", ["encrypted", "damaged"])
def test_a_zip_file_that_cannot_be_unpacked_is_refused_in_words(as_user: AsUser, cast: Cast, fault: str) -> None:
    content = bytearray(packed(reports=REPORTS).read())
    if fault == "encrypted":
        for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(mark) + flags] |= 1
    else:
        content[content.index(b"Report Viewed")] ^= 1
    answer = plan(as_user(cast.ada), SimpleUploadedFile("config.zip", bytes(content)))
    assert answer.status_code == 422
    assert "config.zip cannot be unpacked" in answer.content.decode()


def test_everything_is_exported_as_a_zip_file_that_changes_nothing(as_user: AsUser, cast: Cast) -> None:
    save_feature(catalogue.read(REPORTS, origin="r"), by=cast.ada)
    client = as_user(cast.ada)
    content = client.get(reverse("config-download")).content
    assert "features/reports.yaml" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert "Nothing: " in plan(client, SimpleUploadedFile("c.zip", content)).content.decode()


def test_a_single_file_needs_its_kind(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    single = SimpleUploadedFile("reports.yaml", REPORTS.encode())
    refused = plan(client, single)
    assert (refused.status_code, "say of which kind" in refused.content.decode()) == (422, True)
    single.seek(0)
    assert plan(client, single, kind="features").status_code == 200


def test_a_single_file_leaves_alone_what_came_from_other_files_and_a_zip_says_what_it_would_remove(
    as_user: AsUser, cast: Cast
) -> None:
    client = as_user(cast.ada)
    exports = REPORTS.replace("reports", "exports").replace("Reports", "Exports")
    apply(client, plan(client, packed(reports=REPORTS)))
    seen = plan(client, SimpleUploadedFile("exports.yaml", exports.encode()), kind="features")
    assert "1 new, 0 changed, 0 removed" in seen.content.decode()
    apply(client, seen)
    assert set(Feature.objects.values_list("key", flat=True)) == {"reports", "exports"}
    seen = plan(client, packed(exports=exports)).content.decode()
    assert "1 thing that came from files and is not in this zip file would be removed" in seen


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("c.zip", b"PK", "is no zip file"),
        ("reports.yaml", b"key: [", "is not YAML"),
        ("reports.yaml", b"\xff", "no UTF-8"),
        ("reports.yaml", b"key: reports", "says events"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(
    as_user: AsUser, cast: Cast, name: str, content: bytes, message: str
) -> None:
    answer = plan(as_user(cast.ada), SimpleUploadedFile(name, content), kind="features")
    assert (answer.status_code, message in answer.content.decode()) == (422, True)


def test_a_change_made_elsewhere_is_overwritten_only_when_asked(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    apply(client, plan(client, packed(reports=REPORTS)))
    save_feature(catalogue.read(REPORTS.replace("Reports", "Other"), origin="x"), by=cast.ada)
    seen = plan(client, packed(reports=REPORTS))
    assert "changed elsewhere" in seen.content.decode()
    assert "Changed elsewhere" in apply(client, seen)
    assert Feature.objects.get().label == "Other"
    apply(client, plan(client, packed(reports=REPORTS)), overwrite="on")
    assert Feature.objects.get().label == "Reports"


def test_a_plan_that_is_gone_is_not_applied(as_user: AsUser, cast: Cast) -> None:
    page = as_user(cast.ada).post(reverse("config-apply"), {"digest": "x"}, follow=True).content.decode()
    assert "no longer here" in page


@pytest.mark.parametrize("name", ["settings-config", "config-download"])
def test_only_administrators_see_it(as_user: AsUser, cast: Cast, name: str) -> None:
    assert as_user(cast.mary).get(reverse(name)).status_code == 403
    assert as_user(cast.ada).get(reverse(name)).status_code == 200
