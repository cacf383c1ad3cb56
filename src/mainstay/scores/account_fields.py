"""Fields of accounts that conditions may name, and the SQL of each over the tables by their own names."""

from mainstay.conditions import Field, Type

# `owner` needs people_user joined as the account's owner.
_FIELDS = (
    (Field("key", Type.TEXT, "Key"), "accounts_account.key"),
    (Field("name", Type.TEXT, "Name"), "accounts_account.name"),
    (Field("domain", Type.TEXT, "Domain"), "accounts_account.domain"),
    (Field("industry", Type.TEXT, "Industry"), "accounts_account.industry"),
    (Field("country", Type.TEXT, "Country"), "accounts_account.country"),
    (Field("tier", Type.TEXT, "Tier"), "accounts_account.tier"),
    (Field("stage", Type.TEXT, "Stage"), "accounts_account.stage"),
    (Field("owner", Type.TEXT, "Owner's e-mail"), "people_user.email"),
    (Field("employees", Type.NUMBER, "Employees"), "accounts_account.employees"),
    (Field("signed_on", Type.DATE, "Customer since"), "accounts_account.signed_on"),
    (Field("churned_on", Type.DATE, "Churned on"), "accounts_account.churned_on"),
    (
        Field("churned", Type.BOOLEAN, "Churned"),
        "(accounts_account.churned_on IS NOT NULL OR accounts_account.stage = 'churned')",
    ),
)
FIELDS = {field.name: field for field, _ in _FIELDS}
COLUMNS = {field.name: column for field, column in _FIELDS}
FROM = "accounts_account LEFT JOIN people_user ON people_user.id = accounts_account.owner_id"
# An account that leaves on a day to come is still a customer; one marked by its stage alone is not.
HAS_CHURNED = "(accounts_account.stage = 'churned' OR COALESCE(accounts_account.churned_on <= %s, 1 = 0))"
