"""Opportunities: their list, one of them, and what can be done with it."""
