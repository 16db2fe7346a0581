"""The type of a column, from what all of its values are; and what to tell a person who expected another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mesh.contracts.types import PRECISION
from scaffold.model import Column, Personal
from scaffold.naming import words
from scaffold.personal import personal
from scaffold.profile import Profile

WORD_PAIRS = ({"true", "false"}, {"t", "f"}, {"yes", "no"}, {"y", "n"})
"""What PostgreSQL takes for yes and no, beside 1 and 0."""
CODES = {
    *("phone", "telephone", "tel", "mobile", "fax", "zip", "zipcode", "postcode", "postalcode", "codepostal", "plz"),
    *("siren", "siret", "iban", "bic", "isbn", "ean", "gtin", "barcode", "ssn", "nir", "sku"),
}
"""Words of columns whose digits are no quantity, so that a zero in front counts."""
MOST_ALLOWED, REPEATED, LONG = 10, 5, 40
"""Of columns with few values: how many, how often each on average, and their characters at most."""

_MOSTLY = 0.5
_WANTED = (
    ("integer", "a whole number"),
    ("decimal", "a number"),
    ("date", "a date as 2024-12-31"),
    ("zoned", "a time as 2024-12-31 23:59:59"),
    ("time", "a time as 23:59:59"),
    ("uuid", "a UUID"),
)
_ADVICE = {
    "other date": "looks like dates, and the loader takes 2024-12-31 alone: write them so to have a date",
    "grouped number": "looks like numbers with signs that the loader does not take: write 1234.50 to have a number",
}


@dataclass(frozen=True)
class Chosen:
    """A type of PostgreSQL, why, and what the values are like."""

    type: str
    why: str
    seen: str = ""


def choose(column: Profile, name: str, lines: Mapping[int, int], unit: str) -> Chosen:
    """The type that every value has. `lines`: of records, for a message; `unit`: what a line is called."""
    if not column.present:
        return Chosen("text", "no row has a value" if column.rows else "there are no rows")
    if column.all_are("integer") and not words(name) & CODES and not _yes_or_no(column, name):
        return _integer(column, name)
    if values := _yes_or_no(column, name):
        return Chosen("boolean", f"only {' and '.join(sorted(values))}")
    if column.all_are("decimal") and not words(name) & CODES:
        if column.scale == 0:
            return Chosen(
                "text", f"up to {column.whole} digits, more than any number of the database has", _length(column)
            )
        return _decimal(column)
    if column.all_are("float") and not words(name) & CODES:
        return Chosen("double precision", "numbers such as 1e5: a floating-point number")
    for kind, type_, why in (("uuid", "uuid", "UUIDs"), ("date", "date", "dates"), ("time", "time", "times of day")):
        if column.all_are(kind):
            seen = f" from {column.least} to {column.greatest}" if kind != "uuid" else ""
            return Chosen(type_, f"{why}{seen}", f"{why[0].upper()}{why[1:]}{seen}." if seen else "")
    if column.all_are("timestamp"):
        return Chosen("timestamp", "dates with a time, without a zone", f"From {column.least} to {column.greatest}.")
    if column.all_are("zoned"):
        plain = "" if column.all_are("with zone") else "; those without a zone are UTC"
        return Chosen(
            "timestamptz", f"dates with a time and a zone{plain}", f"From {column.least} to {column.greatest}."
        )
    return Chosen("text", _why_text(column, name, lines, unit), _length(column))


def draft(column: Profile, name: str, beside: Sequence[str], lines: Mapping[int, int], unit: str) -> Column:
    """The column, without what other rows and tables tell; `beside` are the names of its table's columns."""
    chosen = choose(column, name, lines, unit)
    who = personal(column, name, chosen.type, beside)
    allowed = few_values(column) if chosen.type == "text" and not who else ()
    seen = f"One of {', '.join(allowed)}." if allowed else chosen.seen
    if who and chosen.type != "text":
        seen = ""
    return Column(
        name=name,
        original=column.original,
        type=chosen.type,
        why=chosen.why + (f"; only {len(allowed)} different" if allowed else ""),
        seen=seen,
        missing=column.missing,
        bytes=column.bytes,
        required=column.rows > 0 and not column.missing,
        personal=who,
        emails=isinstance(who, Personal) and column.all_are("e-mail"),
        allowed=allowed,
    )


def _integer(column: Profile, name: str) -> Chosen:
    numbered = name == "id" or name.endswith("_id") or name.startswith("id_")
    size = f"whole numbers of up to {column.whole} digit{'s' if column.whole > 1 else ''}"
    type_ = "bigint" if numbered or column.whole > 9 else "integer"
    return Chosen(type_, f"{size}{', which identify' if numbered else ''}", f"{size[0].upper()}{size[1:]}.")


def _decimal(column: Profile) -> Chosen:
    if column.whole + column.scale > PRECISION:
        digits = f"{column.whole} digits before the point and {column.scale} behind it"
        return Chosen("text", f"up to {digits}: a number has {PRECISION} at most", _length(column))
    room = PRECISION - column.whole
    scale = next((each for each in (2, 4, 6) if column.scale <= each <= room), column.scale)
    whole = min(max(10, column.whole + 2), PRECISION - scale)
    seen = f"up to {column.scale} digits behind the point"
    return Chosen(f"numeric({whole + scale}, {scale})", f"numbers with {seen}", f"Numbers with {seen}.")


def _yes_or_no(column: Profile, name: str) -> set[str]:
    if column.values is None:
        return set()
    values = {value.casefold() for value in column.values}
    flag = name.startswith(("is_", "has_")) and values == {"0", "1"}
    return values if flag or values in WORD_PAIRS or (values and values <= WORD_PAIRS[0]) else set()


def _why_text(column: Profile, name: str, lines: Mapping[int, int], unit: str) -> str:
    if words(name) & CODES and column.all_are("integer"):
        return "digits that are no quantity, by the name"
    if (zeros := column.misfits.get("leading zero")) and zeros.count < column.present:
        share = column.present - zeros.count
        return f"{share:,} of {column.present:,} values begin with a zero, which a number would lose"
    for kind, advice in _ADVICE.items():
        if column.share(kind) > 0.7:
            return advice
    for kind, wanted in _WANTED:
        if (wrong := column.misfits.get(kind)) and wrong.count < column.present:
            where = f"{unit} {lines[wrong.record]}" if wrong.record in lines else f"record {wrong.record}"
            others = f", and {wrong.count - 1:,} others" if wrong.count > 1 else ""
            return f"{_shown(wrong.value)} in {where} is not {wanted}{others}: leave a missing value empty"
    kinds = {"e-mail": "e-mail addresses", "IP address": "IP addresses"}
    return next((said for kind, said in kinds.items() if column.all_are(kind)), "text")


def _shown(text: str) -> str:
    flat = repr(text)
    return flat if len(flat) <= 30 else f"{flat[:27]}…'"


def _length(column: Profile) -> str:
    return f"Text of up to {column.longest} character{'s' if column.longest > 1 else ''}."


def few_values(column: Profile) -> tuple[str, ...]:
    """The values of a column of text that has few, each often; none where it has many."""
    values = column.values or {}
    fits = all(value.strip() and value.isprintable() and len(value) <= LONG for value in values)
    other = any(column.share(kind) > _MOSTLY for kind, _ in _WANTED)
    few = not other and 2 <= len(values) <= MOST_ALLOWED and column.present >= REPEATED * len(values)
    return tuple(sorted(values)) if few and fits else ()
