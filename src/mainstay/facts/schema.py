"""The tables of the lake that hold facts, and how they are laid out. Instants are UTC without a time zone."""

import pyarrow as pa

EVENTS = pa.schema([
    ("account_id", pa.int64()),
    ("contact_id", pa.int64()),
    ("timestamp", pa.timestamp("us")),
    ("day", pa.date32()),
    ("type", pa.string()),
    ("event", pa.string()),
    ("account_key", pa.string()),
    ("user_key", pa.string()),
    ("anonymous_id", pa.string()),
    ("properties", pa.string()),
    ("context", pa.string()),
    ("message_hash", pa.int64()),
    ("original_timestamp", pa.timestamp("us")),
    ("sent_at", pa.timestamp("us")),
    ("received_at", pa.timestamp("us")),
])  # fmt: skip

# How often each contact of an account caused each event on a day. `contact_id` is null for what no person did.
USAGE = pa.schema([
    ("account_id", pa.int64()),
    ("contact_id", pa.int64()),
    ("day", pa.date32()),
    ("event", pa.string()),
    ("n", pa.int64()),
])  # fmt: skip

# The same without the events: all of a day in one row.
USER_DAYS = pa.schema([
    ("account_id", pa.int64()),
    ("contact_id", pa.int64()),
    ("day", pa.date32()),
    ("n", pa.int64()),
    ("logins", pa.int64()),
])  # fmt: skip

# What events said beyond the use of a feature (`meaning.Meaning`), by day.
MEANINGS = pa.schema([
    ("account_id", pa.int64()),
    ("contact_id", pa.int64()),
    ("day", pa.date32()),
    ("meaning", pa.string()),
    ("n", pa.int64()),
])  # fmt: skip

# Calls that only tell who somebody is (identify, group, alias) are kept, and are no activity.
ACTIVITY_TYPES = ("track", "page", "screen")
