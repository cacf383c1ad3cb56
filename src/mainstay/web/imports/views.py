"""Import of files: upload, tie columns to fields, look at the first rows, import in the background."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.common.errors import MainstayError, NotFound
from mainstay.ingest.files import services
from mainstay.ingest.files.jobs import run_import
from mainstay.ingest.files.kinds import KINDS, KindSpec, kind_of
from mainstay.ingest.files.mapping import FileMapping, read_map, write_map
from mainstay.ingest.files.preview import SURVEY_ROWS, Preview, preview
from mainstay.ingest.files.survey import survey
from mainstay.ingest.models import FileImport
from mainstay.people.models import Role
from mainstay.web.http import is_htmx, needs_role, toast, user_of
from mainstay.web.imports import forms

_PAST = 50


@dataclass(frozen=True)
class ListContext:
    """The page with the upload form and the imports so far."""

    kinds: tuple[KindSpec, ...]
    chosen: str
    imports: list[FileImport]
    error: str


@dataclass(frozen=True)
class ColumnsContext:
    """The page that ties columns to fields."""

    file_import: FileImport
    kind: KindSpec
    note: str
    lines: list[forms.ColumnLine]
    missing: list[forms.MissingField]
    columns: tuple[str, ...]
    date_choices: tuple[tuple[str, str], ...]
    decimal_choices: tuple[tuple[str, str], ...]
    decimal_why: str
    account_choices: tuple[tuple[str, str], ...]
    mapping: FileMapping
    has_accounts: bool
    has_amounts: bool
    error: str


@dataclass(frozen=True)
class PreviewContext:
    """The page with the first rows."""

    file_import: FileImport
    kind: KindSpec
    preview: Preview
    ignored: list[str]


@dataclass(frozen=True)
class ImportContext:
    """The page of an import: under way, or what came of it."""

    file_import: FileImport
    kind: KindSpec
    is_under_way: bool
    unit: str
    has_failures_file: bool
    map_text: str


def _as_dict(context: Any) -> dict[str, Any]:
    return {one.name: getattr(context, one.name) for one in fields(context)}


def access_import(pk: int) -> FileImport:
    """The import with this number. Whoever may import sees all imports."""
    found = FileImport.objects.select_related("created_by").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such import; the list of imports shows those there are.")
    return found


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def imports(request: HttpRequest) -> HttpResponse:
    """Upload a file, or look at the imports so far."""
    error, kind = "", request.POST.get("kind") or request.GET.get("kind", "accounts")
    if request.method == "POST":
        try:
            return _upload(request, kind)
        except MainstayError as problem:
            error = problem.message
    past = FileImport.objects.select_related("created_by")[:_PAST]
    context = ListContext(tuple(KINDS.values()), kind, list(past), error)
    return render(request, "imports/imports.html", _as_dict(context), status=422 if error else 200)


def _upload(request: HttpRequest, kind: str) -> HttpResponse:
    upload, map_file = request.FILES.get("file"), request.FILES.get("map")
    if upload is None:
        raise NotFound("Choose a file: CSV, JSON lines or Parquet.")
    file_import = services.keep_upload(kind, upload.name or "upload", upload.chunks(), by=user_of(request))
    if map_file is None:
        return redirect("import-columns", file_import.pk)
    try:
        mapping = read_map(map_file.read().decode("utf-8", errors="replace"), kind)
        services.save_mapping(file_import, mapping, create_accounts=False)
    except MainstayError:
        services.forget(file_import)
        raise
    return redirect("import-preview", file_import.pk)


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which column is which field."""
    file_import = access_import(pk)
    if file_import.state not in ("uploaded", "failed"):
        return redirect("import", pk)
    kind, table, mapping = kind_of(file_import.kind), services.table_of(file_import), services.mapping_of(file_import)
    error = ""
    if request.method == "POST":
        try:
            mapping = forms.mapping_from(kind, mapping, table.columns, request.POST.dict())
            services.save_mapping(file_import, mapping, create_accounts="create_accounts" in request.POST)
            return redirect("import-preview", pk)
        except MainstayError as problem:
            error = forms.what_is_missing(kind, problem) or problem.message
    context = _columns_context(file_import, mapping, error)
    return render(request, "imports/columns.html", _as_dict(context), status=422 if error else 200)


def _columns_context(file_import: FileImport, mapping: FileMapping, error: str) -> ColumnsContext:
    kind, table = kind_of(file_import.kind), services.table_of(file_import)
    chunk = next(table.chunks(services.SAMPLE_ROWS), None)
    sample = chunk.columns if chunk else {name: [] for name in table.columns}
    known = mapping.model_copy(update={"extra": {}})
    is_readable = all(name in sample for name in known.used_columns())
    surveyed = survey(table, known, limit=SURVEY_ROWS) if is_readable else None
    lines = forms.column_lines(kind, mapping, sample, surveyed)
    decimal = next((one.why for one in surveyed.questions if one.kind == "decimal"), "") if surveyed else ""
    names = {spec.name for spec in kind.fields}
    return ColumnsContext(
        file_import, kind, table.note, lines, forms.missing_fields(kind, mapping, lines), table.columns,
        forms.DATE_CHOICES, forms.DECIMAL_CHOICES, decimal, forms.ACCOUNT_CHOICES, mapping,
        "account_key" in names, "amount" in names, error,
    )  # fmt: skip


@require_GET
@needs_role(Role.MANAGER)
def preview_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The first rows as they would be imported."""
    file_import = access_import(pk)
    if file_import.state not in ("uploaded", "failed"):
        return redirect("import", pk)
    table, mapping = services.table_of(file_import), services.mapping_of(file_import)
    try:
        shown = preview(table, mapping, create_accounts=file_import.create_accounts)
    except MainstayError as problem:
        toast(request, problem.message, kind="error")
        return redirect("import-columns", pk)
    ignored = [name for name in table.columns if name not in mapping.checked(table.columns).used_columns()]
    context = PreviewContext(file_import, kind_of(file_import.kind), shown, ignored)
    return render(request, "imports/preview.html", _as_dict(context))


@require_POST
@needs_role(Role.MANAGER)
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Import it, in the background."""
    file_import = access_import(pk)
    with transaction.atomic():
        if services.queue(file_import, by=user_of(request)):
            run_import.enqueue(file_import.pk)
    return redirect("import", pk)


@require_GET
@needs_role(Role.MANAGER)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """How far an import is, or what came of it. htmx asks for the part that changes."""
    file_import = access_import(pk)
    context = ImportContext(
        file_import,
        kind_of(file_import.kind),
        file_import.state in ("waiting", "running"),
        "events" if file_import.kind == "events" else "rows",
        bool(file_import.failures_path) and Path(file_import.failures_path).is_file(),
        write_map(services.mapping_of(file_import)),
    )
    template = "imports/progress.html" if is_htmx(request) else "imports/import.html"
    return render(request, template, _as_dict(context))


@require_GET
@needs_role(Role.MANAGER)
def failures(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that failed, with the reason, as CSV."""
    path = Path(access_import(pk).failures_path)
    if not path.is_file():
        raise NotFound("There are no failed rows of this import any more.")
    response = FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type="text/csv")
    return cast(HttpResponse, response)


@require_POST
@needs_role(Role.MANAGER)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that failed as an import of their own, with the same mapping."""
    made = services.import_again(access_import(pk), by=user_of(request))
    return redirect("import-preview", made.pk)


@require_POST
@needs_role(Role.MANAGER)
def whole_again(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole file as an import of its own, with the same mapping."""
    made = services.import_whole_again(access_import(pk), by=user_of(request))
    return redirect("import-preview", made.pk)


@require_POST
@needs_role(Role.MANAGER)
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw away an upload that was not imported."""
    file_import = access_import(pk)
    if file_import.state in ("uploaded", "failed"):
        services.forget(file_import)
        toast(request, f"{file_import.filename} was thrown away.")
    return redirect("imports")
