"""Reads configuration values one by one and collects the problems with them."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[str], str | None]
"""Returns the problem with a value, or None."""


class Reader:
    """Reads a stack's configuration, and collects every problem with the command that fixes it."""

    def __init__(self, get: Callable[[str], str | None]) -> None:
        self._get = get
        self.problems: dict[str, str] = {}
        """By key, or by key and index (`allowedCidrs[0]`)."""

    def refuse(self, key: str, problem: str, fix: str) -> None:
        """Adds a problem; `fix` is what follows `pulumi config set`."""
        self.problems[key] = f"{key.partition('[')[0]}: {problem}\n      pulumi config set {fix}"

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
            self.refuse(key, f"true or false is needed, not {raw!r}", f"{key} {str(default).lower()}")
        return raw == "true"

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        raw = self._get(key) or str(default)
        if not re.fullmatch(r"-?[0-9]{1,9}", raw) or not least <= int(raw) <= most:
            self.refuse(key, f"a whole number from {least} to {most} is needed, not {raw!r}", f"{key} {default}")
            return default
        return int(raw)

    def words(self, key: str, check: Check, example: str) -> tuple[str, ...]:
        """Texts that each pass `check`, separated by commas: in a list, `config set` would store digits as a number."""
        values = tuple(word.strip() for word in (self._get(key) or "").split(",") if word.strip())
        if problems := [problem for value in values if (problem := check(value))]:
            self.refuse(key, "; ".join(problems), f"{key} {example}")
        return values

    def texts(self, key: str, check: Check, example: str) -> tuple[str, ...]:
        """A list of texts that each pass `check`."""
        values = tuple(str(value).strip() for value in self._json(key, list, f"--path '{key}[0]' {example}"))
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
        problems = {
            name: f"'{name}' is not one of its entries ({', '.join(kinds)})"
            if name not in kinds
            else f"'{name}' is {value!r}, not {'a number' if kinds[name] is int else 'a text'}"
            for name, value in group.items()
            if name not in kinds or type(value) is not kinds[name]
        }
        if problems:
            self.refuse(key, "; ".join(problems.values()), fix)
        return group if group and not problems else None

    def objects(self, key: str, example: str) -> dict[str, Any]:
        """An object whose entries the caller checks."""
        return self._json(key, dict, f"--path {example}")

    def _json(self, key: str, kind: type, fix: str) -> Any:
        raw = self._get(key)
        try:
            value = json.loads(raw) if raw else kind()
        except ValueError:
            value = raw
        if isinstance(value, kind):
            return value
        self.refuse(key, f"{'a list' if kind is list else 'an object'} is needed, not {value!r}", fix)
        return kind()
