"""Arguments held against the installed SDK, as the real plugins hold them against their schemas."""

import difflib
import re
from typing import Any

from local.providers import sdk, values
from local.providers.sdk import Shape, Type

_WORDS = {"string": "a string", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
_WORDS |= {"list": "a list", "map": "a map", "object": "an object"}
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


def _object(values: values.Properties, shape: Shape, path: str, owner: str):
    for key in values:
        if key not in shape and not key.startswith("__"):
            yield f'Unexpected argument "{key}": {path or owner} has no such argument.{_near(key, shape)}'
    for key, declared in shape.items():
        if key in values and values[key] is not None:
            yield from _value(values[key], declared.type, joined(path, key))
        elif not declared.optional:
            yield f'Missing required argument "{declared.name}" ({joined(path, key)}).'


def _value(value: Any, type_: Type, path: str):
    if value is None or values.is_unknown(value) or values.is_special(value):
        return
    if not _fits(value, type_.kind):
        yield f'Wrong type for "{path}": it takes {_WORDS[type_.kind]}.'
    elif type_.kind == "list" and type_.of:
        for index, item in enumerate(value):
            yield from _value(item, type_.of, joined(path, index))
    elif type_.kind == "map" and type_.of:
        for key, item in value.items():
            yield from _value(item, type_.of, joined(path, key))
    elif type_.kind == "object" and type_.file:
        shape = sdk.shape(type_.file, type_.name)
        if shape:
            yield from _object(value, shape, path, type_.name)


def _fits(value: Any, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case "map" | "object":
            return isinstance(value, dict)
    return True


def _near(key: str, shape: Shape) -> str:
    """The nearest argument, spelled as in Python."""
    names = {declared.name.replace("_", ""): declared.name for declared in shape.values()}
    near = difflib.get_close_matches(key.replace("_", "").lower(), names, n=1)
    return f' Did you mean "{names[near[0]]}"?' if near else ""
