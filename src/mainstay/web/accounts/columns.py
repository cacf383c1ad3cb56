"""The columns of the Portfolio: where their values live, how they sort."""

from dataclasses import dataclass

# The tables of the Portfolio by a short name. All but `accounts` are joined only where a filter or the sort needs them.
ACCOUNTS, HEALTH, PROFILE, OWNER, TASKS = "accounts", "health", "profile", "owner", "tasks"

TABLES = {
    ACCOUNTS: "accounts_account",
    HEALTH: "scores_health",
    PROFILE: "metrics_profile",
    OWNER: "people_user",
    TASKS: "open_tasks",
}


@dataclass(frozen=True)
class Column:
    """A column of the table. `sql` is what it sorts by; `drops_first`: its first click sorts downwards."""

    key: str
    label: str
    table: str
    sql: str
    sort_name: str
    is_descending: bool = False
    is_number: bool = False
    is_chosen: bool = True


COLUMNS = {
    column.key: column
    for column in (
        Column("name", "Account", ACCOUNTS, "accounts_account.name", "Name"),
        Column("health", "Health, 12 weeks", HEALTH, "scores_health.score", "Lowest health first"),
        Column("change", "Since last week", HEALTH, "scores_health.change_7d", "Largest drop first"),
        Column("arr", "ARR", PROFILE, "metrics_profile.arr", "Largest ARR first", is_descending=True, is_number=True),
        Column("seats", "Seats used", PROFILE, "metrics_profile.seat_use", "Fullest first", is_descending=True),
        Column("renewal", "Renewal", PROFILE, "metrics_profile.days_to_renewal", "Next renewal first"),
        Column("stage", "Stage", ACCOUNTS, "NULLIF(accounts_account.stage, '')", "Stage"),
        Column("tier", "Tier", ACCOUNTS, "NULLIF(accounts_account.tier, '')", "Tier", is_chosen=False),
        Column(
            "nps", "NPS", PROFILE, "metrics_profile.nps_latest", "Lowest NPS first", is_number=True, is_chosen=False
        ),
        Column(
            "active",
            "Last active",
            PROFILE,
            "metrics_profile.days_since_last_activity",
            "Longest silent first",
            is_descending=True,
            is_chosen=False,
        ),
        Column("coverage", "Coverage", HEALTH, "scores_health.coverage", "Least covered first", is_chosen=False),
        Column("since", "Customer since", ACCOUNTS, "accounts_account.signed_on", "Oldest first", is_chosen=False),
        Column("owner", "Owner", OWNER, "people_user.name", "Owner"),
        Column("tasks", "Tasks", TASKS, "open_tasks.n", "Most tasks first", is_descending=True, is_number=True),
    )
}
# The name cannot be left out; the others can.
OPTIONAL = [column for column in COLUMNS.values() if column.key != "name"]
CHOSEN_AT_FIRST = frozenset(column.key for column in OPTIONAL if column.is_chosen)


@dataclass(frozen=True)
class Sort:
    """A column and a direction. In addresses: `arr`, or `-arr` downwards."""

    column: Column
    is_descending: bool

    @property
    def key(self) -> str:
        """As addresses have it."""
        return f"-{self.column.key}" if self.is_descending else self.column.key

    @property
    def label(self) -> str:
        """The sort in words."""
        is_usual = self.is_descending == self.column.is_descending
        return self.column.sort_name if is_usual else f"{self.column.label}, reversed"

    def after_click(self, column: Column) -> str:
        """The sort a click on the head of `column` leads to."""
        if column.key == self.column.key:
            return Sort(column, not self.is_descending).key
        return Sort(column, column.is_descending).key


DEFAULT_SORT = Sort(COLUMNS["change"], is_descending=False)


def parse_sort(text: str) -> Sort:
    """The sort of an address; what is not one is the default."""
    column = COLUMNS.get(text.removeprefix("-"))
    return Sort(column, text.startswith("-")) if column else DEFAULT_SORT
