"""The outbox: one message to one recipient over one channel. The attempt is written before it is sent.

`channel` says what a channel is; connectors implement it. `services.request_delivery` puts a message in,
`services.send_due` sends. A message leaves at most once: an attempt that began and never ended is `unsure` and is not
repeated, unless its channel recognises a repeat.
"""
