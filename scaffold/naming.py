"""Names for tables and columns that PostgreSQL, Trino and a contract spell alike, made from those of a file."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

LONGEST = 60
"""Characters; PostgreSQL takes 63, and a number may have to follow."""

_WORDS = {"%": " percent ", "#": " number ", "&": " and ", "€": " eur ", "£": " gbp ", "$": " usd "}
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SYSTEM = {"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"}
"""Columns that every table of PostgreSQL has already."""


def identifier(text: str, otherwise: str) -> str:
    """`text` in small letters, digits and `_`, or `otherwise` where nothing of it is left: `Prénom` is `prenom`."""
    for sign, word in _WORDS.items():
        text = text.replace(sign, word)
    small = _HUMP.sub(" ", unicodedata.normalize("NFC", text)).casefold().translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", small).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain.replace("'", "")).strip("_")[:LONGEST].strip("_") or otherwise
    return f"_{name}" if name[0].isdigit() else name


def column_names(header: Sequence[str]) -> list[str]:
    """A name for each column of a header, no name twice; names that fit already stay as they are."""
    wanted = [identifier(text, f"column_{number}") for number, text in enumerate(header, 1)]
    kept = {text for text, name in zip(header, wanted, strict=True) if text == name}
    taken: set[str] = set()
    names = []
    for text, want in zip(header, wanted, strict=True):
        base = f"{want}_" if want in _SYSTEM else want
        name, number = base, 1
        while name in taken or (name in kept and text != name):
            number += 1
            name = f"{base}_{number}"
        taken.add(name)
        names.append(name)
    return names


def singular(name: str) -> str:
    """The English singular of a table's name, roughly: `categories` is `category`, `addresses` is `address`."""
    for end, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if name.endswith(end) and len(name) > len(end) + 1:
            return name.removesuffix(end) + instead
    return name[:-1] if name.endswith("s") and not name.endswith(("ss", "us", "is")) and len(name) > 2 else name


def words(name: str) -> set[str]:
    """The words of a name, and the name without `_`."""
    return {*name.split("_"), name.replace("_", "")}


def free(name: str, taken: Iterable[str]) -> str:
    """`name`, or with a number behind it where it is taken."""
    used, number, found = set(taken), 1, name
    while found in used:
        number += 1
        found = f"{name}_{number}"
    return found
