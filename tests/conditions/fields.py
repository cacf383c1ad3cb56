"""The fields the tests of conditions know, and rows of them."""

from mainstay.conditions import Field, Type

TYPES = {
    "arr": Type.NUMBER,
    "score": Type.NUMBER,
    "seat_use": Type.NUMBER,
    "days_to_renewal": Type.NUMBER,
    "band": Type.TEXT,
    "name": Type.TEXT,
    "tier": Type.TEXT,
    "churned": Type.BOOLEAN,
    "champion_present": Type.BOOLEAN,
    "signed_on": Type.DATE,
    "last_review_on": Type.DATE,
}
FIELDS = {name: Field(name, kind, name) for name, kind in TYPES.items()}
