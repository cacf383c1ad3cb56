"""What happened, typed, dated and tied to an account: events in the lake, daily roll-ups, identity, features.

Door: `facts.services.load_inbox`, `facts.services.refresh_rollups`; the tables metrics read: `facts.tables`.
"""
