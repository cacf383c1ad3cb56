"""The script in a real browser, on a page of another origin with a strict policy."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from mainstay.common.time import utc_now
from mainstay.config.refresh import refresh
from mainstay.deliveries.content import Button, Content, Item, Kind
from mainstay.deliveries.models import Delivery, Receipt
from mainstay.ingest.events import Event, open_envelope
from mainstay.ingest.inbox import open_inbox
from mainstay.playbooks import services
from mainstay.playbooks.models import Run, RunState
from tests.builders import Cast
from tests.harness import until
from tests.playbooks.plays import play, publish, wait
from tests.web.conftest import BROWSER_PATIENCE, WIDTHS, fits_at_every_width, go, profile, sign_in
from tests.web.inapp.hosting import Product, product
from tests.web.inapp.people import Customer, customer, put

pytestmark = pytest.mark.browser

TIP = Content(Kind.TOOLTIP, selector="#export")
LIST = Content(Kind.CHECKLIST, items=(Item("Create a project", "/projects", "Project Created"), Item("Look around")))


class Visitor:
    """A browser on the customer's page: what it asked Mainstay for, and what it complained about."""

    def __init__(self, page: Page, host: Product, acme: Customer) -> None:
        self.page, self.host, self.acme = page, host, acme
        self.asked: list[Request] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request) if "/in-app/" in request.url else None)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, user: str = "ann", path: str = "/", **data: str) -> None:
        """A page whose server signed this user; `data` changes what stands at the script."""
        told = {"user": user, "hash": self.acme.hash(user) if user else "", "account": "acme"}
        told = {name: value for name, value in {**told, **data}.items() if value}
        self.page.goto(f"{self.host.origin}{path}?{urlencode(told)}")
        self.page.wait_for_function("() => window.mainstay?.version")

    def call(self, name: str, *given: Any) -> None:
        """A call of the script."""
        self.page.evaluate("([name, given]) => window.mainstay[name](...given)", [name, list(given)])

    def waits(self, look: Callable[[], object]) -> None:
        """Until it holds, while the browser tells what happens in it: it does so only when it is asked something."""
        for _ in range(BROWSER_PATIENCE // 50):
            if look():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"it did not come to hold in {BROWSER_PATIENCE // 1_000} s")

    @property
    def messages(self) -> int:
        """How often messages were asked for."""
        return sum("/messages" in request.url and request.method == "GET" for request in self.asked)


@pytest.fixture
def visitor(browser: Browser, server: str, cast: Cast) -> Iterator[Visitor]:
    with product(server) as host:
        context = profile(browser)
        visitor = Visitor(context.new_page(), host, customer(cast, origin=host.origin))
        host.key = visitor.acme.key
        yield visitor
        context.close()
    assert visitor.complaints == []


def became(title: str) -> Callable[[], str]:
    return lambda: Delivery.objects.get(subject=title).became


def happened(title: str, value: str) -> None:
    """The report has arrived."""
    until(lambda: became(title)() == value, what=f"'{title}' being {value}")


def events() -> list[Event]:
    return [event for one in open_inbox().read(limit_bytes=10**6) for event in open_envelope(one).events]


def test_who_uses_the_product_and_what_happens_arrives(visitor: Visitor) -> None:
    visitor.open(traits='{"email": "ann@acme.example"}')
    visitor.call("track", "Report Exported", {"rows": 12})
    visitor.call("track", "Clicked Away")
    visitor.page.goto(f"{visitor.host.origin}/elsewhere")
    found = until(lambda: (got := events()) and any(one.event == "Clicked Away" for one in got) and got)
    # What a page could not hear the answer to is sent again by the next one: the message id makes it one event.
    found = list({one.message_id: one for one in found}.values())
    by_type = {one.type: one for one in found}
    assert by_type["identify"].traits == {"email": "ann@acme.example"}
    assert (by_type["group"].account_key, by_type["group"].user_key) == ("acme", "ann")
    (exported,) = [one for one in found if one.event == "Report Exported"]
    assert (exported.user_key, exported.account_key, exported.properties) == ("ann", "acme", {"rows": 12})
    assert {one.anonymous_id for one in found} == {exported.anonymous_id}


def test_without_a_line_events_wait_and_go_when_it_is_back(visitor: Visitor) -> None:
    visitor.open("")
    visitor.page.context.set_offline(True)
    visitor.call("track", "While Away")
    until(lambda: visitor.page.evaluate("localStorage['mainstay.queue']?.includes('While Away')"))
    visitor.page.wait_for_timeout(1_500)
    visitor.page.context.set_offline(False)
    until(lambda: any(one.event == "While Away" for one in events()))
    until(lambda: visitor.page.evaluate("localStorage['mainstay.queue'] === undefined"))
    visitor.complaints = [one for one in visitor.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


def test_a_banner_is_read_out_followed_and_over(visitor: Visitor) -> None:
    put(visitor.acme.ann, "A new planner", Content(Kind.BANNER, Button("Look", "/projects")), text="It is faster.")
    visitor.open()
    banner = visitor.page.get_by_role("region", name="A new planner")
    expect(banner).to_be_visible()
    expect(visitor.page.get_by_role("status")).to_contain_text("A new planner. It is faster.")
    assert banner.get_by_role("heading").evaluate("e => getComputedStyle(e).fontSize") == "15px"
    happened("A new planner", "shown")
    banner.get_by_role("link", name="Look").click()
    visitor.page.wait_for_url("**/projects")
    happened("A new planner", "clicked")
    visitor.open()
    visitor.page.wait_for_timeout(300)
    expect(banner).to_have_count(0)


def test_a_modal_holds_the_focus_and_gives_it_back(visitor: Visitor) -> None:
    visitor.open()
    visitor.page.get_by_label("Search").focus()
    until(lambda: visitor.page.evaluate("'mainstay.inapp' in sessionStorage"))
    put(visitor.acme.ann, "Welcome", Content(Kind.MODAL, Button("Start")), text="Three things.")
    visitor.page.evaluate("sessionStorage.removeItem('mainstay.inapp')")
    visitor.call("identify", "ann", {}, {"hash": visitor.acme.hash("ann")})
    dialog = visitor.page.get_by_role("dialog", name="Welcome")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Start")).to_be_focused()
    for _ in range(4):
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate("document.activeElement.localName") in ("mainstay-messages", "body")
    visitor.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(visitor.page.get_by_label("Search")).to_be_focused()
    happened("Welcome", "dismissed")


def test_a_tooltip_waits_for_its_element_and_points_at_it(visitor: Visitor) -> None:
    put(visitor.acme.ann, "Export it", Content(Kind.TOOLTIP, selector="#later"))
    visitor.open()
    tip = visitor.page.get_by_role("region", name="Export it")
    visitor.page.wait_for_timeout(300)
    expect(tip).to_have_count(0)
    assert Delivery.objects.get().became == ""
    add = "const b = document.createElement('button'); b.id = 'later'; b.textContent = 'Later'; document.body.append(b)"
    visitor.page.evaluate(add)
    expect(tip).to_be_visible()
    visitor.page.evaluate("setInterval(() => document.body.setAttribute('data-now', performance.now()), 20)")
    box, target = tip.bounding_box(), visitor.page.locator("#later").bounding_box()
    assert box
    assert target
    assert box["y"] + box["height"] <= target["y"] or box["y"] >= target["y"] + target["height"]
    happened("Export it", "shown")
    tip.get_by_role("button", name="Close").click()
    happened("Export it", "dismissed")


def test_one_new_tooltip_is_shown_a_look(visitor: Visitor) -> None:
    put(visitor.acme.ann, "First", TIP)
    put(visitor.acme.ann, "Second", TIP)
    visitor.open()
    expect(visitor.page.get_by_role("region", name="First")).to_be_visible()
    expect(visitor.page.get_by_role("region", name="Second")).to_have_count(0)


def test_a_checklist_is_ticked_by_hand_and_by_what_is_tracked(visitor: Visitor) -> None:
    put(visitor.acme.ann, "Get started", LIST)
    visitor.open()
    card = visitor.page.get_by_role("region", name="Get started")
    expect(card).to_contain_text("0/2")
    card.get_by_role("checkbox", name="Look around").click()
    expect(card).to_contain_text("1/2")
    visitor.open(path="/projects")
    expect(card).to_contain_text("1/2")
    visitor.call("track", "project created")
    expect(card).to_contain_text("2/2")
    happened("Get started", "completed")
    visitor.open()
    visitor.page.wait_for_timeout(300)
    expect(card).to_have_count(0)
    assert Receipt.objects.filter(kind="In-App Checklist Completed").count() == 1


def test_what_was_closed_stays_closed_though_the_report_was_lost(visitor: Visitor) -> None:
    put(visitor.acme.ann, "Hello")
    visitor.open()
    banner = visitor.page.get_by_role("region", name="Hello")
    visitor.page.route("**/in-app/v1/reports", lambda route: route.abort())
    banner.get_by_role("button", name="Close").click()
    visitor.page.wait_for_timeout(300)
    visitor.page.unroute("**/in-app/v1/reports")
    visitor.page.evaluate("sessionStorage.clear()")
    visitor.open()
    happened("Hello", "dismissed")
    expect(banner).to_have_count(0)
    visitor.complaints = [one for one in visitor.complaints if "ERR_FAILED" not in one]


def test_nothing_is_fetched_without_a_hash_or_before_it_is_time(visitor: Visitor) -> None:
    visitor.open(hash="")
    visitor.call("track", "Something")
    visitor.page.wait_for_timeout(300)
    assert visitor.asked == []
    visitor.open()
    visitor.waits(lambda: visitor.messages == 1)
    for path in ("/projects", "/", "/projects"):
        visitor.open(path=path)
    visitor.page.wait_for_timeout(300)
    assert visitor.messages == 1


def test_a_wrong_hash_sees_nothing_and_the_page_goes_on(visitor: Visitor) -> None:
    put(visitor.acme.ann, "Hello")
    visitor.open(hash=visitor.acme.hash("bea"))
    visitor.waits(lambda: any("hash is not that of this user id" in one for one in visitor.complaints))
    expect(visitor.page.get_by_role("region", name="Hello")).to_have_count(0)
    visitor.open(hash=visitor.acme.hash("bea"))
    visitor.page.wait_for_timeout(300)
    assert visitor.messages == 1
    visitor.complaints = [one for one in visitor.complaints if not re.search("hash is not|status of 403", one)]


def test_the_messages_of_another_are_never_served(visitor: Visitor) -> None:
    put(visitor.acme.ann, "For Ann")
    put(visitor.acme.bea, "For Bea")
    visitor.open("ann")
    expect(visitor.page.get_by_role("region", name="For Ann")).to_be_visible()
    visitor.open("bea")
    expect(visitor.page.get_by_role("region", name="For Bea")).to_be_visible()
    expect(visitor.page.get_by_role("region", name="For Ann")).to_have_count(0)
    visitor.call("reset")
    expect(visitor.page.get_by_role("region", name="For Bea")).to_have_count(0)
    assert not visitor.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])").count("For ")


def test_a_site_that_is_not_listed_gets_nothing(visitor: Visitor, cast: Cast) -> None:
    put(visitor.acme.ann, "Hello")
    visitor.host.origin = visitor.host.origin.replace("localhost", "127.0.0.1")
    visitor.open()
    visitor.waits(lambda: any("is this site listed" in one for one in visitor.complaints))
    expect(visitor.page.get_by_role("region", name="Hello")).to_have_count(0)
    visitor.complaints = []


def test_a_page_may_take_a_click_over_and_add_a_kind(visitor: Visitor) -> None:
    put(visitor.acme.ann, "News", Content(Kind.ANNOUNCEMENT, Button("Read", "/news")))
    visitor.open()
    visitor.page.evaluate("document.addEventListener('mainstay:clicked', (e) => e.preventDefault())")
    visitor.page.get_by_role("link", name="Read").click()
    happened("News", "clicked")
    assert visitor.page.evaluate("location.pathname") == "/"
    visitor.page.evaluate("""() => {
        mainstay.extend("survey", (message, tools) => tools.make("div", {id: "mine"}, message.title));
        mainstay.preview({kind: "survey", title: "How was it?"});
    }""")
    expect(visitor.page.locator("#mine")).to_have_text("How was it?")


def test_a_page_that_never_stands_still_or_exchanges_its_body_keeps_its_messages(visitor: Visitor) -> None:
    put(visitor.acme.ann, "Hello")
    put(visitor.acme.ann, "Export it", Content(Kind.TOOLTIP, selector="#later"))
    visitor.open()
    expect(visitor.page.get_by_role("region", name="Hello")).to_be_visible()
    visitor.page.evaluate("""() => {
        setInterval(() => document.body.setAttribute("data-now", performance.now()), 20);
        const body = document.createElement("body"), button = document.createElement("button");
        button.id = "later";
        body.append(button);
        document.body.replaceWith(body);
        setInterval(() => body.setAttribute("data-now", performance.now()), 20);
    }""")
    expect(visitor.page.get_by_role("region", name="Hello")).to_be_visible()


def test_what_goes_wrong_in_it_stays_in_it(visitor: Visitor) -> None:
    visitor.open()
    visitor.page.evaluate("""() => {
        mainstay.track({}); mainstay.group(); mainstay.push(["nothing"]); mainstay.push();
        mainstay.preview({kind: "tooltip", title: "x", selector: "<<<"}); mainstay.preview({kind: "unknown"});
        mainstay.preview({kind: "banner", title: "x", button: {label: "Go", link: "javascript:alert(1)"}});
        const round = {}; round.round = round; mainstay.track("Round", round);
    }""")
    link = visitor.page.locator("mainstay-messages a", has_text="Go")
    expect(link).to_have_count(1)
    assert link.get_attribute("href") is None
    visitor.page.evaluate("""() => {
        mainstay.preview({kind: "banner", title: "x", button: {label: "Broken", link: "https://["}});
    }""")
    expect(visitor.page.locator("mainstay-messages a", has_text="Broken")).to_have_count(1)
    assert not [one for one in visitor.complaints if one.startswith("script:")]
    visitor.complaints = [one for one in visitor.complaints if not one.startswith("mainstay:")]


def test_a_play_goes_on_when_its_message_is_clicked_in_the_browser(visitor: Visitor, cast: Cast) -> None:
    step = {
        "id": "tell",
        "type": "in_app",
        "with": {
            "kind": "modal", "title": "Hello {{ contact.name }}", "category": "service",
            "button": {"label": "Show me", "link": "/projects"},
        },
    }  # fmt: skip
    heard = wait("heard", event=["In-App Message Clicked"], time_out={"days": 9})
    publish(play(step, heard, subject={"contacts": {}}, entry={"by": "hand"}), now=utc_now())
    services.start_by_hand("play", [cast.acme], token="once", by=cast.mary, now=utc_now())
    refresh(utc_now())
    run = Run.objects.get(contact=visitor.acme.ann)
    assert (run.position, run.state) == ("heard", RunState.ACTIVE)
    visitor.open()
    visitor.page.get_by_role("dialog", name="Hello Ann").get_by_role("link", name="Show me").click()
    happened("Hello Ann", "clicked")
    for _ in range(2):  # the receipt becomes an event in one round and is heard in the next
        refresh(utc_now())
    run.refresh_from_db()
    assert (run.state, run.outcomes) == (RunState.DONE, {"heard": "happened"})
    assert Run.objects.get(contact=visitor.acme.bea).state == RunState.ACTIVE


def test_an_administrator_sets_it_up_and_looks_at_each_kind(page: Page, cast: Cast) -> None:
    sign_in(page, cast.ada)
    go(page, "/settings/in-app/")
    page.get_by_role("textbox", name="Sites").fill("https://app.acme.example\nacme")
    page.get_by_role("button", name="Save sites").click()
    expect(page.get_by_text("'acme' is no site")).to_be_visible()
    page.get_by_role("textbox", name="Sites").fill("https://app.acme.example")
    page.get_by_role("button", name="Save sites").click()
    expect(page.get_by_text("Sites saved.")).to_be_visible()
    page.get_by_role("link", name="Make secret").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make secret").click()
    expect(dialog.locator("#secret")).to_contain_text("mi_")
    dialog.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_role("link", name="Make a new one")).to_be_visible()
    assert fits_at_every_width(page) == dict.fromkeys(WIDTHS, True)
    page.get_by_role("link", name="Preview").click()
    stage = page.frame_locator("iframe.stage")
    expect(stage.get_by_role("region", name="The new planner is here")).to_be_visible()
    page.get_by_role("link", name="Checklist").click()
    checklist = stage.get_by_role("region", name="Your first week")
    checklist.get_by_role("checkbox", name="Look around").click()
    expect(checklist).to_contain_text("2/4")
    checklist.get_by_role("button", name="Close").click()
    expect(checklist).to_contain_text("1/4")
    assert fits_at_every_width(page) == dict.fromkeys(WIDTHS, True)
