"""Reads the contract of each domain: `domains/<domain>/contract.yaml`, in the Open Data Contract Standard v3.

`domains/events/contract.yaml` belongs to no domain: it describes the table of events in the shared lake.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, SchemaProperty, Team
from pydantic import ValidationError

from mesh.contracts.document import DocumentError, Place, read
from mesh.contracts.fields import field_problems
from mesh.contracts.kept import kept, renamed_from
from mesh.contracts.model import Column, Contract, Latency, Table
from mesh.contracts.naming import Names, physical
from mesh.contracts.properties import own_property
from mesh.contracts.published import publications
from mesh.contracts.quality import latency, quality
from mesh.contracts.rules import rule_problems
from mesh.contracts.stored import orders
from mesh.contracts.types import GLUE
from mesh.names import EVENTS, DomainName, refusal

DOMAINS_FOLDER = Path(__file__).resolve().parents[2] / "domains"

_MOST, _LONGEST = 50, 300
"""Problems of a file that are told, and characters of what is told of each."""


class ContractError(ValueError):
    """The problems of the contracts, one line each: file, line, field and what to write."""


def declared_domains(folder: Path) -> list[DomainName]:
    """The domains that have a contract in `folder`. Raises ContractError for a folder with a refused name."""
    names = sorted(path.parent.name for path in folder.glob("*/contract.yaml") if path.parent.name != EVENTS)
    if problems := [f"{folder / name}: rename the folder: {problem}" for name in names if (problem := refusal(name))]:
        raise ContractError("\n".join(problems))
    return [DomainName(name) for name in names]


def read_shared_contract(folder: Path = DOMAINS_FOLDER) -> Contract:
    """The contract of the shared lake's tables, whose types are Glue's; everyone reads them unmasked.

    Raises ContractError.
    """
    path = folder / EVENTS / "contract.yaml"
    if not path.is_file():
        raise ContractError(f"{path} is missing: it describes the table of events in the lake")
    contract = parse(_text(path), EVENTS, (), str(path))
    if len(contract.tables) != 1:
        raise ContractError(f"{path} must have one table, and has {len(contract.tables)}")
    problems = [
        f"{path}: {table.name}.{column.name} {problem}"
        for table in contract.tables
        for column in table.columns
        for problem in _lake_problems(column)
    ]
    if problems:
        raise ContractError("\n".join(problems))
    return contract


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ContractError(f"{path} is not UTF-8 (at byte {error.start}): save it as UTF-8") from None


def _lake_problems(column: Column) -> Iterator[str]:
    if column.mask:
        yield "is personal, and everyone reads the lake's events unmasked"
    if column.physical_type not in GLUE:
        yield f"must have a physicalType of Glue: {', '.join(GLUE)}"


def read_contracts(folder: Path, domains: Iterable[DomainName]) -> dict[DomainName, Contract]:
    """The contracts of `domains`, by domain, from `<folder>/<domain>/contract.yaml`.

    Raises ContractError with the problems of all files together.
    """
    names = sorted(domains)
    contracts: dict[DomainName, Contract] = {}
    problems = []
    for domain in names:
        path = folder / domain / "contract.yaml"
        try:
            contracts[domain] = parse(_text(path), domain, names, str(path))
        except FileNotFoundError:
            problems.append(f"{path} is missing: write there which tables {domain} has, as {folder / 'sales'} does")
        except ContractError as error:
            problems.append(str(error))
    if problems:
        raise ContractError("\n".join(problems))
    return contracts


def parse(text: str, domain: str, domains: Iterable[DomainName], file: str) -> Contract:
    """The contract of `domain`, one of `domains`, from the text of `file`. Raises ContractError."""
    try:
        data, lines, twice = read(text)
    except DocumentError as error:
        where = f", line {error.line}" if error.line else ""
        raise ContractError(f"{file}{where}: {_shown(str(error))}") from error
    problems = [(place, "is written twice") for place in twice]
    problems += [(place, "has a control character, which no server takes") for place in _controls(data, ())]
    model = OpenDataContractStandard()
    if not isinstance(data, dict):
        problems.append(((), "is not a contract: it must begin with apiVersion, kind, id"))
    else:
        try:
            model = OpenDataContractStandard.model_validate(data)
        except ValidationError as error:
            problems += [(tuple(each["loc"]), _misfit(each)) for each in error.errors()]
        else:
            problems += [*field_problems(model, data), *rule_problems(model, domain, sorted(domains))]
    if problems:
        said = list(dict.fromkeys(_message(file, lines, place, problem) for place, problem in problems))
        more = [f"{file}: and {len(said) - _MOST:,} more"] if len(said) > _MOST else []
        raise ContractError("\n".join([*said[:_MOST], *more]))
    return _contract(model, domain)


def _controls(data: Any, place: Place) -> Iterator[Place]:
    """The texts with characters that PostgreSQL, Grafana or a terminal would stumble over."""
    if isinstance(data, str) and any(unicodedata.category(each) == "Cc" and each not in "\n\t" for each in data):
        yield place
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _controls(key, (*place, str(key)))
            yield from _controls(value, (*place, str(key)))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _controls(value, (*place, number))


def _misfit(error: Any) -> str:
    """A problem that pydantic found, and what to do about the likely one: `version: 1.0` is a number in YAML."""
    number_or_date = isinstance(error["input"], int | float | date)
    advice = ": put it in quotes" if error["type"] == "string_type" and number_or_date else ""
    return f"does not fit the standard: {error['msg']}{advice}"


def _message(file: str, lines: dict[Place, int], place: Place, problem: str) -> str:
    """One line. `place` may be an absent field: then the line is that of the nearest place around it."""
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    while place and place not in lines:
        place = place[:-1]
    return f"{file}, line {lines.get(place, 1)}: {_shown(field) or 'the document'} {_shown(problem)}"


def _shown(text: str) -> str:
    """A text that may have anything of the file in it, in one line and not too long."""
    flat = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}…"


def _contract(model: OpenDataContractStandard, domain: str) -> Contract:
    names = Names(model)
    latencies = [latency(sla, names) for sla in model.slaProperties or []]
    owner = model.team.name if isinstance(model.team, Team) else None
    purpose = model.description.purpose if model.description else None
    tables = tuple(_table(table, names, latencies) for table in model.schema_ or [])
    return Contract(domain=domain, tables=tables, owner=str(owner), purpose=str(purpose))


def _table(table: SchemaObject, names: Names, latencies: list[tuple[str, Latency]]) -> Table:
    columns = table.properties or []
    keys = sorted((column for column in columns if column.primaryKey), key=lambda key: key.primaryKeyPosition or 0)
    own = names.columns[str(table.name)]
    stored = own_property(table.customProperties, "stored")[1]
    rules = [quality(rule, own, None) for rule in table.quality or []]
    rules += [quality(rule, own, physical(column)) for column in columns for rule in column.quality or []]
    return Table(
        name=physical(table),
        columns=tuple(_column(column, names) for column in columns),
        published=publications(own_property(table.customProperties, "publishedTo")[1], table),
        kept=kept(table),
        kind=str(table.physicalType),
        description=str(table.description),
        key=tuple(physical(column) for column in keys),
        quality=tuple(rules),
        stored=bool(stored),
        orders=orders(stored),
        latency=tuple(each for name, each in latencies if name == physical(table)),
    )


def _column(column: SchemaProperty, names: Names) -> Column:
    return Column(
        name=physical(column),
        logical_type=str(column.logicalType),
        physical_type=str(column.physicalType),
        required=bool(column.required),
        mask=own_property(column.customProperties, "mask")[1],
        renamed_from=renamed_from(column),
        description=str(column.description),
        unique=bool(column.unique),
        options=dict(column.logicalTypeOptions or {}),
        allowed=tuple(each.value for each in column.enum or []),
        references=tuple(str(names.element(relation.to)) for relation in column.relationships or []),
    )
