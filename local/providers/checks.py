"""Checks arguments against the installed SDK, as the real plugins check them against their schemas."""

import difflib
import re
from collections.abc import Iterator
from typing import Any

from local.providers import sdk, values
from local.providers.sdk import Schema, Type

_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "string": (str, "a string"),
    "boolean": (bool, "true or false"),
    "integer": (int, "a whole number"),
    "number": ((int, float), "a number"),
    "list": (list, "a list"),
    "map": (dict, "a map"),
    "object": (dict, "an object"),
}
"""Python's types for a kind of property, and its name in messages; any other kind takes anything."""
_PLAIN = re.compile(r"[A-Za-z_$][\w$]*")


def problems(token: str, arguments: values.Properties) -> list[str]:
    """Everything that is wrong with the (plain) arguments of a resource; what is not known yet is right."""
    return list(_object(arguments, sdk.resource(token).inputs, "", token))


def joined(path: str, key: str | int) -> str:
    """The property path of an item, e.g. `spec.containers[0].labels["app.kubernetes.io/name"]`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not _PLAIN.fullmatch(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def _object(given: values.Properties, schema: Schema, path: str, owner: str) -> Iterator[str]:
    for key in given:
        if key not in schema and not key.startswith("__"):
            yield f'Unexpected argument "{key}": {path or owner} has no such argument.{_near(key, schema)}'
    for key, declared in schema.items():
        if given.get(key) is not None:
            yield from _value(given[key], declared.type, joined(path, key))
        elif not declared.optional:
            yield f'Missing required argument "{declared.name}" ({joined(path, key)}).'


def _value(value: Any, declared: Type, path: str) -> Iterator[str]:
    if value is None or value == values.UNKNOWN or declared.kind not in _KINDS:
        return
    expected, words = _KINDS[declared.kind]
    fits = isinstance(value, expected) and isinstance(value, bool) == (declared.kind == "boolean")
    if not fits:
        yield f'Wrong type for "{path}": it takes {words}.'
    elif declared.of:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _value(item, declared.of, joined(path, key))
    elif declared.file and (schema := sdk.nested(declared.file, declared.name)):
        yield from _object(value, schema, path, declared.name)


def _near(key: str, schema: Schema) -> str:
    """The nearest argument, spelled as in Python."""
    names = {declared.name.replace("_", ""): declared.name for declared in schema.values()}
    near = difflib.get_close_matches(key.replace("_", "").lower(), names, n=1)
    return f' Did you mean "{names[near[0]]}"?' if near else ""
