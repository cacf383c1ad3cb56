"""The demo company: deterministic, believable, brought in through the same public doors as a customer's data."""
