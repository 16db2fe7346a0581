"""A product of the page, from its contract, what the servers said of it, and what the checks of its contract found."""

from collections.abc import Mapping, Sequence
from datetime import date

from catalogue import verdicts
from catalogue.postgresql import Facts
from catalogue.product import Column, Consumer, Kind, Product, Sample
from commands.contract_history import Outcome
from mesh.contracts import model
from mesh.contracts.types import GLUE, postgresql
from mesh.names import EVENTS

_KINDS: Mapping[str, Kind] = {"table": "table", "view": "view", "materialized view": "materialized view"}


def product(
    contract: model.Contract,
    table: model.Table,
    schema: str,
    facts: Facts,
    seen: Sequence[Sample],
    outcomes: Sequence[Outcome],
    today: date,
) -> Product:
    """One product. `schema` is its catalog and schema in Trino; `seen` are its own samples, `outcomes` those of all."""
    name = f"{contract.domain}.{table.name}"
    found = facts.columns.get(table.name, {})
    rows, rows_source = facts.rows.get(table.name, (None, None))
    size, size_source = facts.bytes.get(table.name, (None, None))
    of_lake = contract.domain == EVENTS
    checked = verdicts.of(outcomes, name)
    return Product(
        id=name,
        domain=contract.domain,
        name=table.name,
        kind="lake" if of_lake else _KINDS[table.kind],
        address=f"{schema}.{table.name}",
        description=table.description,
        columns=tuple(_column(table, column, found, of_lake) for column in table.columns),
        undocumented=tuple(each for each in found if each not in {column.name for column in table.columns}),
        consumers=tuple(_consumer(publication, today) for publication in table.published),
        rows=rows,
        rows_source=rows_source,
        bytes=size,
        bytes_source=size_source,
        files=facts.files.get(table.name),
        freshness=tuple(facts.freshness.get(table.name, ())),
        samples=tuple(seen),
        checks=checked.checks,
        runs=checked.runs,
    )


def _column(table: model.Table, column: model.Column, found: Mapping[str, str], of_lake: bool) -> Column:
    promised = GLUE.get(column.physical_type) if of_lake else postgresql(column.physical_type)
    there = found.get(column.name)
    return Column(
        name=column.name,
        logical_type=column.logical_type,
        physical_type=column.physical_type,
        found_type=column.physical_type if there == promised else there,
        description=column.description,
        key=table.key.index(column.name) + 1 if column.name in table.key else 0,
        required=column.required,
        unique=column.unique,
        mask=column.mask,
        allowed=tuple(map(str, column.allowed)),
        references=column.references,
    )


def _consumer(publication: model.Publication, today: date) -> Consumer:
    until = publication.until
    return Consumer(
        domain=publication.consumer,
        until=until.isoformat() if until else None,
        rows=publication.rows,
        ended=until is not None and until < today,
    )
