"""The pseudonym that stands for an e-mail wherever the address itself is not shown."""

from mesh.sql import Dialect

DIGITS = 32
"""Hexadecimal digits of a pseudonym, the same in every column: so all of them join. Two of 10 billion different
e-mails have the same one with a probability below 2e-19."""


def pseudonym(expression: str, dialect: Dialect, padded: bool = False) -> str:
    """The SQL expression for the pseudonym of an e-mail, given as an SQL expression; NULL for NULL.

    The first DIGITS digits of the SHA-256 of the e-mail in lower case (UTF-8). Equal e-mails have equal pseudonyms
    whatever their case; blanks around an e-mail count. `padded` is for a column of Trino's type char, whose blanks at
    the end do not count. Both dialects give the same for every letter that PostgreSQL 17 and Trino 476 both know: all
    but the 27 capital letters that Unicode 16 added.
    """
    if dialect == "postgresql":
        # Lower case letter by letter as in Java, whatever the language of the database. Its char has no blanks in text.
        folded = f'lower({expression} COLLATE "pg_c_utf8")'
        return f"substr(encode(sha256(convert_to({folded}, 'UTF8')), 'hex'), 1, {DIGITS})"
    text = f"trim(TRAILING ' ' FROM CAST({expression} AS varchar))" if padded else expression
    return f"substr(lower(to_hex(sha256(to_utf8(lower({text}))))), 1, {DIGITS})"
