"""What is done about a signal, a stage or a date: versioned definitions, runs as rows, a pure machine, tasks.

A `document` (read by `reading`, its steps a `tree`) is published by `publishing`, written as `drafts`. `entering`
judges who enters and begins runs (`backlog`: those whose signals stood before anybody looked);
`machine.advance(run, now)` says what a run does next; `advancing` claims what is due, and `effects` is the only file
that carries commands out (`starting`: the playbooks that runs start); `watching` sees what runs wait for. `steering`
has what people do with runs, `tasks` with tasks; `standing` and `insight` tell why, and what became of it, `comparing`
whether it helped; `dry_run` what it would do, with `foresight` as its clock, and `trials` keeps what was asked for.
`wording` puts all of it in words. The door is `services`. A step type is one file in `steps/`; a shipped playbook one
in `gallery/`.
"""
