"""What a value was counted from, as small tables for people: days, users, features, records.

A metric names its evidence in its declaration; `usage` and `records` know how each kind is laid out.
"""
