"""One message of each kind, for the preview. Pure."""

from typing import Any, Final

SAMPLES: Final[dict[str, dict[str, Any]]] = {
    "banner": {
        "kind": "banner",
        "title": "The new planner is here",
        "text": "Plans of a whole year on one page, and twice as fast.",
        "button": {"label": "Have a look", "link": "#planner"},
    },
    "modal": {
        "kind": "modal",
        "title": "Welcome to Planner, Carol",
        "text": "Three short steps, and your team sees its first plan today.\n\nYou can come back to them at any time.",
        "button": {"label": "Show me around", "link": "#tour"},
    },
    "tooltip": {
        "kind": "tooltip",
        "title": "Share it",
        "text": "Export a plan as PDF or send a link: whoever gets it needs no account.",
        "selector": "#export",
        "button": {"label": "Got it"},
    },
    "checklist": {
        "kind": "checklist",
        "title": "Your first week",
        "text": "Four steps to your first result.",
        "items": [
            {"text": "Create a project", "link": "#project", "event": "Project Created"},
            {"text": "Invite a colleague", "link": "#team", "event": "Member Invited"},
            {"text": "Connect your calendar", "link": "#calendar", "event": "Calendar Connected"},
            {"text": "Look around"},
        ],
        "ticked": [0],
    },
    "announcement": {
        "kind": "announcement",
        "title": "Webinar on Thursday: plans that hold",
        "text": "Thirty minutes with two teams that plan a year ahead. Questions welcome.",
        "button": {"label": "Save a seat", "link": "#webinar"},
    },
}
