"""Scorecards and the scores they give.

`arithmetic` and `explaining` are pure, `scoring.score` joins them for one account; `services` scores all profiles and
keeps the results, `selectors` reads them.
"""
