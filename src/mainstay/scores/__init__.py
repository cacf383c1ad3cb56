"""Scorecards and the scores they give.

`arithmetic` and `explaining` are pure, `scoring.score` joins them for one account; `computing` scores many, `services`
keeps the present scores and those of past days, `selectors` reads them; `publishing` makes versions of scorecards.
"""
