"""What browser SDKs ask for before they send: the settings of their source. The least that makes them send here."""

from typing import Any


def segment_settings(write_key: str, *, scheme: str, host: str) -> dict[str, Any]:
    """For analytics.js 2 (`GET /v1/projects/{key}/settings`): send everything to this host, load nothing else."""
    enabled = {"__default": {"enabled": True, "integrations": {}}}
    return {
        "integrations": {
            "Segment.io": {
                "apiKey": write_key,
                "apiHost": f"{host}/v1",
                "protocol": scheme,
                "unbundledIntegrations": [],
                "addBundledMetadata": False,
                "maybeBundledConfigIds": {},
                "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
            }
        },
        "plan": {"track": enabled, "identify": enabled, "group": enabled},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }


def rudder_settings(write_key: str) -> dict[str, Any]:
    """For RudderStack's JavaScript SDK (`GET /sourceConfig/`): an enabled source without destinations."""
    off = {"enabled": False}
    return {
        "source": {
            "id": "mainstay",
            "name": "Mainstay",
            "writeKey": write_key,
            "enabled": True,
            "workspaceId": "mainstay",
            "updatedAt": "2026-01-01T00:00:00.000Z",
            "config": {"statsCollection": {"errors": off, "metrics": off}},
            "connections": [],
            "destinations": [],
            "dataplanes": {},
        },
        "updatedAt": "2026-01-01T00:00:00.000Z",
    }
