"""Reads configuration values one by one and collects the problems with them."""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from mesh.brief import brief
from mesh.keys import unread

Check = Callable[[str], str | None]
"""Returns the problem with a value, or None."""

MOST_LEVELS = 3
"""Of lists and objects in a value: `users` has names, their entries and the list of domains."""
MOST_CHARACTERS = 500_000


class _UnusableError(ValueError):
    """A value that is JSON, and of which nobody could say what it means."""


class Reader:
    """Reads a stack's configuration, and collects every problem with the command that fixes it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """`values` are all texts of the configuration, by key; keys of other namespaces have it: `aws:region`."""
        self._values = values
        self._asked: set[str] = set()
        self.problems: dict[str, str] = {}
        """By key, or by key and index (`allowedCidrs[0]`)."""

    def refuse(self, key: str, problem: str, fix: str) -> None:
        """Adds a problem; `fix` is what follows `pulumi config set`."""
        self.problems[key] = f"{key.partition('[')[0]}: {problem}\n      pulumi config set {fix}"

    def refuse_unused(self, keys: Mapping[str, str]) -> None:
        """Adds a problem for each of these keys that is set; the text says why that has no effect."""
        for key, why in keys.items():
            if self._get(key) not in (None, "", "false", "{}"):
                self.problems[key] = f"{key}: {why}\n      pulumi config rm {key}"

    def refuse_unread(self) -> None:
        """Adds a problem for each key that nobody has asked for; called when everything has been read."""
        for key in self._values:
            if key not in self._asked and (problem := unread(key, self._asked)):
                self.problems[f"unread {key}"] = f"{problem}\n      pulumi config rm {shlex.quote(key)}"

    def text(self, key: str, default: str, check: Check, example: str) -> str:
        """A text that passes `check`; `example` is a value for the command that fixes it."""
        value = (self._get(key) or default).strip()
        if problem := check(value):
            self.refuse(key, problem, f"{key} {example}")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        raw = self._get(key) or str(default).lower()
        if raw not in ("true", "false"):
            self.refuse(key, f"true or false is needed, not {brief(raw)}", f"{key} {str(default).lower()}")
        return raw == "true"

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        raw = self._get(key) or str(default)
        if not re.fullmatch(r"-?[0-9]{1,9}", raw) or not least <= int(raw) <= most:
            self.refuse(key, f"a whole number from {least} to {most} is needed, not {brief(raw)}", f"{key} {default}")
            return default
        return int(raw)

    def words(self, key: str, check: Check, example: str) -> tuple[str, ...]:
        """Texts that each pass `check`, separated by commas: in a list, `config set` would store digits as a number."""
        values = tuple(word.strip() for word in (self._get(key) or "").split(",") if word.strip())
        if problems := [problem for value in values if (problem := check(value))]:
            self.refuse(key, listed(problems), f"{key} {example}")
        return values

    def texts(self, key: str, check: Check, example: str, most: int) -> tuple[str, ...]:
        """A list of at most `most` texts that each pass `check`."""
        values = tuple(str(value).strip() for value in self._json(key, list, f"--path '{key}[0]' {example}"))
        if len(values) > most:
            self.refuse(key, f"there are {len(values):,} entries, {most} are allowed", f"{key} '[\"{example}\"]'")
            return ()
        for index, value in enumerate(values):
            if problem := check(value):
                self.refuse(f"{key}[{index}]", problem, f"--path '{key}[{index}]' {example}")
        return values

    def group(self, key: str, kinds: Mapping[str, type], example: str) -> dict[str, Any] | None:
        """An object whose entries are all of the `kinds`; None when it is empty or wrong.

        `example` is an entry with its value, e.g. `start 8`.
        """
        entry, _, value = example.partition(" ")
        fix = f"--path {key}.{entry} {value}"
        group = self._json(key, dict, fix)
        unknown = [brief(name) for name in group if name not in kinds]
        problems = [f"{', '.join(unknown[:3])} is not one of its entries ({', '.join(kinds)})"] if unknown else []
        problems += [
            f"{brief(name)} is {brief(value)}, not {'a number' if kinds[name] is int else 'a text'}"
            for name, value in group.items()
            if name in kinds and type(value) is not kinds[name]
        ]
        if problems:
            self.refuse(key, listed(problems), fix)
        return group if group and not problems else None

    def objects(self, key: str, example: str) -> dict[str, Any]:
        """An object whose entries the caller checks."""
        return self._json(key, dict, f"--path {example}")

    def _get(self, key: str) -> str | None:
        self._asked.add(key)
        return self._values.get(key)

    def _json(self, key: str, kind: type, fix: str) -> Any:
        raw = self._get(key)
        try:
            value = _parsed(raw) if raw else kind()
        except _UnusableError as unusable:
            self.refuse(key, str(unusable), fix)
            return kind()
        if isinstance(value, kind):
            return value
        self.refuse(key, f"{'a list' if kind is list else 'an object'} is needed, not {brief(value)}", fix)
        return kind()


def listed(problems: list[str]) -> str:
    """The first few of them; the others are counted."""
    more = len(problems) - 3
    return "; ".join(problems[:3] + ([f"and {more} more"] if more > 0 else []))


def _parsed(raw: str) -> Any:
    """The value of a JSON text, or the text itself; raises _UnusableError for one that is too deep or ambiguous."""
    if len(raw) > MOST_CHARACTERS:
        raise _UnusableError(f"it has {len(raw):,} characters, {MOST_CHARACTERS:,} are allowed")
    try:
        value = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_number)
    except _UnusableError:
        raise
    except RecursionError:
        raise _UnusableError(_TOO_DEEP) from None
    except ValueError:
        return raw
    _limit(value, MOST_LEVELS)
    return value


_TOO_DEEP = f"lists and objects are nested too deeply, at most {MOST_LEVELS} levels are allowed"


def _limit(value: Any, levels: int) -> None:
    """Raises _UnusableError where lists and objects have more than these levels."""
    if isinstance(value, list | dict):
        if levels == 0:
            raise _UnusableError(_TOO_DEEP)
        for each in value.values() if isinstance(value, dict) else value:
            _limit(each, levels - 1)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise _UnusableError(f"{brief(next(name for name in names if names.count(name) > 1))} is in it twice")
    return made


def _no_number(constant: str) -> Any:
    raise _UnusableError(f"{constant} is no number")
