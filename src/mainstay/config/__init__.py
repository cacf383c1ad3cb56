"""Settings, URLs, the ASGI application, the command line; wires the house. Nothing imports it."""
