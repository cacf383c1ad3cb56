"""Contracts and what is paid for them: subscriptions and invoices, as dated rows."""
