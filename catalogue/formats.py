"""Numbers, money, sizes, times and spans of time as each language writes them."""

import math
from datetime import datetime

from babel import dates, lists, numbers, units

from catalogue.words import Text, each, text

_SIZES = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")
_TIMES = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_LONGEST = 1e14
"""Seconds, beyond which nothing has units any more."""
_CURRENCY = "currencyUSD"


def number(value: float) -> Text:
    """A number with at most two decimals."""
    if not math.isfinite(value):
        return each(lambda _: f"{value}".replace("inf", "∞"))
    return each(lambda language: numbers.format_decimal(round(value, 2), locale=language))


def money(value: float) -> Text:
    """US dollars and cents."""
    return each(lambda language: numbers.format_currency(value, "USD", locale=language))


def in_unit(value: float, unit: str) -> Text:
    """A number in a unit of Grafana's."""
    return money(value) if unit == _CURRENCY else number(value)


def size(count: int) -> Text:
    """Bytes, in the largest decimal unit of which there is one."""
    step = min(len(_SIZES) - 1, (len(str(abs(count))) - 1) // 3)
    amount = round(count / 1000**step, 1 if step else 0)
    unit = f"digital-{_SIZES[step]}"
    return each(lambda language: units.format_unit(amount, unit, "long" if step == 0 else "short", locale=language))


def span(seconds: float) -> Text:
    """How long something lasts, in its largest unit and what is left in the next: `1 day, 12 hours`."""
    if not abs(seconds) < _LONGEST:
        return number(seconds)
    left = int(abs(seconds))
    first = next((at for at, (_, length) in enumerate(_TIMES) if length <= left), len(_TIMES) - 1)
    shown: list[tuple[int, str]] = []
    for unit, length in _TIMES[first : first + 2]:
        count, left = divmod(left, length)
        if count or not shown:
            shown.append((count, f"duration-{unit}"))

    def written(language: str) -> str:
        each_part = [units.format_unit(count, unit, "long", locale=language) for count, unit in shown]
        return lists.format_list(each_part, "unit", language)

    return each(written)


def _written(moment: str, pattern: str) -> Text | None:
    try:
        read = datetime.fromisoformat(moment)
    except ValueError:  # `infinity`, a year BC: as PostgreSQL writes it
        return None
    return each(lambda language: dates.format_datetime(read, pattern, locale=language))


def day(moment: str) -> Text:
    """The day of a time or date; of what is none, the text as it is."""
    return _written(moment, "d MMM y") or each(lambda _: moment)


def minute(moment: str) -> Text:
    """Day, hour and minute in UTC; of what is no time, the text as it is."""
    written = _written(moment, "d MMM y, HH:mm")
    return text("moment", when=written) if written else each(lambda _: moment)


def period(moment: str, period: str) -> Text:
    """The day, month or year that begins at a time."""
    pattern = {"day": "d MMM y", "month": "MMM y", "year": "y"}[period]
    return _written(moment, pattern) or each(lambda _: moment)
