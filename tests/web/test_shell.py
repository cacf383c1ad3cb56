"""What all pages share: navigation, jump box, errors, toasts, headers, and the weight of what is sent."""

import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, RequestFactory
from django.urls import reverse

from mainstay.people.models import User
from mainstay.playbooks.steps import step_types
from mainstay.web import undo
from mainstay.web.http import is_htmx
from mainstay.web.nav import DAILY, OPERATIONS, WORKSPACE
from mainstay.web.settings.sections import SECTIONS
from tests import builders
from tests.builders import Cast

type AsUser = Callable[[User], Client]
STATIC = Path(str(finders.find("mainstay/mainstay.css"))).parent


def test_a_page_is_sent_with_a_strict_policy(as_user: AsUser, cast: Cast) -> None:
    answer = as_user(cast.alice).get(reverse("portfolio"))
    assert answer["Content-Security-Policy"] == (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
    page = answer.content.decode()
    assert re.findall(r"<script(?![^>]*src=)|style=|data:image|https?://(?!www\.w3\.org)", page) == []


def test_static_files_carry_their_version(as_user: AsUser, cast: Cast) -> None:
    page = as_user(cast.alice).get(reverse("portfolio")).content.decode()
    assert re.search(r"mainstay\.css\?v=[0-9a-f]{8}", page)
    assert re.search(r"icons\.svg\?v=[0-9a-f]{8}#home", page)


@pytest.mark.parametrize("path", sorted([*STATIC.glob("*.css"), *STATIC.glob("*.js")]), ids=lambda path: path.name)
def test_what_a_page_loads_stays_small(path: Path) -> None:
    limits = {"mainstay.css": 14, ".css": 4, ".js": 4}
    kilobytes = limits.get(path.name, limits[path.suffix])
    assert len(gzip.compress(path.read_bytes())) <= kilobytes * 1024


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    sprite = (STATIC / "icons.svg").read_text()
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    web = STATIC.parents[1]
    used = set()
    for path in web.rglob("*.html"):
        used |= set(re.findall(r'\{% icon "([^"]+)"', path.read_text()))
        used |= set(re.findall(r'with icon="([^"]+)"', path.read_text()))
    used |= {page.icon for page in (*DAILY, *OPERATIONS, *(page for _, page in WORKSPACE))}
    used |= {section.icon for section in SECTIONS}
    used |= {step.icon for step in step_types().values()}
    assert used - known == set()


def test_vendored_files_are_the_ones_on_record() -> None:
    record = (Path(__file__).parents[2] / "docs/contributing/vendored.md").read_text()
    for name in ("icons.svg", "inter-latin.woff2", "vendor/sortable.js"):
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() in record


def test_counts_stand_beside_the_pages(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.alice)
    client.post(reverse("portfolio-task", args=["acme"]), {"title": "Call"})
    assert re.search(r'Tasks<span class="n">1</span>', client.get(reverse("profile")).content.decode())


def test_the_jump_box_finds_names_words_and_keys(as_user: AsUser, cast: Cast) -> None:
    builders.account("North Globex")
    client = as_user(cast.bob)
    found = client.get(reverse("jump"), {"q": "glo"}).context["accounts"]
    assert [place.label for place in found] == ["Globex", "North Globex"]
    assert [place.label for place in client.get(reverse("jump"), {"q": "portf"}).context["pages"]] == ["Portfolio"]
    assert [place.label for place in as_user(cast.alice).get(reverse("jump")).context["accounts"]] == ["Acme", "Globex"]


def test_the_jump_box_leads_nobody_where_she_may_not_go(as_user: AsUser, cast: Cast) -> None:
    for user, found in ((cast.ada, True), (cast.mary, False), (cast.vera, False)):
        pages = as_user(user).get(reverse("jump"), {"q": "settings"}).context["pages"]
        assert bool(pages) is found


def test_an_error_of_ours_is_a_page_with_its_message(as_user: AsUser, cast: Cast) -> None:
    answer = as_user(cast.alice).get(reverse("account-edit", args=["nobody"]))
    assert answer.status_code == 404
    assert "There is no account with the key &#x27;nobody&#x27;" in answer.content.decode()


def test_an_error_of_ours_in_a_part_of_the_page_is_a_toast(as_user: AsUser, cast: Cast) -> None:
    answer = as_user(cast.alice).get(reverse("account-edit", args=["nobody"]), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Reswap"]) == (404, "none")
    page = answer.content.decode()
    assert 'hx-swap-oob="beforeend"' in page
    assert "There is no account" in page
    assert "<html" not in page


def test_an_unknown_address_is_a_page_of_ours(as_user: AsUser, cast: Cast) -> None:
    answer = as_user(cast.alice).get("/nothing-here/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_a_fault_is_a_page_of_ours_without_details(
    as_user: AsUser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user(cast.alice)
    client.raise_request_exception = False

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr("mainstay.web.accounts.portfolio.rows", fail)
    answer = client.get(reverse("portfolio"))
    assert answer.status_code == 500
    assert "Mainstay made a mistake" in answer.content.decode()
    assert "secret reason" not in answer.content.decode()


def test_a_form_without_its_token_is_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse("preferences"), {"theme": "dark"}).status_code == 403


def test_two_areas_cannot_undo_the_same_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "_UNDOES", {})  # whatever areas are there already
    undo.undoes("tasks")(lambda request, payload: "")
    with pytest.raises(ValueError, match="'tasks' is undone by"):
        undo.undoes("tasks")(lambda request, payload: "")


def test_a_plain_request_is_not_htmx() -> None:
    assert not is_htmx(RequestFactory().get("/"))
