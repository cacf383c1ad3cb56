"""The tables that metrics are counted over, each prepared in one pass: bills, support, surveys, meetings, roles."""

from functools import cache

import ibis
from ibis.expr.types import FloatingColumn, IntegerColumn, Table

from mainstay.ingest.own import OWN
from mainstay.metrics.registry import Spoken, base
from mainstay.metrics.tables import FactTables

NPS_DAYS = 365
CSAT_DAYS = 90
TICKET_DAYS = 90
SENTIMENT_DAYS = 90


@cache
def asked(kind: str) -> Spoken:
    """Proof that a survey of this kind was ever answered."""
    return lambda tables: tables.responses.filter(tables.responses.kind == kind)


@base(sources=["billing"], spoken=lambda tables: tables.invoices, evidence="invoices")
def invoices(tables: FactTables) -> Table:
    """Invoices."""
    return tables.invoices


@base(sources=["interactions"], spoken=lambda tables: tables.interactions, evidence="contacts")
def interactions(tables: FactTables) -> Table:
    """Meetings, calls, mails, business reviews, trainings."""
    return tables.interactions


@base(sources=["support"], spoken=lambda tables: tables.tickets, evidence="tickets")
def tickets(tables: FactTables) -> Table:
    """Support tickets."""
    return tables.tickets


@base(
    sources=["support"],
    spoken=lambda tables: tables.tickets.filter(
        tables.tickets.response_hours.notnull() | tables.tickets.resolution_hours.notnull()
    ),
    evidence="ticket_times",
)
def ticket_times(tables: FactTables) -> Table:
    """The times in the middle of an account's tickets: one `response` or `resolution` in hours, or two of each.

    Of the first answers to tickets opened in the last TICKET_DAYS, and of the tickets solved in them. The mean of what
    stands in the middle is the median, which some engines only know roughly.
    """
    rows = tables.tickets
    answered = rows.filter(rows.opened_age.between(0, TICKET_DAYS), rows.response_hours.notnull())
    solved = rows.filter(rows.solved_age.between(0, TICKET_DAYS), rows.resolution_hours.notnull())
    nothing = ibis.null("float64")
    return (
        _middle(answered, answered.response_hours)
        .select("account_id", response="value", resolution=nothing)
        .union(_middle(solved, solved.resolution_hours).select("account_id", response=nothing, resolution="value"))
    )


def _middle(rows: Table, value: FloatingColumn) -> Table:
    """Of each account's rows in the order of `value` the one in the middle, or the two beside it."""
    everything = ibis.window(group_by=rows.account_id)
    numbered = rows.select(
        "account_id",
        value=value,
        place=ibis.row_number().over(ibis.window(group_by=rows.account_id, order_by=value)) + 1,
        size=rows.account_id.count().over(everything),
    )
    # Of five the third (6 = 5 + 1), of four the second and third (4 and 6 = 4 + 2).
    return numbered.filter((numbered.place * 2).between(numbered["size"], numbered["size"] + 2))


@base(
    sources=["support", "surveys"],
    spoken=lambda tables: (
        tables.tickets.filter(tables.tickets.csat.notnull())
        .select("account_id")
        .union(tables.responses.filter(tables.responses.kind == "csat").select("account_id"))
    ),
    evidence="ratings",
)
def ratings(tables: FactTables) -> Table:
    """Satisfaction ratings of the last 90 days, 1 to 5, from tickets and from surveys: `rating`."""
    rated = tables.tickets.filter(tables.tickets.csat.notnull(), tables.tickets.rated_age.between(0, CSAT_DAYS))
    answers = tables.responses.filter(tables.responses.kind == "csat", tables.responses.age.between(0, CSAT_DAYS))
    return rated.select("account_id", rating="csat").union(answers.select("account_id", rating="score"))


@base(sources=[OWN], spoken=lambda tables: tables.pulses, evidence="pulses")
def latest_pulse(tables: FactTables) -> Table:
    """The latest pulse of the account, also an expired one; several only if they were given at the same instant."""
    rows = tables.pulses
    latest = rows.mutate(latest_at=rows["at"].max().over(ibis.window(group_by=rows.account_id)))
    return latest.filter(latest["at"] == latest.latest_at)


@base(
    sources=["surveys"],
    spoken=asked("nps"),
    evidence="responses",
)
def latest_nps(tables: FactTables) -> Table:
    """The NPS answers of the account's latest instant within a year; several only if they came at the same instant."""
    rows = tables.responses.filter(tables.responses.kind == "nps", tables.responses.age.between(0, NPS_DAYS))
    latest = rows.mutate(latest_at=rows["at"].max().over(ibis.window(group_by=rows.account_id)))
    return latest.filter(latest["at"] == latest.latest_at)


@base(
    sources=["surveys"],
    spoken=asked("nps"),
    evidence="responses",
)
def nps_of_people(tables: FactTables) -> Table:
    """The latest NPS answer of each person within a year; every answer whose person is not known."""
    rows = tables.responses.filter(tables.responses.kind == "nps", tables.responses.age.between(0, NPS_DAYS))
    everybody = ibis.window(group_by=[rows.account_id, rows.contact_id])
    latest = rows.mutate(latest_at=rows["at"].max().over(everybody))
    return latest.filter((latest["at"] == latest.latest_at) | latest.contact_id.isnull())


@base(sources=["surveys"], spoken=lambda tables: tables.responses, evidence="responses")
def responses(tables: FactTables) -> Table:
    """Answers to surveys."""
    return tables.responses


@base(
    sources=["support", "interactions", "surveys"],
    spoken=lambda tables: (
        tables.tickets.filter(tables.tickets.sentiment.notnull())
        .select("account_id")
        .union(tables.interactions.filter(tables.interactions.sentiment.notnull()).select("account_id"))
        .union(tables.responses.filter(tables.responses.sentiment.notnull()).select("account_id"))
    ),
    evidence="sentiments",
)
def sentiments(tables: FactTables) -> Table:
    """What tickets, interactions and answers of the last SENTIMENT_DAYS sounded like, where their source said so.

    `sentiment`, -1 to 1, and whether it is of a ticket.
    """

    def said(rows: Table, age: IntegerColumn, *, is_ticket: bool) -> Table:
        heard = rows.filter(rows.sentiment.notnull(), age.between(0, SENTIMENT_DAYS))
        return heard.select("account_id", "sentiment", is_ticket=ibis.literal(is_ticket))

    return (
        said(tables.tickets, tables.tickets.opened_age, is_ticket=True)
        .union(said(tables.interactions, tables.interactions.age, is_ticket=False))
        .union(said(tables.responses, tables.responses.age, is_ticket=False))
    )


@base(sources=["crm"], spoken=lambda tables: tables.contact_roles, evidence="roles")
def roles(tables: FactTables) -> Table:
    """The roles contacts of the account play and played; `until_age` is null while they do."""
    return tables.contact_roles


@base(sources=["interactions", "crm"], spoken=lambda tables: tables.interactions, evidence="people_in_touch")
def people_in_touch(tables: FactTables) -> Table:
    """One row per account and person we ever met or exchanged words with: `last_age`, and whether it `is_sponsor`.

    Notes of our own are no touch. Interactions that name nobody count for nobody.
    """
    touches = tables.interactions.filter(tables.interactions.kind != "note", tables.interactions.contact_id.notnull())
    people = touches.group_by("account_id", "contact_id").aggregate(last_age=touches.age.min())
    played = tables.contact_roles
    sponsors = (
        played.filter(played.role == "executive_sponsor", played.until_age.isnull())
        .select(sponsor="contact_id")
        .distinct()
    )
    return people.left_join(sponsors, [("contact_id", "sponsor")]).select(
        "account_id", "last_age", is_sponsor=ibis._.sponsor.notnull()
    )
