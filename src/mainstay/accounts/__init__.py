"""Accounts and contacts: identity, ownership, roles of contacts, custom attributes. Nothing computed lives here."""
