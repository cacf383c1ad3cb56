"""Money is an integer number of minor units and a currency."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    "BHD": 3,
    "CLP": 0,
    "ISK": 0,
    "JOD": 3,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "OMR": 3,
    "TND": 3,
    "VND": 0,
}
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def exponent(currency: str) -> int:
    """Number of decimals of the currency's major unit (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: Decimal | str | int, currency: str) -> int:
    """`to_minor("19.99", "USD")` is 1999. Halves of a minor unit round away from zero."""
    scaled = Decimal(amount).scaleb(exponent(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True)
class Money:
    """An amount in minor units of a currency."""

    minor: int
    currency: str

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        """Exact, with the symbol where there is one: `$148,000`, `€19.99`, `CHF 12.50`."""
        whole = self.major == self.major.to_integral_value()
        digits = 0 if whole else exponent(self.currency)
        sign = "−" if self.minor < 0 else ""
        return f"{sign}{_prefix(self.currency)}{abs(self.major):,.{digits}f}"

    def short(self) -> str:
        """Few digits for tables: `$148k`, `$5.79M`."""
        value, sign = abs(self.major), "−" if self.minor < 0 else ""
        for limit, suffix in ((Decimal(10**6), "M"), (Decimal(10**3), "k")):
            if value >= limit:
                scaled = value / limit
                digits = 2 if suffix == "M" and scaled < 100 else 0
                return f"{sign}{_prefix(self.currency)}{scaled:.{digits}f}{suffix}"
        return f"{sign}{_prefix(self.currency)}{value:.0f}"


def _prefix(currency: str) -> str:
    return _SYMBOLS.get(currency, f"{currency} ")
