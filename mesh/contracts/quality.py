"""The quality rules and latencies of a contract, which are checked on running data.

A rule that no check implements is refused: it would have no effect.
"""

import re
from collections.abc import Iterator
from typing import Any

from open_data_contract_standard.model import (
    DataQuality,
    SchemaObject,
    SchemaProperty,
    ServiceLevelAgreementProperty,
)

from mesh.contracts import queries, values
from mesh.contracts.document import Place
from mesh.contracts.model import Latency, Limit, Quality
from mesh.contracts.naming import Names
from mesh.contracts.properties import own_property
from mesh.contracts.types import family
from mesh.sql import Dialect

Problems = Iterator[tuple[Place, str]]

TABLE_METRICS = ("rowCount", "duplicateValues")
COLUMN_METRICS = ("nullValues", "missingValues", "duplicateValues", "invalidValues")
SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
_UNLIKE = re.compile(r"\\[bBxZ]|\{,\d*\}")
_WRITTEN = {
    r"\b": "write what may be beside the word, as (^|\\W)word(\\W|$)",
    r"\B": "write what may be beside it, as \\w",
    r"\x": "write the character itself, or \\u and four digits",
    r"\Z": "write $",
    "{,": "write {0,n}",
}
_OPERATORS = {
    "mustBe": "=",
    "mustNotBe": "<>",
    "mustBeGreaterThan": ">",
    "mustBeGreaterOrEqualTo": ">=",
    "mustBeLessThan": "<",
    "mustBeLessOrEqualTo": "<=",
}


def quality_problems(owner: SchemaObject | SchemaProperty, names: Names, dialect: Dialect, place: Place) -> Problems:
    """The problems of the quality rules of a table, or of a column whose type has none."""
    column = owner if isinstance(owner, SchemaProperty) else None
    for number, rule in enumerate(owner.quality or []):
        at = (*place, "quality", number)
        if not (rule.description or rule.name or "").strip():
            yield (*at, "description"), "is missing: it names the check in every report"
        if rule.severity not in (None, "error"):
            yield (*at, "severity"), f"is {rule.severity}: a check that fails is an error; write error, or leave it out"
        if rule.type == "sql":
            yield from _query_problems(rule, column is not None, dialect, at)
        elif rule.type not in (None, "library"):
            yield (*at, "type"), f"is {rule.type}, which nothing checks: use library or sql"
        else:
            yield from _metric_problems(rule, owner, names, at)
        yield from _limit_problems(rule, at)


def latency_problems(sla: ServiceLevelAgreementProperty, names: Names, place: Place) -> Problems:
    """The problems of one of the slaProperties."""
    if sla.property != "latency":
        yield (*place, "property"), f"is {sla.property}, which nothing checks: there is latency"
        return
    yield from _moment_problems(sla.element, names, (*place, "element"))
    seconds = SECONDS.get(str(sla.unit))
    if seconds is None:
        yield (*place, "unit"), f"must be one of {', '.join(SECONDS)}"
    if not values.number(sla.value) or float(sla.value or 0) < 0:
        yield (*place, "value"), "must be a number, 0 or more"
    elif float(sla.value or 0) * (seconds or 1) % 1:
        yield (*place, "value"), "must be of whole seconds"
    for number, item in enumerate(sla.customProperties or []):
        at = (*place, "customProperties", number)
        if item.property != "behind" or number:
            yield at, f"is {item.property}: there can be one behind and nothing else"
        else:
            yield from _moment_problems(item.value, names, (*at, "value"))


def quality(rule: DataQuality, columns: dict[str, str], column: str | None) -> Quality:
    """A rule without problems as plain data, of a table with these columns or of its `column`."""
    arguments = rule.arguments or {}
    return Quality(
        what=" ".join(str(rule.description or rule.name).split()).rstrip("."),
        limits=tuple(_limits(rule)),
        metric=None if rule.type == "sql" else rule.metric,
        columns=(column,) if column else tuple(columns[name] for name in arguments.get("properties", ())),
        query=queries.cleaned(rule.query) if rule.type == "sql" and rule.query else None,
        valid_values=tuple(arguments.get("validValues", ())),
        missing_values=tuple(arguments.get("missingValues", ())),
        pattern=arguments.get("pattern"),
        percent=rule.unit == "percent",
    )


def latency(sla: ServiceLevelAgreementProperty, names: Names) -> tuple[str, Latency]:
    """An SLA property without problems as plain data: the table, and its latency."""
    table, column = str(names.element(sla.element)).split(".")
    seconds = round(float(sla.value or 0) * SECONDS[str(sla.unit)])
    behind = own_property(sla.customProperties, "behind")[1]
    return table, Latency(column=column, seconds=seconds, behind=names.element(behind) if behind else None)


def pattern_problem(pattern: Any) -> str | None:
    """Why it cannot be looked for by PostgreSQL and Trino; None where it can."""
    try:
        re.compile(pattern)
    except (re.error, TypeError, ValueError, OverflowError, RecursionError):
        return "must be a regular expression"
    if re.search(r"\(\?(?![:=!])", pattern):
        return "has a group that PostgreSQL and Trino read differently: there are (…), (?:…), (?=…) and (?!…)"
    if unlike := _UNLIKE.search(re.sub(r"\\[^bBxZ]", "", pattern)):
        return f"has {unlike[0]}, which PostgreSQL and Trino read differently: {_WRITTEN.get(unlike[0][:2])}"
    return None


def _query_problems(rule: DataQuality, of_column: bool, dialect: Dialect, at: Place) -> Problems:
    if not rule.query:
        yield (*at, "query"), "is missing: a SELECT of one number"
    elif problem := queries.problem(rule.query, of_column, dialect):
        yield (*at, "query"), problem
    for field in ("metric", "arguments", "unit"):
        if getattr(rule, field) is not None:
            yield (*at, field), "is for library rules: leave it out"


def _metric_problems(rule: DataQuality, owner: SchemaObject | SchemaProperty, names: Names, at: Place) -> Problems:
    metrics = TABLE_METRICS if isinstance(owner, SchemaObject) else COLUMN_METRICS
    if rule.query is not None:
        yield (*at, "query"), "is for rules of type sql: write type: sql, or leave it out"
    if rule.metric is None or rule.metric not in metrics:
        yield (*at, "metric"), f"must be one of {', '.join(metrics)}"
        return
    if rule.unit not in (None, "rows", "percent") or (rule.unit == "percent" and rule.metric == "rowCount"):
        yield (*at, "unit"), "must be rows" if rule.metric == "rowCount" else "must be rows or percent"
    arguments, at = rule.arguments or {}, (*at, "arguments")
    allowed = {"invalidValues": {"validValues", "pattern"}, "missingValues": {"missingValues"}}.get(rule.metric, set())
    if isinstance(owner, SchemaObject) and rule.metric == "duplicateValues":
        allowed = {"properties"}
        listed, columns = arguments.get("properties"), names.columns.get(str(owner.name), {})
        if not isinstance(listed, list) or not listed or not all(str(each) in columns for each in listed):
            yield at, "must have properties: a list of columns of this table"
    elif allowed and len(arguments.keys() & allowed) != 1:
        yield at, f"must have {' or '.join(sorted(allowed, reverse=True))}"
    for key in sorted(map(str, arguments.keys() - allowed)):
        yield (*at, key), "is given, and nothing checks it"
    if isinstance(owner, SchemaProperty):
        yield from _value_problems(arguments, str(owner.physicalType), at)


def _value_problems(arguments: dict[str, Any], physical: str, at: Place) -> Problems:
    """Of the arguments of a column's rule."""
    for key in ("validValues", "missingValues"):
        listed = arguments.get(key, ["any"])
        if not isinstance(listed, list) or not listed:
            yield (*at, key), "must be a list of values"
            continue
        for number, each in enumerate(arguments.get(key, [])):
            null = each is None and key == "missingValues"
            if not null and (problem := values.problem(each, physical)):
                yield (*at, key, number), problem
    if "pattern" in arguments and (problem := pattern_problem(arguments["pattern"])):
        yield (*at, "pattern"), problem


def _limit_problems(rule: DataQuality, at: Place) -> Problems:
    given = [field for field in (*_OPERATORS, "mustBeBetween") if getattr(rule, field) is not None]
    if not given:
        yield at, f"has no limit: {', '.join((*_OPERATORS, 'mustBeBetween'))}"
    for field in given:
        value = getattr(rule, field)
        if field == "mustBeBetween":
            if len(value) != 2 or not all(map(values.number, value)) or value[0] > value[1]:
                yield (*at, field), "must be two numbers, the lower first"
        elif not values.number(value):
            yield (*at, field), "must be a number"


def _limits(rule: DataQuality) -> Iterator[Limit]:
    for field, operator in _OPERATORS.items():
        if (value := getattr(rule, field)) is not None:
            yield Limit(operator, float(value))
    if rule.mustBeBetween is not None:
        low, high = rule.mustBeBetween
        yield from (Limit(">=", float(low)), Limit("<=", float(high)))


def _moment_problems(element: Any, names: Names, place: Place) -> Problems:
    if names.element(element) is None:
        yield place, f"is {element}: it must be table.column of this contract"
    elif family(names.type(element)) not in ("date", "timestamp", None):
        yield place, f"is {element}, which is {names.type(element)}: it must be a date or a timestamp"
