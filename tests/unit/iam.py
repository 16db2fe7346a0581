"""Reads IAM documents as AWS does, as far as the mesh's documents go."""

import re
from collections.abc import Mapping
from typing import Any


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def matches(text: str, pattern: str) -> bool:
    """Whether a text, or everything that a pattern stands for, falls under `pattern`."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.IGNORECASE) is not None


def _applies(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    return any(matches(action, a) for a in listed(statement["Action"])) and any(
        matches(resource, r) for r in listed(statement["Resource"])
    )


def _holds(statement: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    for operator, tests in statement.get("Condition", {}).items():
        for key, wanted in tests.items():
            got = context.get(key)
            like = operator == "StringLike"
            if got is None or not any(matches(got, w) if like else got == w for w in listed(wanted)):
                return False
    return True


def allows(document: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Whether a document by itself lets somebody do `action` to `resource`, given the request's condition keys."""
    effects = {
        statement["Effect"]
        for statement in document["Statement"]
        if _applies(statement, action, resource) and _holds(statement, context or {})
    }
    return effects == {"Allow"}


def grants(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every action with every resource that a document allows, patterns as they stand."""
    return [
        (action, resource)
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


def outside(document: Mapping[str, Any], boundary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a document allows and no statement of the boundary does, conditions left aside."""
    ceilings = [statement for statement in boundary["Statement"] if statement["Effect"] == "Allow"]
    return [
        (action, resource)
        for action, resource in grants(document)
        if not any(_applies(ceiling, action, resource) for ceiling in ceilings)
    ]
