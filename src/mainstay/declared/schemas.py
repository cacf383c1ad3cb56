"""JSON Schemas of all kinds, so that an editor completes and checks what is typed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mainstay.declared.files import SCHEMAS
from mainstay.declared.kind import Kind
from mainstay.declared.kinds import kinds


def schema_of(kind: Kind) -> dict[str, Any]:
    """The schema of the files of a kind (JSON Schema 2020-12)."""
    made = kind.document.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": kind.label}


def write(directory: Path) -> Iterator[str]:
    """Write the schemas below the directory; the files that were new or changed."""
    folder = directory / SCHEMAS
    folder.mkdir(parents=True, exist_ok=True)
    for kind in kinds().values():
        path = folder / f"{kind.name}.json"
        text = json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            yield path.relative_to(directory).as_posix()
