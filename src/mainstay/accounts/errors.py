"""Errors of accounts."""

from collections.abc import Collection

from mainstay.common.errors import Invalid


class UnknownAccounts(Invalid):
    """Rows name accounts that do not exist; nothing was written."""

    code = "unknown_account"

    def __init__(self, keys: Collection[str]) -> None:
        named = ", ".join(f"'{key}'" for key in sorted(keys)[:3])
        more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
        super().__init__(
            f"No account has the key {named}{more}; import accounts first, or let the import make them.",
            details={"keys": sorted(keys)[:100]},
        )
