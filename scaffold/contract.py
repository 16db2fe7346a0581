"""The text of a new domain's contract.yaml, in the Open Data Contract Standard, as a person would write it."""

import json
from collections.abc import Iterator

import yaml

from mesh.contracts.types import family
from scaffold.model import Column, Draft, Personal, Port, PortColumn, Reference, Table
from scaffold.naming import singular

_LOGICAL = {
    **{name: name for name in ("array", "boolean", "date", "integer", "number", "time", "timestamp")},
    "json": "object",
}
_HEAD = """\
# The data contract of the domain {name}, in the Open Data Contract Standard (https://bitol.io); docs/contract.md has
# every field. Types, keys and classes are proposals, made from what was seen: look at all lines that say "Confirm".
#
# `internal` is for everyone who may read the table. `personal` is clear for {name}'s own analysts alone: others see
# what the mask leaves of it (email, phone, name, hide). Nobody else reads anything yet: to let the analysts of another
# domain read a table or view, write behind its description
#     customProperties:
#       - property: publishedTo
#         value: [sales]
apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {title}
version: 1.0.0
status: active
domain: {name}
description:
  # Confirm: what the data are for.
  purpose: {purpose}
team:
  # Confirm: who owns the data.
  name: {title}
schema:
"""


def contract(draft: Draft) -> str:
    """The contract."""
    made = ", ".join(dict.fromkeys(table.origin for table in draft.tables))
    title = draft.name.replace("-", " ").capitalize()
    shown = {f"What {made} {'has' if len(draft.tables) == 1 else 'have'}."}
    head = _HEAD.format(name=draft.name, title=title, purpose=_text(shown.pop()))
    lines = [line for table in draft.tables for line in _table(table)]
    if draft.port:
        lines += _view(draft.port)
    return head + "\n".join(lines) + "\n"


def _table(table: Table) -> Iterator[str]:
    one = singular(table.name).replace("_", " ")
    yield f"  - name: {_text(table.name)}"
    yield "    physicalType: table"
    yield f"    description: {_text(f'One row for each {one}.')}"
    if table.rows and table.file and table.sample:
        yield "    quality:"
        yield "      - metric: rowCount"
        yield f"        description: {_text(f'There are {table.name}.'.replace('_', ' '))}"
        yield "        mustBeGreaterThan: 0"
    yield "    properties:"
    for column in table.columns:
        yield from _column(column, table)


def _column(column: Column, table: Table) -> Iterator[str]:
    yield from _confirm(column.personal)
    yield f"      - name: {_text(column.name)}"
    if column.original != column.name and column.original.strip() and column.original.isprintable():
        yield f"        businessName: {_text(column.original)}"
    yield f"        description: {_text(_description(column, table))}"
    yield from _type(column.type)
    if column.name in table.key:
        yield "        primaryKey: true"
        if len(table.key) > 1:
            yield f"        primaryKeyPosition: {table.key.index(column.name) + 1}"
    if column.required or column.name in table.key:
        yield "        required: true"
    if column.allowed:
        yield "        enum:"
        yield from (f"          - value: {json.dumps(value, ensure_ascii=False)}" for value in column.allowed)
    yield from _class(column.personal)
    yield from _relationships(column, table.references)
    if column.emails:
        yield "        quality:"
        yield "          - metric: invalidValues"
        yield "            description: E-mails have an @ inside."
        yield "            arguments:"
        yield "              pattern: '^[^@]+@[^@]+$'"
        yield "            mustBe: 0"


def _description(column: Column, table: Table) -> str:
    """What was seen of the column; of a personal one, no value."""
    what = column.name.replace("_", " ").capitalize()
    if column.name in table.key:
        part = "Identifies" if len(table.key) == 1 else "Identifies, with the rest of the key,"
        what = f"{part} the {singular(table.name).replace('_', ' ')}"
    reference = next((each for each in table.references if column.name in each.columns), None)
    if reference:
        what = f"Which of {reference.table.replace('_', ' ')} it is about"
    missing = f"Missing in {column.missing:,} of {table.rows:,} rows." if column.missing and table.rows else ""
    seen = "" if reference or column.name in table.key else column.seen
    return " ".join(part for part in (f"{what}.", seen, missing) if part)


def _view(port: Port) -> Iterator[str]:
    yield f"  - name: {_text(port.name)}"
    yield "    physicalType: view"
    yield f"    description: {_text(port.description)}"
    yield "    quality:"
    for said, query in port.checks:
        yield "      - type: sql"
        yield f"        description: {_text(said)}"
        yield f"        query: {_text(query)}"
        yield "        mustBe: 0"
    yield "    properties:"
    for column in port.columns:
        yield from _view_column(column, port)


def _view_column(column: PortColumn, port: Port) -> Iterator[str]:
    personal = column.source.personal if column.source else None
    what = f"{column.name.replace('_', ' ').capitalize()}, as in the table." if column.source else column.description
    yield f"      - name: {_text(column.name)}"
    yield f"        description: {_text('Which one it is about.' if column.name == port.key else what)}"
    yield from _type(column.type)
    if column.name == port.key:
        yield "        primaryKey: true"
    if column.required:
        yield "        required: true"
    yield from _class(personal)


def _type(type_: str) -> Iterator[str]:
    yield f"        logicalType: {_LOGICAL.get(family(type_) or '', 'string')}"
    yield f"        physicalType: {_text(type_)}"


def _confirm(personal: Personal | None) -> Iterator[str]:
    if personal:
        yield f"      # Confirm: personal, because {' '.join(personal.why.split())}. If not: internal, and no mask."


def _class(personal: Personal | None) -> Iterator[str]:
    yield f"        classification: {'personal' if personal else 'internal'}"
    if personal:
        yield "        customProperties:"
        yield "          - property: mask"
        yield f"            value: {personal.mask}"


def _relationships(column: Column, references: tuple[Reference, ...]) -> Iterator[str]:
    own = [each for each in references if column.name in each.columns]
    if own:
        yield "        relationships:"
    for each in own:
        yield "          - type: foreignKey"
        yield f"            to: {each.table}.{each.to[each.columns.index(column.name)]}"


def _text(text: str) -> str:
    """A text as YAML reads it back, in one line; without characters that a contract refuses."""
    clean = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return yaml.safe_dump(clean, width=10**9, allow_unicode=True).removesuffix("\n").removesuffix("\n...")
