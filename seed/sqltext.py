"""Reads files of SQL as far as it takes to find the statements that must not be in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*)
    | (?P<comment>/\*)
    | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
    | (?P<text>[eE]'(?:[^'\\]|''|\\.)*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'|(?:[uU]&)?"(?:[^"]|"")*")
    | (?P<word>[^\W\d][\w$]*)
    | (?P<open>['"])
    | (?P<other>.)
    """,
    re.DOTALL | re.VERBOSE,
)
_COMMENT_MARK = re.compile(r"/\*|\*/")

_TRANSACTION = {"ABORT", "BEGIN", "COMMIT", "END", "RELEASE", "ROLLBACK", "SAVEPOINT"}


@dataclass(frozen=True)
class Statement:
    """The words of a statement that are neither quoted nor in a comment, in capitals; `line` is that of the first."""

    line: int
    words: tuple[str, ...]


def refusals(text: str) -> Iterator[str]:
    """What in `text` cannot be part of somebody else's transaction: `line 3: COMMIT: …`, one for each place."""
    try:
        for statement in statements(text):
            if problem := _problem(statement.words):
                yield f"line {statement.line}: {problem}"
    except SyntaxError as error:
        yield f"line {error.lineno}: {error.msg}"


def statements(text: str) -> Iterator[Statement]:
    """The statements of `text`. Raises SyntaxError where a quote or a comment has no end."""
    words: list[str] = []
    line, depth = 0, 0
    for kind, piece, at in _pieces(text):
        if not words:
            line = at
        if kind == "word":
            words.append(piece.upper())
            depth = _depth(words, depth)
        elif piece == ";" and depth == 0:
            if words:
                yield Statement(line, tuple(words))
            words = []
        else:
            words.append(piece if piece == "\\" else "")
    if words:
        yield Statement(line, tuple(words))


def _depth(words: list[str], depth: int) -> int:
    """How many blocks are open in the body of a function that is written as SQL: semicolons in them end nothing."""
    if words[0] == "CREATE" and {"FUNCTION", "PROCEDURE"} & set(words[:5]):
        if words[-2:] == ["BEGIN", "ATOMIC"] or (depth and words[-1] == "CASE"):
            return depth + 1
        if depth and words[-1] == "END":
            return depth - 1
    return depth


def _problem(words: tuple[str, ...]) -> str | None:
    if "\\" in words:
        return "a command of psql (\\…) is no SQL: leave it out"
    if words[0] in _TRANSACTION or words[:2] in (("START", "TRANSACTION"), ("PREPARE", "TRANSACTION")):
        return f"{' '.join(words[:2]).strip()}: the file is part of one transaction already: leave it out"
    if words[0] == "COPY" and "STDIN" in words:
        return "COPY … FROM STDIN: rows belong into a CSV file beside schema.sql, TABLE.csv"
    return None


def _pieces(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and line of all that is neither white space nor comment."""
    position, line = 0, 1
    while match := _TOKEN.match(text, position):
        kind, piece, end = str(match.lastgroup), match[0], match.end()
        if kind == "comment":
            end = _end_of_comment(text, position, line)
        elif kind == "dollar":
            end = text.find(piece, end) + len(piece)
            if end < len(piece):
                raise SyntaxError(f"the text that {piece} opens has no end", (None, line, None, None))
        elif kind == "open":
            raise SyntaxError(f"the {piece} that opens here has no end", (None, line, None, None))
        if kind not in ("space", "comment"):
            yield kind, piece, line
        line += text.count("\n", position, end)
        position = end


def _end_of_comment(text: str, position: int, line: int) -> int:
    depth = 0
    for mark in _COMMENT_MARK.finditer(text, position):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    raise SyntaxError("the comment that /* opens has no end", (None, line, None, None))
