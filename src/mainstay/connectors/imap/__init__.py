"""A mailbox read over IMAP (RFC 9051, or 3501): a source of answers. It is never written to: no flag changes."""
