"""Reads what each domain promises: `seed/<domain>/contract.yaml`, in the Open Data Contract Standard v3."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pulumi
import yaml
from open_data_contract_standard.model import OpenDataContractStandard, SchemaProperty
from pydantic import ValidationError

from components.contract_rules import Place, broken_rules, own_property, unknown_fields


class ContractError(pulumi.RunError, ValueError):
    """Everything that is wrong with the contracts, one line each: file, line, field and what to write."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `mask` is what outsiders see of a personal one (`contract_rules.MASKS`); None: not personal."""

    name: str
    logical_type: str
    physical_type: str
    required: bool
    mask: str | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table or view, and the other domains (`customer-care`) whose analysts may read it."""

    name: str
    columns: tuple[Column, ...]
    consumers: tuple[str, ...]

    @property
    def personal(self) -> tuple[Column, ...]:
        """The columns that tell something about a person."""
        return tuple(column for column in self.columns if column.mask)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What one domain (`customer-care`) keeps, and what of it is published to whom."""

    domain: str
    tables: tuple[Table, ...]

    @property
    def consumers(self) -> tuple[str, ...]:
        """The other domains whose analysts may read at least one table."""
        return tuple(sorted({consumer for table in self.tables for consumer in table.consumers}))


def declared(folder: Path) -> list[str]:
    """The domains that have a contract in `folder`."""
    return sorted(path.parent.name for path in folder.glob("*/contract.yaml"))


def read(folder: Path, domains: Iterable[str]) -> dict[str, Contract]:
    """The contracts of `domains`, by domain, from `<folder>/<domain>/contract.yaml`.

    Raises ContractError with the problems of all files together.
    """
    names = sorted(domains)
    contracts: dict[str, Contract] = {}
    problems = []
    for domain in names:
        path = folder / domain / "contract.yaml"
        try:
            contracts[domain] = parse(path.read_text(encoding="utf-8"), domain, names, str(path))
        except FileNotFoundError:
            problems.append(f"{path} is missing: write there which tables {domain} has, as {folder / 'sales'} does")
        except ContractError as error:
            problems.append(str(error))
    if problems:
        raise ContractError("\n".join(problems))
    return contracts


def parse(text: str, domain: str, domains: Iterable[str], file: str) -> Contract:
    """The contract that `text` is, of `domain` among `domains`; `file` is how messages name it."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ContractError(f"{file}{where}: not YAML: {getattr(error, 'problem', None) or error}") from error
    lines: dict[Place, int] = {}
    problems = [(place, "is written twice") for place in _note_lines(node, (), lines)]
    model = OpenDataContractStandard()
    if not isinstance(data, dict):
        problems.append(((), "is no contract: one begins with apiVersion, kind, id"))
    else:
        try:
            model = OpenDataContractStandard.model_validate(data)
        except ValidationError as error:
            problems += [(tuple(each["loc"]), f"does not fit the standard: {each['msg']}") for each in error.errors()]
        else:
            problems += [*unknown_fields(model, data), *broken_rules(model, domain, sorted(domains))]
    if problems:
        raise ContractError("\n".join(_message(file, lines, place, problem) for place, problem in problems))
    return _contract(model, domain)


def _note_lines(node: yaml.Node | None, place: Place, lines: dict[Place, int]) -> Iterator[Place]:
    """Fills `lines` with the line of every field; yields the fields that one mapping has twice."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            if inner in lines:
                yield inner
            lines[inner] = key.start_mark.line + 1
            yield from _note_lines(value, inner, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines[(*place, number)] = item.start_mark.line + 1
            yield from _note_lines(item, (*place, number), lines)


def _message(file: str, lines: dict[Place, int], place: Place, problem: str) -> str:
    """`place` may be a field that is absent: then the line is that of the nearest thing around it."""
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    while place and place not in lines:
        place = place[:-1]
    return f"{file}, line {lines.get(place, 1)}: {field or 'the document'} {problem}"


def _contract(model: OpenDataContractStandard, domain: str) -> Contract:
    tables = [
        Table(
            name=str(table.name),
            columns=tuple(_column(column) for column in table.properties or []),
            consumers=tuple(sorted(set(own_property(table.customProperties, "publishedTo")[1] or []))),
        )
        for table in model.schema_ or []
    ]
    return Contract(domain=domain, tables=tuple(tables))


def _column(column: SchemaProperty) -> Column:
    return Column(
        name=str(column.name),
        logical_type=str(column.logicalType),
        physical_type=str(column.physicalType),
        required=bool(column.required),
        mask=own_property(column.customProperties, "mask")[1],
    )
