"""The HTTP API for machines, described by OpenAPI at /api/v1/openapi.json."""
