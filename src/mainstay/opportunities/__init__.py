"""Opportunities: records with an owner and a state that somebody works on until it is decided.

A chance to expand an account, a renewal at risk, a hand-over to somebody else. People open them by hand, playbooks by a
step; whatever waits for the decision reads it here. What a renewal is and what is forecast is not this room's.

Door: `services` (`open_opportunity`, `create_opportunity`, `decide`, `reopen`, `change`), `selectors`.
"""
