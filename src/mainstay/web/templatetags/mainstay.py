"""Template tags of the design system; a builtin of every template, so nothing needs to be loaded."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.template.context import RequestContext
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mainstay.people.models import User
from mainstay.signals.outcomes import Share
from mainstay.web import formats, svg
from mainstay.web.conditions import fields
from mainstay.web.conditions.scope import Scope
from mainstay.web.svg.parts import letter

register = template.Library()


def _number_filter(name: str, function: Callable[[float | None], str]) -> None:
    """A filter of numbers. Django gives an empty text for what is not there: that is None."""
    register.filter(name, lambda value: function(None if value == "" else value))


_number_filter("signed", formats.signed)
_number_filter("plain", formats.plain)
_number_filter("percent", formats.percent)
_number_filter("share", formats.share)
_number_filter("daysaway", formats.days_away)
_number_filter("age", formats.age)
register.filter("bandname", formats.band_name)
register.filter("plural", formats.plural)
register.simple_tag(svg.sparkline, name="sparkline")
register.simple_tag(svg.dimbar, name="dimbar")
register.simple_tag(svg.distribution, name="distribution")


@register.simple_tag
def icon(name: str, css: str = "i") -> SafeString:
    """A Lucide icon of the sprite, decorative."""
    return _use(css, name, static("mainstay/icons.svg"))


@register.simple_tag
def bandmark(band: str | None, css: str = "") -> SafeString:
    """The mark of a band: circle G, diamond Y, triangle R, ring ?. Always beside the number or the word."""
    sign = letter(band or "unknown")
    return _use(f"bm{f' {css}' if css else ''} band-{sign}", f"b-{sign}", static("mainstay/icons.svg"))


@lru_cache(maxsize=512)
def _use(css: str, symbol: str, sprite: str) -> SafeString:
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css, sprite, symbol)


@register.simple_tag
def meter(
    percent: float | None,
    tone: str = "n",
    width: int | str = "100%",
    height: int = 6,
    label: str = "",
    *,
    tick: float | None = None,
) -> SafeString:
    """A bar from 0 to 100, see `svg.meter`."""
    return svg.meter(percent, tone=tone, width=width, height=height, label=label, tick=tick)


@register.filter
def money(minor: int | None, currency: str = "") -> str:
    """Minor units, exact: `{{ invoice.amount_minor|money:invoice.currency }}` is `$148,000`."""
    return formats.money(minor, currency or settings.REPORTING_CURRENCY)


@register.filter
def moneyshort(minor: int | None, currency: str = "") -> str:
    """Minor units with few digits: `$148k`."""
    return formats.money_short(minor, currency or settings.REPORTING_CURRENCY)


@register.filter
def major(value: float | str | None) -> int | None:
    """Minor units of a metric in major units: `{{ arr|major|moneyshort }}`."""
    return formats.major_to_minor(None if isinstance(value, str) else value, settings.REPORTING_CURRENCY)


@register.simple_tag
def change(points: float | None) -> SafeString:
    """A change of a score: coloured from five points up, grey below."""
    value = points or 0
    css = ("up" if value > 0 else "down" if value < 0 else "flat") + (" big" if abs(value) >= 5 else "")
    return format_html('<span class="dl {}">{}</span>', css, formats.signed(points))


@register.simple_tag
def corrected(text: str) -> SafeString | str:
    """The mark of a value of the past that was corrected since, with what it was; nothing for an empty text."""
    if not text:
        return ""
    return format_html('<span class="corr" title="{0}">{1}<span class="vh">{0}</span></span>', text, icon("history"))


@register.simple_tag
def renewal(days: float | None) -> SafeString:
    """Days to renewal: 30 or less red, 90 or less bold, none a dash."""
    if days is None:
        return format_html('<span class="zero">{}</span>', formats.NOTHING)
    css = "hot" if days <= 30 else "soon" if days <= 90 else "later"
    return format_html('<span class="renew {}">{}</span>', css, formats.days_away(days))


@register.simple_tag(takes_context=True)
def ago(context: RequestContext, value: datetime | None) -> SafeString:
    """`12 min ago`, with the exact time of the user's zone for the pointer and for machines."""
    if value is None:
        return format_html('<span class="zero">{}</span>', "never")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        f"{timezone.localtime(value):%-d %b %Y, %H:%M}",
        formats.ago(value, context["now"]),
    )


@register.simple_tag(takes_context=True)
def due(context: RequestContext, value: datetime | date | None) -> SafeString:
    """A due date relative to today; red when it is over."""
    if value is None:
        return format_html('<span class="zero">{}</span>', "no date")
    now = timezone.localtime(context["now"])
    days = formats.day_distance(value, now)
    is_over = value < context["now"] if isinstance(value, datetime) else days < 0
    return format_html(
        '<time class="{}" datetime="{}">{}</time>', "due" if is_over else "", value.isoformat(), formats.days_away(days)
    )


@register.simple_tag(takes_context=True)
def dueclock(context: RequestContext, value: datetime | None, level: str) -> SafeString:
    """A due time as a clock: its level as a mark, a colour and in the words; the exact time for the pointer."""
    if value is None:
        return format_html('<span class="zero">{}</span>', "no date")
    local, now = timezone.localtime(value), timezone.localtime(context["now"])
    marks = {"late": "circle-alert", "near": "clock"}
    return format_html(
        '<time class="clock {}" datetime="{}" title="{}">{}{}</time>',
        level,
        value.isoformat(),
        f"Due {local:%a %-d %b %Y, %H:%M}",
        icon(marks[level]) if level in marks else "",
        formats.clock(value, now),
    )


@register.simple_tag
def avatar(user: User | None) -> SafeString:
    """Initials in a circle with the name for everyone; dashed for nobody."""
    if user is None:
        return format_html('<span class="av vac" aria-hidden="true">{}</span><span class="vh">{}</span>', "?", "Nobody")
    mark = '<span class="av" title="{0}" aria-hidden="true">{1}</span><span class="vh">{0}</span>'
    return format_html(mark, str(user), user.initials)


@register.simple_tag
def logo(name: str, css: str = "") -> SafeString:
    """The first letter of an account, decorative."""
    return format_html(
        '<span class="logo{}" aria-hidden="true">{}</span>', f" {css}" if css else "", name.strip()[:1].upper() or "?"
    )


@register.simple_tag
def swap(url: str) -> SafeString:
    """The attributes of a link that changes the element `#part` of the page and the address, with or without script."""
    return format_html('href="{0}" hx-get="{0}" hx-target="#part" hx-swap="innerMorph" hx-push-url="true"', url)


@register.simple_tag
def dialog(name: str, *args: object, query: str = "") -> SafeString:
    """The attributes of a link to a form: in the dialog with script, a page of its own without."""
    url = reverse(name, args=args) + (f"?{query}" if query else "")
    return format_html('href="{0}" hx-get="{0}" hx-target="#dialog" hx-swap="innerHTML"', url)


@register.simple_tag(takes_context=True)
def toasts(context: RequestContext, *, own: bool) -> list[Message]:
    """What is to be said on this page; `own`: only what this request says itself.

    What an earlier one said is for the page to come, which may be on its way: an answer to what was typed last in the
    page that is left must not take it.
    """
    storage = messages.get_messages(context["request"])
    if not own:
        return list(storage)
    queued: list[Message] = getattr(storage, "_queued_messages", [])
    said = queued.copy()
    queued.clear()
    return said


@register.simple_tag
def act(name: str, *args: object) -> SafeString:
    """The attributes of a button that sends its form to a view which asks on in the dialog."""
    url = reverse(name, args=args)
    return format_html('formaction="{0}" hx-post="{0}" hx-target="#dialog" hx-swap="innerHTML"', url)


@register.simple_tag
def post(name: str, *args: object) -> SafeString:
    """The attributes of a button that sends its form to `name` and stays on the page, with or without script."""
    url = reverse(name, args=args)
    return format_html('formaction="{0}" hx-post="{0}" hx-swap="none"', url)


@register.simple_tag
def condition_editor(name: str, text: str, scope: str = "all", **options: Any) -> SafeString:
    """The condition editor outside a Django form, see `conditions.fields.editor` for the options."""
    return fields.editor(name, text, scope=Scope(scope), **options)


@register.filter
def sharetext(share: Share) -> str:
    """`15% (10 to 22%)`: a share with its interval."""
    low, high = share.interval
    return f"{formats.percent(100 * (share.value or 0))} ({100 * low:.0f} to {100 * high:.0f}%)"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """`{{ counts|get:segment.pk }}`: the value of a mapping, None where there is none."""
    return mapping.get(key)


@register.filter
def words(values: Sequence[object]) -> str:
    """`a, b and c`."""
    texts = [str(value) for value in values]
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
