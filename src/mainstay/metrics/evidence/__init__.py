"""What a value was counted from, as small tables for people: days, users, features, records.

A metric names its evidence in its declaration; a module for each subject knows how it is laid out.
"""
