"""The way in: the Segment-compatible door, the inbox (raw log), dead letters, import of files, sources.

The door (`door.application`) checks, appends durably, answers; it never touches the ORM and never thinks. `facts` reads
the inbox (`inbox.open_inbox`, `events.open_envelope`) and keeps what is no event (`services.keep_dead_letters`).
`sources` knows how often each kind of data comes. What a client may get wrong is decided in `wire` and `mending`, once
for the door and the loader.
"""
