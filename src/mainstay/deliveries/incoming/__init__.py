"""Mail that comes back: answers of contacts become events and lines of the timeline, the rest is told apart.

`reading` takes a mail apart (pure), `matching` finds the message it answers and who wrote it, `services.take_mail`
keeps what came of it, each mail once. Where mails come from (a mailbox over IMAP) is the business of connectors.
"""
