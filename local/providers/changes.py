"""What differs between the arguments a resource was made with and those it is to have."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.providers.checks import joined

Changes = dict[str, str]
"""ADD, DELETE or UPDATE by property path."""


def between(old: Any, new: Any, path: str = "") -> Changes:
    """The changes that lead from `old` to `new`, both plain, as deep as both have the same form."""
    before, after = _items(old), _items(new)
    if before is None or after is None or type(old) is not type(new):
        return {} if old == new else {path: "UPDATE"}
    found: Changes = {}
    for key in dict.fromkeys([*before, *after]):
        here = joined(path, key)
        if key in before and key in after:
            found |= between(before[key], after[key], here)
        else:
            found[here] = "ADD" if key in after else "DELETE"
    return found


def _items(value: Any) -> Mapping[Any, Any] | None:
    """What is in a list or an object; a null in an object is no value, and names with two underscores are private."""
    if isinstance(value, list):
        return dict(enumerate(value))
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if item is not None and not key.startswith("__")}
    return None


def within(path: str, roots: Iterable[str]) -> bool:
    """Whether `path` is one of the property paths `roots` or lies in one of them."""
    return any(path == root or path.startswith((f"{root}.", f"{root}[")) for root in roots)


def top(path: str) -> str:
    """The first name of a property path."""
    return path.partition(".")[0].partition("[")[0]
