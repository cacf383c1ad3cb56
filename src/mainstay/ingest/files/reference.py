"""The part of the docs that tells the fields of every kind, made from their declarations."""

from mainstay.ingest.files.kinds import KINDS, FieldSpec, KindSpec

BEGIN = "<!-- fields: made from src/mainstay/ingest/files/kinds.py; a test compares them -->"
END = "<!-- end of fields -->"


def fields_of_all_kinds() -> str:
    """A section per kind, in Markdown."""
    return "\n".join([BEGIN, *(_section(kind) for kind in KINDS.values()), END])


def _section(kind: KindSpec) -> str:
    needs = ", ".join(" or ".join(f"`{name}`" for name in group) for group in kind.needs)
    lines = [
        "",
        f"### {kind.key}",
        "",
        f"{kind.help} Needs {needs}.",
        "",
        "| field | is a | meaning |",
        "| --- | --- | --- |",
    ]
    return "\n".join([*lines, *(_line(spec) for spec in kind.fields), ""])


def _line(spec: FieldSpec) -> str:
    kind = ", ".join(f"`{word}`" for word in spec.choices) if spec.choices else str(spec.type)
    meaning = f"{spec.label}: {spec.help}" if spec.help else spec.label
    return f"| `{spec.name}` | {kind} | {meaning} |"
