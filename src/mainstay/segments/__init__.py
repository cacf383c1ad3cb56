"""Named conditions over profile and account fields; accounts enter and leave them.

`fields` says what conditions can name, `selectors.matching` finds the accounts, `services.refresh_memberships` keeps
who is in which segment since when. `history` asks the same conditions of past days: `matching` on one, `spans` and
`answers` over many.
"""
