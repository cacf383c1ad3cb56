"""What may be imported: one declaration a kind, with its fields. Page, command and docs are made from it."""

from dataclasses import dataclass
from enum import StrEnum

from mainstay.common.upsert import UNSET, Unset
from mainstay.ingest.files.errors import BadMapping, one_of


class FieldType(StrEnum):
    """How the text of a field is read."""

    TEXT = "text"
    KEY = "key"
    INTEGER = "whole number"
    NUMBER = "number"
    MONEY = "amount"
    BOOLEAN = "yes or no"
    DATE = "date"
    INSTANT = "date and time"
    CHOICE = "one of"
    PERIOD = "period"
    WORDS = "words"
    EMAIL = "e-mail address"
    DOMAIN = "domain"


@dataclass(frozen=True, kw_only=True)
class FieldSpec:
    """One field. `empty` is what an empty cell sets it to; `UNSET`: an empty cell leaves it alone.

    `synonyms` are names a column may have, compared without regard to case and punctuation. `choices` are the words
    taken (`is_open`: others too), `aliases` other words for them.
    """

    name: str
    label: str
    type: FieldType
    help: str = ""
    required: bool = False
    synonyms: tuple[str, ...] = ()
    max_length: int = 200
    minimum: int | None = None
    maximum: int = 2**31 - 1
    choices: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    is_open: bool = False
    empty: str | Unset | None = None


@dataclass(frozen=True, kw_only=True)
class KindSpec:
    """A kind of rows. `needs`: of each group at least one field must be mapped. `source`: whose freshness it feeds.

    `extra` is the name of the field that takes further columns as they are (`attributes`), empty when none does.
    """

    key: str
    label: str
    singular: str
    source: str
    help: str
    fields: tuple[FieldSpec, ...]
    needs: tuple[tuple[str, ...], ...]
    extra: str = ""

    def field(self, name: str) -> FieldSpec:
        """The field of that name; `BadMapping` names those there are."""
        for spec in self.fields:
            if spec.name == name:
                return spec
        raise BadMapping(one_of(f"field of {self.key}", name, [spec.name for spec in self.fields]))


def kind_of(key: str) -> KindSpec:
    """The kind of that name; `BadMapping` names those there are."""
    if key not in KINDS:
        raise BadMapping(one_of("kind", key, list(KINDS)))
    return KINDS[key]


_T = FieldType

_ACCOUNT_KEY = FieldSpec(
    name="account_key", label="Account", type=_T.KEY, help="key of the account", empty=UNSET,
    synonyms=("account", "account id", "company id", "customer id", "organization id", "group id", "company",
              "client id", "context.groupId", "customer", "organization", "organisation", "organisation id", "client",
              "account key", "account number"),
)  # fmt: skip
_CONTACT_KEY = FieldSpec(
    name="contact_key", label="Contact", type=_T.KEY, help="key of the contact",
    synonyms=("contact", "contact id", "user id", "person id", "requester id", "respondent id", "requester"),
)  # fmt: skip

_ACCOUNTS = KindSpec(
    key="accounts", label="Accounts", singular="account", source="crm", extra="attributes",
    help="Customer companies. Unmapped columns can be kept as attributes.",
    needs=(("key",),),
    fields=(
        FieldSpec(name="key", label="Key", type=_T.KEY, required=True,
                  help="the id the product and the CRM use for it (Segment groupId)",
                  synonyms=("id", "account id", "account key", "company id", "customer id", "organization id",
                            "organisation id", "group id", "external id", "account number")),
        FieldSpec(name="name", label="Name", type=_T.TEXT, empty=UNSET,
                  synonyms=("account name", "company", "company name", "customer", "customer name", "account",
                            "organization", "organization name", "organisation", "organisation name", "title")),
        FieldSpec(name="domain", label="Domain", type=_T.DOMAIN, empty="", help="or the address of its website",
                  synonyms=("website", "web", "url", "email domain", "company domain")),
        FieldSpec(name="industry", label="Industry", type=_T.TEXT, empty="", max_length=100,
                  synonyms=("sector", "vertical", "branch")),
        FieldSpec(name="country", label="Country", type=_T.TEXT, empty="", max_length=100,
                  synonyms=("billing country", "country code", "country name")),
        FieldSpec(name="employees", label="Employees", type=_T.INTEGER, minimum=0,
                  synonyms=("number of employees", "employee count", "headcount", "company size", "num employees")),
        FieldSpec(name="tier", label="Tier", type=_T.TEXT, empty="", max_length=50,
                  help="how it is served: enterprise, mid-market, smb",
                  synonyms=("plan tier", "segment", "customer tier", "account tier", "service tier", "size segment")),
        FieldSpec(name="stage", label="Stage", type=_T.TEXT, empty="", max_length=50,
                  help="lifecycle: onboarding, adoption, renewal, churned",
                  synonyms=("lifecycle stage", "status", "lifecycle", "account status", "phase")),
        FieldSpec(name="stage_on", label="In this stage since", type=_T.DATE, empty=UNSET, help="else since it is told",
                  synonyms=("stage since", "stage changed on", "stage date", "entered stage on", "stage start")),
        FieldSpec(name="parent_key", label="Parent account", type=_T.KEY, help="key of the parent account",
                  synonyms=("parent", "parent id", "parent account", "parent account id")),
        FieldSpec(name="owner_email", label="Owner", type=_T.TEXT, help="e-mail of a user of Mainstay", max_length=254,
                  synonyms=("owner", "csm", "csm email", "account owner", "account manager", "owner e-mail")),
        FieldSpec(name="signed_on", label="Customer since", type=_T.DATE,
                  synonyms=("signup date", "signed up", "customer since", "created", "created at", "start date",
                            "sign up date", "close date", "won on", "join date")),
        FieldSpec(name="churned_on", label="Churned on", type=_T.DATE,
                  synonyms=("churn date", "churned at", "cancelled on", "canceled on", "lost on", "end date")),
    ),
)  # fmt: skip

_STAGES = KindSpec(
    key="stages", label="Stages", singular="stage", source="crm",
    help="Which account entered which lifecycle stage when: its history. The latest becomes the stage of the account.",
    needs=(("account_key",), ("stage",), ("since",)),
    fields=(
        FieldSpec(name="key", label="Key", type=_T.KEY, empty=UNSET, help="only tells repeated rows of a file apart",
                  synonyms=("id", "change id", "history id")),
        FieldSpec(name="account_key", label="Account", type=_T.KEY, required=True, help="key of the account",
                  synonyms=_ACCOUNT_KEY.synonyms),
        FieldSpec(name="stage", label="Stage", type=_T.TEXT, required=True, max_length=50,
                  help="the stage that was entered: onboarding, adoption, renewal, churned",
                  synonyms=("lifecycle stage", "new stage", "to stage", "new value", "status", "lifecycle", "phase")),
        FieldSpec(name="since", label="Since", type=_T.DATE, required=True,
                  synonyms=("entered on", "changed on", "changed at", "from", "date", "start", "start date", "at")),
    ),
)  # fmt: skip

_MILESTONES = KindSpec(
    key="milestones", label="Milestones", singular="milestone", source="crm",
    help="Dated steps of onboarding, agreed with the customer.",
    needs=(("key",), ("account_key",), ("name",)),
    fields=(
        FieldSpec(name="key", label="Key", type=_T.KEY, required=True,
                  synonyms=("id", "milestone id", "task id", "step id")),
        FieldSpec(name="account_key", label="Account", type=_T.KEY, required=True, help="key of the account",
                  synonyms=_ACCOUNT_KEY.synonyms),
        FieldSpec(name="name", label="Name", type=_T.TEXT, required=True,
                  synonyms=("title", "milestone", "step", "task", "subject")),
        FieldSpec(name="agreed_on", label="Agreed on", type=_T.DATE, empty=UNSET,
                  help="since when it belongs to the plan; else the day of the import",
                  synonyms=("planned on", "created", "created at", "created on", "start date")),
        FieldSpec(name="due_on", label="Due on", type=_T.DATE, synonyms=("due", "due date", "deadline", "target date")),
        FieldSpec(name="reached_on", label="Reached on", type=_T.DATE, help="empty: not yet",
                  synonyms=("reached", "completed", "completed on", "completed at", "done on", "finished on")),
    ),
)  # fmt: skip

_CONTACTS = KindSpec(
    key="contacts", label="Contacts", singular="contact", source="crm", extra="attributes",
    help="People at accounts and the buying roles they play. Unmapped columns can be kept as attributes.",
    needs=(("key",),),
    fields=(
        FieldSpec(name="key", label="Key", type=_T.KEY, required=True,
                  help="the id the product uses for the person (Segment userId); the e-mail when there is none",
                  synonyms=("id", "contact id", "contact key", "user id", "person id", "external id", "lead id")),
        _ACCOUNT_KEY,
        FieldSpec(name="email", label="E-mail", type=_T.EMAIL, empty="", max_length=254,
                  synonyms=("e-mail", "email address", "mail", "contact email", "user email")),
        FieldSpec(name="name", label="Name", type=_T.TEXT, empty="",
                  synonyms=("full name", "contact name", "contact", "person", "user name", "display name")),
        FieldSpec(name="title", label="Title", type=_T.TEXT, empty="",
                  synonyms=("job title", "position", "function", "job")),
        FieldSpec(name="persona", label="Persona", type=_T.TEXT, empty="", max_length=50,
                  help="end user, administrator, executive", synonyms=("user type", "seniority")),
        FieldSpec(name="department", label="Department", type=_T.TEXT, empty="", max_length=100,
                  help="department or team at the account", synonyms=("team", "business unit", "division")),
        FieldSpec(name="roles", label="Buying roles", type=_T.WORDS, max_length=50,
                  help="all roles played now: champion, executive_sponsor, economic_buyer, detractor…",
                  synonyms=("role", "buying role", "buying roles", "contact role")),
        FieldSpec(name="roles_on", label="Roles since", type=_T.DATE, help="the day they were taken up; else today",
                  synonyms=("role since", "roles since")),
        FieldSpec(name="left_on", label="Left on", type=_T.DATE, help="the day the person left the account",
                  synonyms=("left", "departed on", "left company on")),
    ),
)  # fmt: skip

_AMOUNT_WORDS = ("amount", "price", "total", "value", "invoice amount", "amount due", "total amount", "contract value")
_CURRENCY = FieldSpec(
    name="currency", label="Currency", type=_T.TEXT, empty=UNSET, max_length=3,
    help="ISO code; else the map's `currency`, the sign beside the amount, the reporting currency",
    synonyms=("currency code", "iso currency"),
)  # fmt: skip

_SUBSCRIPTIONS = KindSpec(
    key="subscriptions", label="Subscriptions", singular="subscription", source="contracts", extra="limits",
    help="Contracts: plan, seats, price and term. Unmapped columns can be kept as limits of the plan.",
    needs=(("key",), ("account_key",), ("starts_on",)),
    fields=(
        FieldSpec(name="key", label="Key", type=_T.KEY, required=True, help="id of the contract",
                  synonyms=("id", "subscription id", "contract id", "subscription key", "subscription", "contract")),
        FieldSpec(name="account_key", label="Account", type=_T.KEY, required=True, help="key of the account",
                  synonyms=_ACCOUNT_KEY.synonyms),
        FieldSpec(name="starts_on", label="Starts on", type=_T.DATE, required=True,
                  synonyms=("start", "start date", "starts", "started on", "started at", "term start", "valid from",
                            "contract start", "begin")),
        FieldSpec(name="plan", label="Plan", type=_T.TEXT, empty="", max_length=100,
                  synonyms=("plan name", "plan tier", "product", "tier", "package", "edition")),
        FieldSpec(name="seats", label="Seats", type=_T.INTEGER, minimum=0, help="empty: not sold by seat",
                  synonyms=("licences", "licenses", "quantity", "users", "licensed seats", "seat count")),
        FieldSpec(name="amount", label="Amount of a period", type=_T.MONEY, help="price of one billing period",
                  synonyms=_AMOUNT_WORDS),
        FieldSpec(name="mrr", label="Monthly amount", type=_T.MONEY, help="instead of amount: price of a month",
                  synonyms=("mrr amount", "monthly amount", "monthly recurring revenue", "monthly price")),
        FieldSpec(name="arr", label="Yearly amount", type=_T.MONEY, help="instead of amount: price of a year",
                  synonyms=("arr amount", "annual amount", "annual recurring revenue", "acv", "annual contract value")),
        _CURRENCY,
        FieldSpec(name="period_months", label="Billing period", type=_T.PERIOD, empty=UNSET,
                  help="months, or monthly, quarterly, yearly",
                  synonyms=("billing frequency", "billing period", "billing interval", "interval", "billing cycle",
                            "frequency", "term months")),
        FieldSpec(name="ends_on", label="Ends on", type=_T.DATE, help="first day not in force; empty: goes on",
                  synonyms=("end", "end date", "ends", "ended on", "ended at", "term end", "valid to", "contract end",
                            "cancelled on", "expires on")),
        FieldSpec(name="renews_on", label="Renews on", type=_T.DATE, help="when the next decision is due",
                  synonyms=("renewal", "renewal date", "renews", "next renewal", "renews at")),
        FieldSpec(name="list_amount", label="List price of a period", type=_T.MONEY, help="before any discount",
                  synonyms=("list price", "list amount", "catalogue price", "undiscounted amount", "gross amount")),
        FieldSpec(name="discount", label="Discount", type=_T.NUMBER, minimum=0, maximum=100,
                  help="instead of list_amount: percent off the list price",
                  synonyms=("discount percent", "discount rate", "discount %", "rebate", "percent off")),
        FieldSpec(name="data_limit_gb", label="Data limit, GB", type=_T.NUMBER, minimum=0,
                  help="stored data the plan includes; empty: not limited",
                  synonyms=("data limit", "storage limit", "storage gb", "storage", "included storage", "data gb")),
        FieldSpec(name="api_call_limit", label="API calls a month", type=_T.INTEGER, minimum=0, maximum=10**15,
                  help="calls the plan includes in 30 days; empty: not limited",
                  synonyms=("api limit", "api calls", "api call quota", "api quota", "included api calls")),
        FieldSpec(name="is_trial", label="Is a trial", type=_T.BOOLEAN, empty=UNSET, synonyms=("trial",)),
        FieldSpec(name="auto_renews", label="Renews by itself", type=_T.BOOLEAN, empty=UNSET,
                  synonyms=("auto renew", "auto renew flag", "auto renewal", "autorenew")),
    ),
)  # fmt: skip

_READINGS = KindSpec(
    key="readings", label="Readings of limits", singular="reading", source="readings",
    help="How much of a limit of the plan was used as of a day: data stored, API calls of the last 30 days.",
    needs=(("account_key",), ("limit",), ("used",), ("measured_on",)),
    fields=(
        FieldSpec(name="key", label="Key", type=_T.KEY, empty=UNSET, help="else derived from what the row says",
                  synonyms=("id", "reading id", "usage id", "record id")),
        FieldSpec(name="account_key", label="Account", type=_T.KEY, required=True, help="key of the account",
                  synonyms=_ACCOUNT_KEY.synonyms),
        FieldSpec(name="limit", label="Limit", type=_T.CHOICE, required=True, max_length=30,
                  choices=("data_gb", "api_calls"), is_open=True, help="another word is kept as it is",
                  aliases=(("data", "data_gb"), ("storage", "data_gb"), ("storage_gb", "data_gb"), ("api", "api_calls"),
                           ("api_requests", "api_calls"), ("requests", "api_calls")),
                  synonyms=("metric", "meter", "kind", "type", "resource", "quota")),
        FieldSpec(name="used", label="Used", type=_T.NUMBER, required=True, minimum=0, maximum=10**15,
                  synonyms=("usage", "value", "amount", "quantity", "consumed", "reading")),
        FieldSpec(name="measured_on", label="Measured on", type=_T.DATE, required=True,
                  help="as of the end of that day",
                  synonyms=("date", "day", "on", "as of", "period end", "measured at", "timestamp")),
    ),
)  # fmt: skip

_INVOICES = KindSpec(
    key="invoices", label="Invoices", singular="invoice", source="billing",
    help="Bills and when they were paid.",
    needs=(("key",), ("account_key",), ("amount",), ("issued_on",), ("due_on",)),
    fields=(
        FieldSpec(name="key", label="Key", type=_T.KEY, required=True, help="number of the invoice",
                  synonyms=("id", "invoice id", "invoice number", "number", "invoice", "invoice no")),
        FieldSpec(name="account_key", label="Account", type=_T.KEY, required=True, help="key of the account",
                  synonyms=_ACCOUNT_KEY.synonyms),
        FieldSpec(name="amount", label="Amount", type=_T.MONEY, required=True, synonyms=_AMOUNT_WORDS),
        _CURRENCY,
        FieldSpec(name="issued_on", label="Issued on", type=_T.DATE, required=True,
                  synonyms=("issued", "issue date", "invoice date", "date", "created", "created at", "issued at")),
        FieldSpec(name="due_on", label="Due on", type=_T.DATE, required=True,
                  synonyms=("due", "due date", "payment due", "due at")),
        FieldSpec(name="paid_on", label="Paid on", type=_T.DATE, help="empty: not paid yet",
                  synonyms=("paid", "paid at", "payment date", "paid date", "settled on")),
    ),
)  # fmt: skip

_SEVERITIES = (
    ("medium", "normal"), ("med", "normal"), ("moderate", "normal"), ("standard", "normal"), ("p3", "normal"),
    ("minor", "low"), ("p4", "low"), ("p5", "low"), ("major", "high"), ("p2", "high"),
    ("critical", "urgent"), ("blocker", "urgent"), ("p1", "urgent"), ("p0", "urgent"), ("sev1", "urgent"),
    ("sev2", "high"), ("sev3", "normal"), ("sev4", "low"),
)  # fmt: skip

_MOODS = (("very_negative", "-1"), ("negative", "-0.5"), ("neutral", "0"), ("mixed", "0"), ("positive", "0.5"),
          ("very_positive", "1"))  # fmt: skip
_SENTIMENT = FieldSpec(
    name="sentiment", label="Sentiment", type=_T.NUMBER, minimum=-1, maximum=1, aliases=_MOODS,
    help="-1 (bad) to 1 (good), or negative, neutral, positive: as its source gives it; none is guessed from the text",
    synonyms=("sentiment score", "mood", "tone"),
)  # fmt: skip

_TICKETS = KindSpec(
    key="tickets", label="Tickets", singular="ticket", source="support",
    help="Support tickets with their ratings.",
    needs=(("key",), ("account_key", "contact_key"), ("opened_at",)),
    fields=(
        FieldSpec(name="key", label="Key", type=_T.KEY, required=True, help="number of the ticket",
                  synonyms=("id", "ticket id", "ticket number", "case number", "case id", "number", "ticket")),
        _ACCOUNT_KEY,
        _CONTACT_KEY,
        FieldSpec(name="subject", label="Subject", type=_T.TEXT, empty="", max_length=300,
                  synonyms=("title", "summary", "ticket subject", "topic")),
        FieldSpec(name="severity", label="Severity", type=_T.CHOICE, empty=UNSET,
                  choices=("low", "normal", "high", "urgent"), aliases=_SEVERITIES,
                  synonyms=("priority", "ticket priority", "urgency")),
        FieldSpec(name="opened_at", label="Opened at", type=_T.INSTANT, required=True,
                  synonyms=("opened", "created", "created at", "submitted at", "created date", "date opened",
                            "opened on", "submitted", "date")),
        FieldSpec(name="first_response_at", label="First answer at", type=_T.INSTANT,
                  synonyms=("first response", "first reply at", "first responded at", "first answered at")),
        FieldSpec(name="first_response_minutes", label="Minutes to first answer", type=_T.NUMBER, minimum=0,
                  help="instead of first_response_at",
                  synonyms=("first response time minutes", "first reply minutes")),
        FieldSpec(name="solved_at", label="Solved at", type=_T.INSTANT, help="empty: still open",
                  synonyms=("solved", "closed", "closed at", "resolved", "resolved at", "solved on", "closed date")),
        FieldSpec(name="csat", label="CSAT", type=_T.NUMBER, minimum=1, maximum=5, help="the customer's rating, 1 to 5",
                  synonyms=("satisfaction", "satisfaction score", "customer satisfaction rating", "rating",
                            "satisfaction rating", "csat score")),
        FieldSpec(name="rated_at", label="Rated at", type=_T.INSTANT, help="else when it was solved, else opened",
                  synonyms=("rating date", "csat date", "rated on")),
        FieldSpec(name="channel", label="Channel", type=_T.CHOICE, empty="", max_length=30, is_open=True,
                  choices=("email", "chat", "phone", "portal"), help="another word is taken as it is",
                  aliases=(("e_mail", "email"), ("mail", "email"), ("web", "portal"), ("call", "phone"),
                           ("live_chat", "chat"), ("messaging", "chat")),
                  synonyms=("source", "via", "origin", "ticket channel", "contact method")),
        FieldSpec(name="reopened_at", label="Reopened at", type=_T.INSTANT, empty=UNSET,
                  help="a reopening; those known before stay",
                  synonyms=("reopened", "last reopened at", "reopened on")),
        FieldSpec(name="reopenings", label="Reopenings", type=_T.INTEGER, minimum=0, empty=UNSET,
                  help="instead of reopened_at: how often it was; counts from when it was solved last",
                  synonyms=("reopens", "reopen count", "times reopened", "count reopens")),
        _SENTIMENT,
    ),
)  # fmt: skip

_INTERACTION_KINDS = ("meeting", "call", "email", "note", "business_review", "training", "certification")
_INTERACTIONS = KindSpec(
    key="interactions", label="Interactions", singular="interaction", source="interactions",
    help="Meetings, calls, e-mails, notes, business reviews, trainings, certifications.",
    needs=(("account_key", "contact_key"), ("kind",), ("occurred_at",)),
    fields=(
        FieldSpec(name="key", label="Key", type=_T.KEY, empty=UNSET, help="else derived from what the row says",
                  synonyms=("id", "interaction id", "activity id", "meeting id", "event id", "call id", "note id")),
        _ACCOUNT_KEY,
        _CONTACT_KEY,
        FieldSpec(name="user_email", label="Our person", type=_T.TEXT, max_length=254,
                  help="e-mail of a user of Mainstay",
                  synonyms=("user", "owner", "owner email", "csm", "host", "assigned to")),
        FieldSpec(name="kind", label="Kind", type=_T.CHOICE, required=True, max_length=30,
                  choices=_INTERACTION_KINDS, is_open=True, help="another word is taken as it is",
                  aliases=(("qbr", "business_review"), ("ebr", "business_review"), ("mbr", "business_review"),
                           ("review", "business_review"), ("e_mail", "email"), ("mail", "email"), ("phone", "call"),
                           ("phone_call", "call"), ("webinar", "training"), ("appointment", "meeting"),
                           ("certificate", "certification"), ("exam", "certification")),
                  synonyms=("type", "activity type", "interaction type", "activity")),
        FieldSpec(name="title", label="Title", type=_T.TEXT, empty=UNSET, max_length=300, help="else the kind",
                  synonyms=("subject", "summary", "topic", "name")),
        FieldSpec(name="body", label="Text", type=_T.TEXT, empty="", max_length=100_000,
                  synonyms=("notes", "note", "description", "text", "details", "comments", "content")),
        FieldSpec(name="occurred_at", label="When", type=_T.INSTANT, required=True,
                  synonyms=("date", "at", "time", "occurred on", "activity date", "start", "start time", "timestamp",
                            "meeting date", "happened at")),
        FieldSpec(name="direction", label="Direction", type=_T.CHOICE, empty="", max_length=10,
                  choices=("outbound", "inbound"),
                  aliases=(("out", "outbound"), ("in", "inbound"), ("sent", "outbound"), ("received", "inbound"))),
        FieldSpec(name="attended", label="Attended", type=_T.BOOLEAN, help="the customer came, completed it, passed it",
                  synonyms=("completed", "passed", "showed up", "present", "attendance")),
        FieldSpec(name="answered_at", label="Answered at", type=_T.INSTANT, help="when the customer answered",
                  synonyms=("answered", "replied at", "reply date")),
        _SENTIMENT,
    ),
)  # fmt: skip

_RESPONSES = KindSpec(
    key="responses", label="Survey responses", singular="response", source="surveys",
    help="Answers to NPS, CSAT and CES surveys.",
    needs=(("account_key", "contact_key"), ("kind",), ("score",), ("answered_at",)),
    fields=(
        FieldSpec(name="key", label="Key", type=_T.KEY, empty=UNSET, help="else derived from what the row says",
                  synonyms=("id", "response id", "answer id", "survey response id")),
        _ACCOUNT_KEY,
        _CONTACT_KEY,
        FieldSpec(name="kind", label="Kind", type=_T.CHOICE, required=True, choices=("nps", "csat", "ces"),
                  help="nps: 0 to 10, csat: 1 to 5, ces: 1 to 7", synonyms=("survey", "survey type", "type", "metric")),
        FieldSpec(name="score", label="Score", type=_T.NUMBER, required=True, minimum=0, maximum=10,
                  synonyms=("nps", "nps score", "csat", "csat score", "ces", "rating", "answer", "value")),
        FieldSpec(name="comment", label="Comment", type=_T.TEXT, empty="", max_length=100_000,
                  synonyms=("feedback", "feedback text", "text", "verbatim", "comments", "reason")),
        FieldSpec(name="answered_at", label="Answered at", type=_T.INSTANT, required=True,
                  synonyms=("date", "survey date", "responded at", "response date", "answered on", "submitted at",
                            "created at", "timestamp", "answer date")),
        _SENTIMENT,
    ),
)  # fmt: skip

_EVENTS = KindSpec(
    key="events", label="Events", singular="event", source="product", extra="properties",
    help="What happened in the product. Unmapped columns can be kept as properties.",
    needs=(("account_key", "user_key"), ("event",), ("occurred_at",)),
    fields=(
        FieldSpec(name="key", label="Key", type=_T.KEY, empty=UNSET,
                  help="message id of the event; else derived from what the row says",
                  synonyms=("id", "message id", "event id", "uuid", "usage id", "messageId")),
        _ACCOUNT_KEY,
        FieldSpec(name="user_key", label="User", type=_T.KEY, empty=UNSET, help="key of the contact (Segment userId)",
                  synonyms=("user", "user id", "contact", "contact id", "contact key", "person id", "distinct id")),
        FieldSpec(name="event", label="Event", type=_T.TEXT, required=True, empty=UNSET, help="name of what happened",
                  synonyms=("event name", "name", "action", "feature", "feature name", "activity", "type")),
        FieldSpec(name="occurred_at", label="When", type=_T.INSTANT, required=True,
                  synonyms=("timestamp", "time", "date", "at", "event time", "created at", "usage date", "day", "ts",
                            "original timestamp", "event date")),
        FieldSpec(name="repeat", label="Times", type=_T.INTEGER, minimum=0, maximum=10_000, empty=UNSET,
                  help="how many events the row stands for; 0: none", synonyms=()),
    ),
)  # fmt: skip

KINDS: dict[str, KindSpec] = {
    kind.key: kind
    for kind in (
        _ACCOUNTS,
        _CONTACTS,
        _SUBSCRIPTIONS,
        _TICKETS,
        _INTERACTIONS,
        _RESPONSES,
        _INVOICES,
        _STAGES,
        _MILESTONES,
        _READINGS,
        _EVENTS,
    )
}
