"""The parts of a contract that are checked on running data: quality rules, limits, references, latency.

A rule that no check implements is refused: it would have no effect.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    SchemaObject,
    SchemaProperty,
    ServiceLevelAgreementProperty,
)

from mesh.contracts.document import Place
from mesh.contracts.model import Latency, Limit, Quality

Problems = Iterator[tuple[Place, str]]

TABLE_METRICS = ("rowCount", "duplicateValues")
COLUMN_METRICS = ("nullValues", "duplicateValues", "invalidValues")
SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
_OPERATORS = {
    "mustBe": "=",
    "mustBeGreaterThan": ">",
    "mustBeGreaterOrEqualTo": ">=",
    "mustBeLessThan": "<",
    "mustBeLessOrEqualTo": "<=",
}
_UNCHECKED = ("mustNotBe", "mustNotBeBetween", "rule", "engine", "implementation", "schedule", "scheduler")


def own_property(properties: list[CustomProperty] | None, name: str) -> tuple[Place, Any]:
    """Where in `properties` the customProperty `name` is, and its value; None when it is not given."""
    for number, item in enumerate(properties or []):
        if item.property == name:
            return ("customProperties", number, "value"), item.value
    return ("customProperties",), None


def quality_problems(owner: SchemaObject | SchemaProperty, columns: set[str], place: Place) -> Problems:
    """The problems of the quality rules of a table with these columns, or of one of its columns."""
    metrics = TABLE_METRICS if isinstance(owner, SchemaObject) else COLUMN_METRICS
    for number, rule in enumerate(owner.quality or []):
        at = (*place, "quality", number)
        if not (rule.description or rule.name):
            yield (*at, "description"), "is missing: it names the check in every report"
        if rule.type == "sql":
            if not rule.query:
                yield (*at, "query"), "is missing: a SELECT of one number"
        elif rule.type not in (None, "library"):
            yield (*at, "type"), f"is {rule.type}, which nothing checks: use library or sql"
        elif rule.metric not in metrics:
            yield (*at, "metric"), f"must be one of {', '.join(metrics)}"
        else:
            yield from _argument_problems(rule, columns, isinstance(owner, SchemaObject), at)
        if rule.unit not in (None, "rows"):
            yield (*at, "unit"), "must be rows"
        for field in _UNCHECKED:
            if getattr(rule, field) is not None:
                yield (*at, field), "is given, and nothing checks it"
        yield from _limit_problems(rule, at)


def column_problems(column: SchemaProperty, columns: Mapping[str, set[str]], place: Place) -> Problems:
    """The problems of a column's limits and references; `columns` has those of every table of the contract."""
    options = column.logicalTypeOptions or {}
    for key, value in options.items():
        at = (*place, "logicalTypeOptions", key)
        if key not in ("minimum", "maximum"):
            yield at, "is not checked by anything: there are minimum and maximum"
        elif column.logicalType not in ("integer", "number") or not _number(value):
            yield at, "must be a number, of a column that is integer or number"
    for number, relation in enumerate(column.relationships or []):
        at = (*place, "relationships", number)
        if relation.type not in (None, "foreignKey"):
            yield (*at, "type"), "must be foreignKey"
        if relation.from_ is not None:
            yield (*at, "from"), "is this column: leave it out"
        if not _exists(relation.to, columns):
            yield (*at, "to"), f"is {relation.to}: it must be table.column of this contract"


def latency_problems(sla: ServiceLevelAgreementProperty, columns: Mapping[str, set[str]], place: Place) -> Problems:
    """The problems of one of the slaProperties."""
    if sla.property != "latency":
        yield (*place, "property"), f"is {sla.property}, which nothing checks: there is latency"
        return
    if not _exists(sla.element, columns):
        yield (*place, "element"), f"is {sla.element}: it must be table.column of this contract"
    if not _number(sla.value) or float(sla.value or 0) < 0:
        yield (*place, "value"), "must be a number, 0 or more"
    if sla.unit not in SECONDS:
        yield (*place, "unit"), f"must be one of {', '.join(SECONDS)}"
    for number, item in enumerate(sla.customProperties or []):
        if item.property != "behind" or not _exists(item.value, columns):
            yield (*place, "customProperties", number), "must be behind: a table.column of this contract"


def quality(rule: DataQuality, column: str | None) -> Quality:
    """A rule without problems as plain data, of a table or of its `column`."""
    arguments = rule.arguments or {}
    return Quality(
        what=str(rule.description or rule.name).rstrip("."),
        limits=tuple(_limits(rule)),
        metric=None if rule.type == "sql" else rule.metric,
        columns=(column,) if column else tuple(arguments.get("properties", ())),
        query=rule.query if rule.type == "sql" else None,
        valid_values=tuple(arguments.get("validValues", ())),
        pattern=arguments.get("pattern"),
    )


def latency(sla: ServiceLevelAgreementProperty) -> tuple[str, Latency]:
    """An SLA property without problems as plain data: the table, and its latency."""
    table, column = str(sla.element).split(".")
    seconds = float(sla.value or 0) * SECONDS[str(sla.unit)]
    return table, Latency(column=column, seconds=round(seconds), behind=own_property(sla.customProperties, "behind")[1])


def _argument_problems(rule: DataQuality, columns: set[str], of_table: bool, at: Place) -> Problems:
    arguments, at = rule.arguments or {}, (*at, "arguments")
    allowed = {"invalidValues": {"validValues", "pattern"}}.get(str(rule.metric), set())
    if of_table and rule.metric == "duplicateValues":
        allowed = {"properties"}
        listed = arguments.get("properties")
        if not isinstance(listed, list) or not listed or not all(each in columns for each in listed):
            yield at, "must have properties: a list of columns of this table"
    if rule.metric == "invalidValues" and len(arguments.keys() & allowed) != 1:
        yield at, "must have validValues or pattern"
    if not isinstance(arguments.get("validValues", []), list):
        yield (*at, "validValues"), "must be a list"
    if "pattern" in arguments and not _pattern(arguments["pattern"]):
        yield (*at, "pattern"), "must be a regular expression"
    for key in sorted(arguments.keys() - allowed):
        yield (*at, key), "is given, and nothing checks it"


def _limit_problems(rule: DataQuality, at: Place) -> Problems:
    given = [field for field in (*_OPERATORS, "mustBeBetween") if getattr(rule, field) is not None]
    if not given:
        yield at, f"has no limit: {', '.join((*_OPERATORS, 'mustBeBetween'))}"
    for field in given:
        value = getattr(rule, field)
        if field == "mustBeBetween":
            if len(value) != 2 or value[0] > value[1]:
                yield (*at, field), "must be two numbers, the lower first"
        elif not _number(value):
            yield (*at, field), "must be a number"


def _limits(rule: DataQuality) -> Iterator[Limit]:
    for field, operator in _OPERATORS.items():
        if (value := getattr(rule, field)) is not None:
            yield Limit(operator, float(value))
    if rule.mustBeBetween is not None:
        low, high = rule.mustBeBetween
        yield from (Limit(">=", float(low)), Limit("<=", float(high)))


def _exists(element: Any, columns: Mapping[str, set[str]]) -> bool:
    """Whether `element` is `table.column`."""
    table, _, column = str(element).partition(".")
    return column in columns.get(table, set())


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return True
