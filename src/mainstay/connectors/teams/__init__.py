"""Chat messages to Microsoft Teams, through a webhook of its Workflows app."""
