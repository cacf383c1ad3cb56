"""What may be sent to contacts, as a document: categories, caps, quiet hours, working days, sending domains. Pure."""

from datetime import time
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from mainstay.common import yaml_text
from mainstay.common.calendars import countries, time_zones
from mainstay.common.errors import Invalid

type Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


type LinkName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class BadPolicy(Invalid):
    """The document cannot be used. `details`: the `field` and the `reason`."""

    code = "bad_message_policy"


class Category(BaseModel):
    """What a message is about, as contacts choose it. A service message is no marketing and cannot be declined."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30, description="Short and stable.")]
    name: str = Field(min_length=1, max_length=60, description="As contacts read it.")
    description: str = Field(default="", max_length=300, description="What comes in it, as contacts read it.")
    service: bool = Field(default=False, strict=True, description="Needed to serve the customer; not to be declined.")
    consent: Literal["opt_out", "opt_in"] = Field(
        default="opt_out", description="opt_in: only to who asked for it. opt_out: to all who did not decline."
    )
    most: int | None = Field(default=None, ge=1, le=100, description="Messages a person gets within `days`; none: any.")
    days: int = Field(default=7, ge=1, le=365, description="The window of `most`, in days.")
    quiet: bool = Field(default=True, strict=True, description="Waits for working days and the end of quiet hours.")

    @model_validator(mode="after")
    def _service_needs_no_consent(self) -> "Category":
        if self.service and self.consent == "opt_in":
            raise ValueError("a service category cannot ask for consent: it is not to be declined")
        return self


class Policy(BaseModel):
    """All of it. Times are those of the recipient: the contact's zone, else the account's, else `time_zone`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    key: Literal["messages"] = Field(default="messages", description="There is one policy.")
    time_zone: str = Field(default="UTC", description="Of recipients whose own is not known.")
    country: str = Field(default="", description="Whose holidays count where the account's is not known (ISO 3166).")
    quiet_from: time = Field(default=time(19), description="Quiet hours begin.")
    quiet_until: time = Field(default=time(8), description="Quiet hours end; equal to `quiet_from`: there are none.")
    working_days: tuple[Weekday, ...] = Field(default=WEEKDAYS[:5], min_length=1)
    holidays: bool = Field(default=True, strict=True, description="Public holidays are no working days.")
    most: int | None = Field(default=4, ge=1, le=100, description="Messages of all categories but service in `days`.")
    days: int = Field(default=7, ge=1, le=365, description="The window of `most`, in days.")
    sending_domains: tuple[str, ...] = Field(default=(), description="Domains we write from; none: that of the sender.")
    track_opens: bool = Field(default=False, strict=True, description="A picture in the mail tells that it was opened.")
    track_clicks: bool = Field(default=False, strict=True, description="Links lead over Mainstay and are counted.")
    company: str = Field(default="", max_length=100, description="Who writes, at the foot of each mail.")
    postal_address: str = Field(default="", max_length=300, description="At the foot; the law of many countries asks.")
    accent: Annotated[str, Field(pattern=r"^(#[0-9a-fA-F]{6})?$")] = Field(
        default="", description="The colour of buttons in mails, as #2f55c8; none: Mainstay's."
    )
    links: dict[LinkName, str] = Field(
        default_factory=dict, description="Addresses that texts name as links.<name>: upgrade, billing, webinar…"
    )
    categories: tuple[Category, ...] = Field(min_length=1)

    @field_validator("links")
    @classmethod
    def _links_are_absolute(cls, values: dict[str, str]) -> dict[str, str]:
        for name, url in values.items():
            parts = urlsplit(url)
            if parts.scheme not in ("https", "http") or not parts.hostname or url.split() != [url]:
                raise ValueError(f"the link '{name}' is '{url}', which leads nowhere; write it with https://")
        return values

    @field_validator("quiet_from", "quiet_until", mode="before")
    @classmethod
    def _clock_times_without_quotes(cls, value: Any) -> Any:
        """YAML reads 20:30 without quotes as the number 1230: minutes, which would be taken for seconds."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
            return time(value // 60, value % 60)
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        if value not in time_zones():
            raise ValueError(f"'{value}' is no time zone; use one like Europe/Berlin")
        return value

    @field_validator("country")
    @classmethod
    def _country_is_known(cls, value: str) -> str:
        if value and value not in countries():
            raise ValueError(f"'{value}' is no country whose holidays are known; use an ISO 3166 code such as DE")
        return value

    @field_validator("sending_domains")
    @classmethod
    def _domains_are_plain(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if "@" in value or "." not in value or value != value.strip():
                raise ValueError(f"'{value}' is no domain; use one like news.example.com")
        return tuple(value.lower() for value in values)

    @model_validator(mode="after")
    def _keys_are_distinct(self) -> "Policy":
        keys = [one.key for one in self.categories]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"the category '{twice[0]}' is declared twice")
        if not any(one.service for one in self.categories):
            raise ValueError("one category must be of service: what a customer needs cannot be declined")
        return self

    def category(self, key: str) -> Category | None:
        """The category of this key; None when there is none."""
        return next((one for one in self.categories if one.key == key), None)

    @property
    def longest_window_days(self) -> int:
        """How far back what was sent matters, in days."""
        return max(self.days, *(one.days for one in self.categories))


SHIPPED = Policy(
    categories=(
        Category(
            key="service",
            name="Your account",
            description="What you need to use the product: limits, payments, incidents, changes to your contract.",
            service=True,
        ),
        Category(
            key="onboarding",
            name="Getting started",
            description="The steps of the first weeks, and training.",
            most=3,
        ),
        Category(
            key="success",
            name="Reviews and advice",
            description="What you reached with the product, and what would help you to get more out of it.",
            most=2,
        ),
        Category(key="product_news", name="Product news", description="New features, webinars and events.", most=1),
        Category(key="research", name="Surveys", description="Questions about what you think of us.", most=1, days=30),
        Category(
            key="advocacy",
            name="Invitations",
            description="To tell of your work with us: references, reviews, our advisory board.",
            most=1,
            days=90,
        ),
    )
)


def read(text: str, *, origin: str) -> Policy:
    """Parse and check YAML; `origin` names it in errors, with the place. Raises NotYaml, BadPolicy."""
    source = yaml_text.read(text, origin=origin)
    try:
        return Policy.model_validate(source.content)
    except ValidationError as error:
        first = error.errors()[0]
        line, column = source.place(tuple(first["loc"]))
        raise _bad(first, f"{origin}, line {line}, column {column}") from error


def check(content: Any, *, origin: str) -> Policy:
    """Check what JSON or a form gave. Raises BadPolicy."""
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        raise _bad(error.errors()[0], origin) from error


def _bad(first: Any, place: str) -> BadPolicy:
    field = ", ".join(str(step) for step in first["loc"]) or "document"
    reason = first["msg"].removeprefix("Value error, ")
    return BadPolicy(
        f"{place}: {field}: {reason}. Correct it and save it again.", details={"field": field, "reason": reason}
    )
