"""Moments as people type and read them: in UTC, unless an offset is given."""

import re
from datetime import UTC, datetime, timedelta

from client.errors import CommandError

_FORM = "2026-12-01, 2026-12-01 09:00 (UTC) or 2026-12-01 09:00+01:00"
_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60))


def moment(text: str, name: str) -> datetime:
    """The moment that was typed as `name`; of a day alone, its end. Raises CommandError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{name}={text} is no moment: write {_FORM}") from None
    if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text):
        found += timedelta(days=1, microseconds=-1)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def shown(moment: datetime) -> str:
    """A moment in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def age(since: datetime, now: datetime) -> str:
    """How long ago a moment was, in the largest unit that has two of them: `26 hours`."""
    seconds = max(0, int((now - since).total_seconds()))
    for unit, size in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
