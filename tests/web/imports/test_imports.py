from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from mainstay.accounts.models import Account
from mainstay.common.time import utc_now
from mainstay.ingest.files import services
from mainstay.ingest.files.jobs import run_import
from mainstay.ingest.models import FileImport
from mainstay.interactions.models import Ticket
from mainstay.jobs import services as jobs
from mainstay.jobs import worker
from mainstay.jobs.models import Job
from mainstay.people.models import AuditEntry, Role, User
from tests.builders import Cast

SignIn = Callable[..., Client]
ROWS = "id,name,employees,region\na,Acme Corp,5,west\nb,Globex,many,east\n"


def upload(client: Client, kind: str, text: str | bytes, name: str = "rows.csv", **files: BytesIO) -> FileImport:
    file = BytesIO(text.encode() if isinstance(text, str) else text)
    file.name = name
    response = client.post("/import/", {"kind": kind, "file": file, **files})
    assert response.status_code == 302, response.content.decode()
    return FileImport.objects.get(pk=int(response["Location"].split("/")[2]))


def body(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def finish(file_import: FileImport) -> FileImport:
    job = Job.objects.get(task_path=run_import.module_path)
    services.run(job.arguments["args"][0], now=utc_now())
    file_import.refresh_from_db()
    return file_import


def test_a_file_goes_from_upload_to_accounts(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    made = upload(client, "accounts", ROWS)
    columns = body(client, f"/import/{made.pk}/columns/")
    assert "Read as CSV, &#x27;,&#x27; between fields, utf-8." in columns
    assert "<code>Acme Corp</code>" in columns
    response = client.post(
        f"/import/{made.pk}/columns/",
        {"column-0": "key", "column-1": "name", "column-2": "employees", "column-3": "+", "decimal": ""},
    )
    assert response["Location"] == f"/import/{made.pk}/preview/"
    preview = body(client, response["Location"])
    assert "employees: &#x27;many&#x27; is not a number" in preview
    assert "1 of these rows would fail" in preview
    assert client.post(f"/import/{made.pk}/start/")["Location"] == f"/import/{made.pk}/"
    assert "Waiting for a worker" in body(client, f"/import/{made.pk}/")
    done = finish(made)
    assert (done.state, done.rows_created, done.rows_failed) == ("done", 1, 1)
    assert Account.objects.get(key="a").attributes == {"region": "west"}
    page = body(client, f"/import/{made.pk}/")
    assert "Rows that failed" in page
    assert "attributes:" in page
    failures = client.get(f"/import/{made.pk}/failures/")
    assert b"b,Globex,many,east,employees: 'many' is not a number" in b"".join(failures.streaming_content)
    assert AuditEntry.objects.filter(action="ingest.file_imported", user=cast.mary).exists()
    assert "rows.csv" in body(client, "/import/")


def test_dates_with_two_readings_are_asked_about_on_the_page(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    made = upload(client, "tickets", "id,account,opened\n1,acme,03/04/21\n")
    assert "can be 3 April 2021 or 4 March 2021. Say how they are written." in body(
        client, f"/import/{made.pk}/columns/"
    )
    preview = body(client, f"/import/{made.pk}/preview/")
    assert "Say which" in preview
    assert f'action="/import/{made.pk}/start/"' not in preview
    answer = {"column-0": "key", "column-1": "account_key", "column-2": "opened_at", "dates-opened_at": "month first"}
    client.post(f"/import/{made.pk}/columns/", answer)
    assert "04 Mar 2021" in body(client, f"/import/{made.pk}/preview/")
    client.post(f"/import/{made.pk}/start/")
    assert finish(made).rows_created == 1
    assert Ticket.objects.get().opened_at.month == 3


def test_a_question_only_the_whole_file_raises_stops_the_job_and_can_be_answered(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    made = upload(client, "tickets", "id,account,opened\n1,acme,03/04/21\n")
    client.post(f"/import/{made.pk}/start/")
    stopped = finish(made)
    assert stopped.state == "failed"
    page = body(client, f"/import/{made.pk}/")
    assert "can be 3 April 2021 or 4 March 2021" in page
    assert f"/import/{made.pk}/columns/" in page


def test_a_field_without_a_column_gets_one_value_or_another_fields_column(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    made = upload(client, "responses", "who,answer,at\nacme,9,2024-05-01\n")
    page = body(client, f"/import/{made.pk}/columns/")
    assert 'name="constant-kind"' in page
    answer = {"column-0": "account_key", "column-1": "score", "column-2": "answered_at"}
    response = client.post(f"/import/{made.pk}/columns/", answer)
    assert response.status_code == 422
    assert "Choose the column that becomes Kind." in response.content.decode()
    response = client.post(f"/import/{made.pk}/columns/", {**answer, "constant-kind": "nps"})
    assert response.status_code == 302
    made.refresh_from_db()
    assert made.mapping["constants"] == {"kind": "nps"}
    contacts = upload(client, "contacts", "Mail,Name\npam@acme.example,Pam\n")
    assert contacts.mapping["columns"]["key"] == ["Mail"]


def test_a_map_file_can_be_uploaded_too(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    good = BytesIO(b"columns: {key: id, name: region}")
    good.name = "map.yaml"
    made = upload(client, "accounts", ROWS, map=good)
    assert made.mapping["columns"] == {"key": ["id"], "name": ["region"]}
    bad = BytesIO(b"columns: {key: nowhere}")
    bad.name = "map.yaml"
    file = BytesIO(ROWS.encode())
    file.name = "rows.csv"
    response = client.post("/import/", {"kind": "accounts", "file": file, "map": bad})
    assert response.status_code == 422
    assert "There is no column &#x27;nowhere&#x27;" in response.content.decode()
    assert FileImport.objects.count() == 1


@pytest.mark.parametrize("text", ["", "PK\x03\x04"])
def test_what_is_no_table_is_refused_and_not_kept(cast: Cast, as_user: SignIn, text: str) -> None:
    file = BytesIO(text.encode())
    file.name = "../../rows.xlsx"
    response = as_user(cast.mary).post("/import/", {"kind": "accounts", "file": file})
    assert response.status_code == 422
    assert FileImport.objects.count() == 0
    kept = Path(settings.MAINSTAY_HOME) / "imports"
    assert not kept.exists() or list(kept.iterdir()) == []


def test_a_file_name_cannot_leave_its_folder(cast: Cast) -> None:
    made = services.keep_upload("accounts", "..\\..//a b/../../evil<>.csv", [b"id\n1\n"], by=cast.mary)
    assert Path(made.path).parent == services.folder(made)
    assert made.filename == "evil_.csv"


def test_a_started_import_is_not_started_twice_nor_changed(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    made = upload(client, "accounts", "id\na\n")
    client.post(f"/import/{made.pk}/start/")
    client.post(f"/import/{made.pk}/start/")
    assert Job.objects.count() == 1
    assert client.get(f"/import/{made.pk}/columns/").status_code == 302
    finish(made)
    assert services.run(made.pk, now=utc_now()) is None


def test_progress_is_a_part_of_the_page_for_htmx(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    made = upload(client, "accounts", "id\na\n")
    FileImport.objects.filter(pk=made.pk).update(state="running", rows_total=200, rows_done=50)
    part = client.get(f"/import/{made.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert 'max="200" value="50"' in part
    assert "<html" not in part


def test_only_managers_import(cast: Cast, as_user: SignIn, visitor: Client) -> None:
    made = upload(as_user(cast.mary), "accounts", "id\na\n")
    pages = ["/import/", *(f"/import/{made.pk}/{page}" for page in ("", "columns/", "preview/", "failures/"))]
    for page in pages:
        assert as_user(cast.alice).get(page).status_code == 403
        assert as_user(cast.vera).get(page).status_code == 403
        assert visitor.get(page).status_code == 302
    assert as_user(cast.alice).post(f"/import/{made.pk}/start/").status_code == 403
    assert as_user(cast.alice).post("/import/", {"kind": "accounts"}).status_code == 403
    assert ">Import</a>" not in body(as_user(cast.alice), "/tasks/")


def test_an_upload_can_be_thrown_away_and_old_ones_go_by_themselves(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    made = upload(client, "accounts", "id\na\n")
    client.post(f"/import/{made.pk}/forget/")
    assert FileImport.objects.count() == 0
    kept = upload(client, "accounts", "id\na\n")
    assert services.prune(utc_now()) == 0
    assert services.prune(utc_now() + services.KEEP_FILES * 2) == 1
    assert not services.folder(kept).exists()
    response = client.get(f"/import/{kept.pk}/preview/")
    assert response.status_code == 422
    assert "was cleared away after 30 days" in response.content.decode()


def test_a_worker_carries_an_import_out_and_a_fault_does_not_leave_it_waiting_for_ever(
    cast: Cast, as_user: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user(cast.mary)
    first, second = upload(client, "accounts", "id\na\n"), upload(client, "accounts", "id\nb\n")
    client.post(f"/import/{first.pk}/start/")
    carry_out_next()
    assert Account.objects.filter(key="a").exists()

    def break_down(*args: object, **kwargs: object) -> None:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(services, "import_file", break_down)
    client.post(f"/import/{second.pk}/start/")
    carry_out_next()
    page = body(client, f"/import/{second.pk}/")
    assert "Mainstay failed to import it (RuntimeError)" in page
    assert "disk on fire" not in page
    assert f"/import/{second.pk}/columns/" in page


def test_rows_that_failed_can_be_tried_again_once_their_cause_is_gone(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    made = upload(client, "tickets", "id,account,opened\n1,acme,25/12/21\n2,hooli,03/04/21\n")
    client.post(f"/import/{made.pk}/start/")
    carry_out_next()
    Account.objects.create(key="hooli", name="Hooli")
    response = client.post(f"/import/{made.pk}/again/")
    assert "would fail" not in body(client, response["Location"])
    client.post(response["Location"].replace("preview", "start"))
    carry_out_next()
    again = FileImport.objects.exclude(pk=made.pk).get()
    assert (again.rows_created, again.rows_failed) == (1, 0)
    assert Ticket.objects.get(key="2").opened_at.month == 4
    assert client.post(f"/import/{again.pk}/again/").status_code == 422


def test_a_file_whose_owners_were_unknown_is_imported_again_once_they_are_users(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    made = upload(client, "accounts", "id,name,csm email\na,Acorn,nina@example.com\n")
    client.post(f"/import/{made.pk}/start/")
    carry_out_next()
    assert "Add them in Settings, Users" in body(client, f"/import/{made.pk}/")
    nina = User.objects.create(email="nina@example.com", name="Nina", role=Role.CSM)
    response = client.post(f"/import/{made.pk}/whole-again/")
    client.post(response["Location"].replace("preview", "start"))
    carry_out_next()
    assert Account.objects.get(key="a").owner == nina


def test_a_needed_field_without_a_column_is_asked_for_in_the_words_of_the_page(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.mary)
    made = upload(client, "tickets", "number,who,opened\n1,acme,2026-01-02\n")
    answer = client.post(f"/import/{made.pk}/columns/", {"column-0": "key", "column-2": "opened_at"})
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "Choose the column that becomes Account or Contact. Or give all rows the same value" in said


def carry_out_next() -> None:
    job = jobs.claim(worker="w", now=utc_now(), lease=worker.LEASE)
    assert job is not None
    worker.carry_out(job)
