"""Property values as the engine sends them: plain Python values, secrets marked, unknown ones named."""

from typing import Any

from google.protobuf.struct_pb2 import Struct, Value

Properties = dict[str, Any]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that a preview cannot know yet; programs in Python have no other such text."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_CONFIDENTIAL = "1b47061264138c4ac30d75fd1eb44270"


def load(message: Struct) -> Properties:
    """The properties in a message; whole numbers become `int`."""
    return {key: _load(value) for key, value in message.fields.items()}


def dump(properties: Properties) -> Struct:
    """The message for these properties."""
    message = Struct()
    message.update(properties)
    return message


def secret(value: Any) -> Any:
    """`value`, marked so that the engine encrypts it."""
    return value if is_secret(value) else {_SIGNATURE: _CONFIDENTIAL, "value": value}


def is_secret(value: Any) -> bool:
    """Whether `value` itself is marked as secret."""
    return isinstance(value, dict) and value.get(_SIGNATURE) == _CONFIDENTIAL


def holds_secret(value: Any) -> bool:
    """Whether `value` or anything in it is marked as secret."""
    if is_secret(value):
        return True
    if isinstance(value, dict):
        return any(map(holds_secret, value.values()))
    return isinstance(value, list) and any(map(holds_secret, value))


def opened(value: Any) -> Any:
    """`value` without a mark of secrecy on itself; what is in it keeps its marks."""
    return value["value"] if is_secret(value) else value


def plain(value: Any) -> Any:
    """`value` without marks of secrecy, at any depth."""
    if is_secret(value):
        return plain(value["value"])
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def _load(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return load(value.struct_value)
    if kind == "list_value":
        return [_load(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return None if kind in (None, "null_value") else getattr(value, kind)
