"""Dated contacts with an account: meetings, calls, mails, reviews, trainings, support tickets, survey responses.

Beside them the pulse: what one of us thinks of an account. Metrics read all of it through `facts`.

Door: `services` (`upsert_interactions` and its like, `add_note`, `give_pulse`), `selectors` (`timeline`, `pulse_of`).
"""
