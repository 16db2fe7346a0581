"""The text of a new domain's schema.sql."""

from collections.abc import Callable, Collection, Iterator

from mesh.sql import literal, quoted
from scaffold.model import Column, Draft, Port, Table

Quote = Callable[[str], str]


def schema(draft: Draft, written: Collection[str]) -> str:
    """The statements. `written`: the words of SQL that PostgreSQL wants in quotes where they are names."""

    def q(name: str) -> str:
        return quoted(name) if name in written else name

    parts = [f"-- {draft.name}: made from rows that were there. Names without a schema: the seed says which one."]
    parts += ["\n".join(_table(table, q)) for table in draft.tables]
    if draft.port:
        parts.append("\n".join(_port(draft.port, q)))
    return "\n\n".join(parts) + "\n"


def _table(table: Table, q: Quote) -> Iterator[str]:
    alone = table.key[0] if len(table.key) == 1 else ""
    lines = [(_column(column, table, alone, q), "") for column in table.columns]
    if len(table.key) > 1:
        lines.append((f"PRIMARY KEY ({', '.join(map(q, table.key))})", ""))
    for reference in table.references:
        if len(reference.columns) > 1:
            ours, theirs = (", ".join(map(q, names)) for names in (reference.columns, reference.to))
            lines.append((f"FOREIGN KEY ({ours}) REFERENCES {q(reference.table)} ({theirs})", ""))
    yield f"CREATE TABLE {q(table.name)} ("
    yield from (f"    {text}{',' if number < len(lines) else ''}" for number, (text, _) in enumerate(lines, 1))
    yield ");"
    yield f"COMMENT ON TABLE {q(table.name)} IS {literal(f'From {table.origin}')};"
    for reference in table.references:
        if reference.columns != table.key[: len(reference.columns)]:
            yield f"CREATE INDEX ON {q(table.name)} ({', '.join(map(q, reference.columns))});"


def _column(column: Column, table: Table, alone: str, q: Quote) -> str:
    words = [q(column.name), column.type]
    if column.name == alone:
        words.append("PRIMARY KEY")
    elif column.required or column.name in table.key:
        words.append("NOT NULL")
    for reference in table.references:
        if reference.columns == (column.name,):
            words.append(f"REFERENCES {q(reference.table)} ({q(reference.to[0])})")
    return " ".join(words)


def _port(port: Port, q: Quote) -> Iterator[str]:
    yield "-- The output port: what contract.yaml can offer to other domains, worked out when it is asked."
    yield f"CREATE VIEW {q(port.name)} AS"
    yield f"{port.query};"
    yield f"COMMENT ON VIEW {q(port.name)} IS {literal(port.description)};"
