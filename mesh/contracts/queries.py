"""The queries of a contract's own checks: one SELECT, with placeholders for the names of table and column."""

import re

import sqlglot
from sqlglot import TokenType
from sqlglot.errors import SqlglotError

from mesh.sql import Dialect

_PLACEHOLDER = re.compile(r"\$?\{(object|table|property|column)\}")
"""The standard writes `{object}` and `{property}`; its examples have `${table}` and `${column}` too."""
_OF_COLUMN = ("property", "column")


def problem(query: str, of_column: bool, dialect: Dialect) -> str | None:
    """Why a query cannot be asked; None where it can. `of_column`: a column is meant by `{property}`."""
    if not of_column and any(match[1] in _OF_COLUMN for match in _PLACEHOLDER.finditer(query)):
        return "has a placeholder for a column, and is a rule of the table: move it to the column"
    if unknown := re.search(r"\$\{[^}]*\}?", _PLACEHOLDER.sub("", query)):
        return f"has {unknown[0]}, which stands for nothing: there are {{object}} and {{property}}"
    try:
        tokens = sqlglot.tokenize(replaced(cleaned(query), "t", "c"), read=_read_as(dialect))
    except SqlglotError:
        return "is no SQL: a quote or a comment does not end"
    depth = 0
    for token in tokens:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth < 0:
            break
        if token.token_type == TokenType.SEMICOLON:
            return "must be one SELECT, without a ; in it"
    if depth:
        return "is no SQL: parentheses do not match"
    first = next((token.token_type for token in tokens if token.token_type != TokenType.L_PAREN), None)
    if first not in (TokenType.SELECT, TokenType.WITH):
        return "must be a SELECT of one number"
    return None


def cleaned(query: str) -> str:
    """Without white space and semicolons at the end."""
    return query.strip().rstrip("; \n\t")


def replaced(query: str, table: str, column: str) -> str:
    """With names, quoted where they must be, in the place of placeholders."""
    return _PLACEHOLDER.sub(lambda match: column if match[1] in _OF_COLUMN else table, query)


def _read_as(dialect: Dialect) -> str:
    return "postgres" if dialect == "postgresql" else "trino"
