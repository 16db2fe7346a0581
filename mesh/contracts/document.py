"""The text of a contract as data, and the line of every field."""

from collections.abc import Iterator
from typing import Any

import yaml
from yaml.constructor import ConstructorError

try:
    from yaml import CSafeLoader as SafeLoader  # much faster, where PyYAML was built with libyaml
except ImportError:
    from yaml import SafeLoader

Place = tuple[str | int, ...]
"""Where something is in the document: `("schema", 0, "name")`."""

LARGEST, DEEPEST, MOST = 1_000_000, 40, 100_000
"""Most characters, levels, and values (those of aliases counted where they are used) of a contract."""

_MERGE = "tag:yaml.org,2002:merge"


class DocumentError(ValueError):
    """Why the text cannot be read, and its line, from 1; None where there is none."""

    def __init__(self, problem: str, line: int | None) -> None:
        super().__init__(problem)
        self.line = line


class _Loader(SafeLoader):  # pyright: ignore[reportGeneralTypeIssues]
    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            # What YAML's own constructors raise for 2024-13-45, an integer of 5,000 digits, or !!bool perhaps.
            kind = node.tag.rpartition(":")[2]
            message = f"{str(node.value)[:40]!r} is no {kind}: mend it, or put it in quotes"
            raise ConstructorError(None, None, message, node.start_mark) from error


def read(text: str) -> tuple[Any, dict[Place, int], list[Place]]:
    """The data of a text in YAML, the line of each field, and the fields that one mapping has twice.

    Raises DocumentError.
    """
    if len(text) > LARGEST:
        raise DocumentError(f"has {len(text):,} characters; a contract has {LARGEST:,} at most", None)
    lines: dict[Place, int] = {}
    try:
        _check_size(text)
        loader = _Loader(text)
        node = loader.get_single_node()
        twice = list(_note_lines(node, (), lines))
        data = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or error
        raise DocumentError(f"not YAML: {problem}", mark.line + 1 if mark else None) from error
    return data, lines, twice


def _check_size(text: str) -> None:
    """Raises DocumentError for a text that is too deep, or without end: an alias within what it stands for."""
    sizes: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []  # anchor of each open list or mapping, and the values before it
    count = 0
    for event in yaml.parse(text, Loader=SafeLoader):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_):
                raise DocumentError(f"the alias *{event.anchor} is within what it stands for", line)
            count += sizes.get(event.anchor, 1)
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, count))
            count += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            if anchor:
                sizes[anchor] = count - before
        if len(open_) > DEEPEST:
            raise DocumentError(f"is more than {DEEPEST} levels deep", line)
        if count > MOST:
            raise DocumentError(f"has more than {MOST:,} values, those of aliases included", line)


def _note_lines(node: yaml.Node | None, place: Place, lines: dict[Place, int], merged: bool = False) -> Iterator[Place]:
    """Fills `lines` with the line of every field; yields the fields that one mapping has twice.

    `merged`: the mapping is put into another one by `<<`, whose own fields win.
    """
    if isinstance(node, yaml.MappingNode):
        for key, value in sorted(node.value, key=lambda pair: pair[0].tag == _MERGE):  # stable: merges come last
            if key.tag == _MERGE:
                for each in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    yield from _note_lines(each, place, lines, merged=True)
                continue
            inner = (*place, str(key.value))
            if inner not in lines:
                lines[inner] = key.start_mark.line + 1
            elif not merged:
                lines[inner] = key.start_mark.line + 1
                yield inner
            yield from _note_lines(value, inner, lines, merged)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines.setdefault((*place, number), item.start_mark.line + 1)
            yield from _note_lines(item, (*place, number), lines, merged)
