"""Kinds of values, as patterns that hold for every value before a column gets the type."""

from typing import Any

import pyarrow
from pyarrow import compute

_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
_ZONE = r" ?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
_WHOLE = r"(0|[1-9][0-9]*)"
_IP = r"([0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7}"

KINDS = {
    "integer": r"-?(0|[1-9][0-9]{0,17})",
    "decimal": rf"-?({_WHOLE}(\.[0-9]+)?|\.[0-9]+)",
    "float": rf"-?({_WHOLE}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{{1,2}})?",
    "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "date": _DATE,
    "time": _TIME,
    "timestamp": rf"{_DATE}([T ]{_TIME})?",
    "zoned": rf"{_DATE}([T ]{_TIME}({_ZONE})?)?",
    "with zone": rf"{_DATE}[T ]{_TIME}{_ZONE}",
    "e-mail": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "telephone": r"\+[0-9][0-9 ().-]{7,20}|\(?0[0-9]{1,4}\)?([ .-][0-9]{2,4}){2,5}|0[1-9][0-9]{8}",
    "IP address": _IP,
    "person": r"\p{Lu}[\p{L}'.\x{2019}-]*( (\p{Lu}[\p{L}'.\x{2019}-]*|de|da|di|del|la|le|van|von|der|den|bin|al)){1,4}",
    "other date": r"[0-9]{1,2}[./-][0-9]{1,2}[./-]([0-9]{2}|[0-9]{4})( .*)?|[0-9]{4}[./][0-9]{1,2}[./][0-9]{1,2}( .*)?",
    "grouped number": r"[-+]?[$€£]? ?[0-9]{1,3}([, '.\x{2019}\x{a0}\x{202f}][0-9]{3})+([.,][0-9]+)?( ?[€$£%])?"
    r"|[-+]?[0-9]+,[0-9]+( ?[€$£%])?|[-+]?[$€£] ?[0-9]+(\.[0-9]+)?|[-+]?[0-9]+(\.[0-9]+)? ?[€$£%]",
    "leading zero": r"0[0-9]+",
}
"""Kind -> the pattern of a whole value, in the words of RE2. What is a number or a time here, COPY takes as it is."""

RARE = ("leading zero",)
"""Kinds of which one value counts."""
_DATED = ("date", "timestamp", "zoned", "with zone")


def impossible(kind: str, values: Any) -> Any:
    """Which of these texts are not of a kind, null for null."""
    options = compute.MatchSubstringOptions(f"^({KINDS[kind]})$")
    matches = compute.get_function("match_substring_regex").call([values], options)
    wrong = compute.get_function("invert").call([matches])
    return _without_days(values, wrong) if kind in _DATED else wrong


def _without_days(values: Any, wrong: Any) -> Any:
    """Also those whose day is in no calendar, such as 2023-02-29."""
    function = compute.get_function
    fitting = function("if_else").call([wrong, pyarrow.scalar(None, pyarrow.string()), values])
    days = function("utf8_slice_codeunits").call([fitting], compute.SliceOptions(0, 10))
    try:
        days.cast(pyarrow.date32())
        return wrong
    except pyarrow.ArrowInvalid:
        texts = days.to_pylist()
    return pyarrow.array(
        [
            None if value is None else day is None or not _is_day(day)
            for value, day in zip(values.to_pylist(), texts, strict=True)
        ],
        pyarrow.bool_(),
    )


def _is_day(text: str) -> bool:
    try:
        pyarrow.array([text]).cast(pyarrow.date32())
    except pyarrow.ArrowInvalid:
        return False
    return True
