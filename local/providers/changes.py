"""What differs between the arguments a resource was made with and those it is to have."""

from collections.abc import Callable, Iterable
from typing import Any

from local.providers import values
from local.providers.checks import joined

ADD, DELETE, UPDATE = "ADD", "DELETE", "UPDATE"

Changes = dict[str, str]
"""ADD, DELETE or UPDATE by property path."""


def between(old: Any, new: Any, path: str = "") -> Changes:
    """The changes that lead from `old` to `new`, both plain, as deep as both have the same form."""
    if isinstance(old, dict) and isinstance(new, dict) and not (values.is_special(old) or values.is_special(new)):
        found: Changes = {}
        for key in sorted(old.keys() | new.keys()):
            if key.startswith("__"):
                continue
            if old.get(key) is None or new.get(key) is None:
                if old.get(key) is not new.get(key):
                    found[joined(path, key)] = ADD if old.get(key) is None else DELETE
            else:
                found |= between(old[key], new[key], joined(path, key))
        return found
    if isinstance(old, list) and isinstance(new, list):
        found = {}
        for index in range(max(len(old), len(new))):
            here = joined(path, index)
            if index >= len(old) or index >= len(new):
                found[here] = ADD if index >= len(old) else DELETE
            else:
                found |= between(old[index], new[index], here)
        return found
    return {} if old == new else {path: UPDATE}


def within(path: str, roots: Iterable[str]) -> bool:
    """Whether `path` is one of the property paths `roots` or lies in one of them."""
    return any(path == root or path.startswith((f"{root}.", f"{root}[")) for root in roots)


def without(found: Changes, dropped: Callable[[str], bool]) -> Changes:
    """The changes but those at paths that are `dropped`."""
    return {path: kind for path, kind in found.items() if not dropped(path)}


def top(path: str) -> str:
    """The first name of a property path."""
    return path.partition(".")[0].partition("[")[0]
