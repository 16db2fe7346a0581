"""Numbers, money, sizes, times and spans of time as each language writes them."""

import math
from datetime import datetime, timedelta

from babel import dates, numbers, units

from catalogue.words import Text, each, text

_SIZES = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")
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
    """How long something lasts, in its largest unit: `3 days`."""
    if not math.isfinite(seconds):
        return number(seconds)
    try:
        lasting = timedelta(seconds=abs(seconds))
    except OverflowError:
        return number(seconds)
    return each(lambda language: dates.format_timedelta(lasting, threshold=1.5, locale=language))


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
