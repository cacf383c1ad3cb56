"""What a person is told, how and when: alerts about new signals, and a digest of what changed in her book and why.

Each person says it in rules and preferences (`services.save_rules`, `services.save_preferences`).
`services.raise_alerts` looks at signals that are new: the most valuable go out at once, as many a day as the budget
allows; the rest waits for the digest, and nothing is dropped. `operations.tell_of_late_sources` tells those who look
after what arrives of each late source, once, whatever number of accounts it touches. `digests.send_due` writes digests
whose hour has come. All put messages into the outbox in the transaction that notes them: exactly once, whatever dies
when.
"""
