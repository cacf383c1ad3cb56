"""The outbox: one message to one recipient over one channel. The attempt is written before it is sent.

`channel` says what a channel is; connectors implement it. `services.request_delivery` puts a message to a user, a
contact or another system (`targets`) in, `services.send_due` sends; `posting` is the guard in front of every URL that
somebody gave. Whether it may go is decided by `permission.decide` and nowhere else, under the
`policy`; `consent`, `suppression` and `stopping` keep what it asks about, `recipients` loads it. A message leaves
at most once: an attempt that began and never ended is `unsure`, and repeated only where its channel recognises that.
"""
