"""Messages people see while they use the product: kept until the browser of their recipient asks for them.

`queue` gives somebody's browser what may be seen now, `reports` takes back what became of it; `accounts` has messages
for everybody at an account; `upkeep` ticks checklists when their events come, and lets expire what nobody came for;
`taking_down` is for mistakes. Whether a message may be seen is decided by `permission.decide`, as for mail. `identity`
knows who may ask, `setup` has the settings.
"""
