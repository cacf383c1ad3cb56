"""Config as code in the browser: take everything as files, look at what files would change, apply exactly that."""

import io
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from mainstay.common.errors import MainstayError
from mainstay.common.time import utc_now
from mainstay.declared import services
from mainstay.declared.errors import BadFile
from mainstay.declared.kind import Action
from mainstay.declared.kinds import kinds
from mainstay.declared.reporting import report
from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.web.formats import plural
from mainstay.web.http import needs_role, toast, user_of
from mainstay.web.settings.sections import page

# Generous for what people write, small enough for a page: the API and the command line take more.
MOST_BYTES = 5 * 2**20
MOST_FILES = 2_000
_SESSION = "config-files"


class ManyFiles(forms.FileField):
    """Any number of files at once."""

    def __init__(self, **options: Any) -> None:
        class Input(forms.ClearableFileInput):
            allow_multiple_selected = True

        super().__init__(widget=Input(attrs={"multiple": True, "accept": ".zip,.yaml,.yml"}), **options)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """All of them."""
        found = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFiles, self).clean(one, initial) for one in found]


class UploadForm(forms.Form):
    """Files to be planned."""

    chosen = ManyFiles(
        label="Files",
        help_text="The zip file of a whole directory, as it was exported; or single YAML files: their kind is told by "
        "the folder in the zip, so single files need the kind below. What came from files and is not in a zip file is "
        "removed; single files remove nothing.",
    )
    kind = forms.ChoiceField(
        required=False,
        label="Kind of single files",
        choices=lambda: [("", "In the zip file"), *((kind.name, kind.label) for kind in kinds().values())],
    )


@require_GET
@needs_role(Role.ADMINISTRATOR)
def files(request: HttpRequest) -> HttpResponse:
    """What is declared, to be taken; a form for what is to be applied."""
    return _page(request, UploadForm())


@require_GET
@needs_role(Role.ADMINISTRATOR)
def download(request: HttpRequest) -> HttpResponse:
    """Everything that is declared, as a zip file."""
    texts = services.export_texts()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in texts.items():
            archive.writestr(path, text)
    record_audit(user_of(request), "config.exported", "config", files=len(texts))
    answer = HttpResponse(packed.getvalue(), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="mainstay-config-{utc_now():%Y-%m-%d}.zip"'
    return answer


@require_POST
@needs_role(Role.ADMINISTRATOR)
def plan(request: HttpRequest) -> HttpResponse:
    """What the files would change; nothing is changed."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        texts = _texts(form.cleaned_data["chosen"], form.cleaned_data["kind"])
        is_whole = any(str(one.name).endswith(".zip") for one in form.cleaned_data["chosen"])
        made = report(services.make_plan(texts, now=utc_now(), is_whole=is_whole))
    except MainstayError as error:
        form.add_error("chosen", error.message)
        return _page(request, form, status=422)
    request.session[_SESSION] = {"texts": texts, "digest": made.digest, "is_whole": is_whole}
    context = {"plan": made, "removed": made.count(Action.REMOVE), "is_whole": is_whole, "title": "Plan"}
    return page(request, "config-plan", "settings-config", context)


@require_POST
@needs_role(Role.ADMINISTRATOR)
def apply(request: HttpRequest) -> HttpResponse:
    """Carry out the plan that was looked at."""
    kept = request.session.get(_SESSION)
    if not kept or kept["digest"] != request.POST.get("digest"):
        toast(request, "This plan is no longer here. Choose the files again.", kind="error")
        return redirect("settings-config")
    made = services.apply(
        kept["texts"],
        by=user_of(request),
        reason=request.POST.get("reason", "").strip() or "Applied from files.",
        now=utc_now(),
        expected=kept["digest"],
        overwrite=request.POST.get("overwrite") == "on",
        is_whole=kept.get("is_whole", True),
    )
    del request.session[_SESSION]
    toast(request, f"{plural(len(made.changes), 'change')} applied. The next refresh counts with them.")
    return redirect("settings-config")


def _page(request: HttpRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    counts = [(kind, len(kind.stored())) for kind in kinds().values()]
    context = {"form": form, "counts": counts, "action": reverse("config-plan")}
    return page(request, "config", "settings-config", context, status=status)


def _texts(uploads: Iterable[Any], kind: str) -> dict[str, str]:
    """The YAML texts by path below the directory. Raises BadFile."""
    texts: dict[str, str] = {}
    for upload in uploads:
        name = str(upload.name)
        if (upload.size or 0) > MOST_BYTES:
            raise BadFile(f"{name} has {upload.size or 0:,} bytes; at most {MOST_BYTES:,} are taken here.")
        if name.endswith(".zip"):
            texts |= _unpacked(name, upload.read())
        elif not kind:
            raise BadFile(f"{name}: say of which kind it is, or put it into its folder in a zip file.")
        else:
            texts[f"{kind}/{PurePosixPath(name).name}"] = _decoded(name, upload.read())
    return texts


def _unpacked(name: str, content: bytes) -> dict[str, str]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise BadFile(f"{name} is no zip file. Export one here to see what belongs into it.") from error
    entries = [entry for entry in archive.infolist() if _is_declared(entry.filename)]
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise BadFile(f"{name} unpacks to more than {MOST_FILES:,} files or {MOST_BYTES:,} bytes.")
    try:
        contents = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:  # RuntimeError: a password, a way to pack
        raise BadFile(f"{name} cannot be unpacked: {error}. Pack it again, without a password.") from error
    return {"/".join(PurePosixPath(path).parts[-2:]): _decoded(path, content) for path, content in contents.items()}


def _is_declared(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return len(parts) >= 2 and parts[-2] in kinds() and path.endswith((".yaml", ".yml"))


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadFile(f"{name}: this is no UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
