"""When Amazon RDS backs a database up and maintains it.

RDS takes both times in UTC, half an hour or longer, not overlapping: `hh:mm-hh:mm` each day for backups,
`ddd:hh:mm-ddd:hh:mm` once a week for maintenance (CreateDBInstance, Amazon RDS API Reference). A stopped database is
neither backed up nor maintained.
"""

from dataclasses import dataclass

from mesh.office_hours import DAYS, FINISH, WINDOW, Hours, offsets

_DAY = 24 * 60
_PLACES = {
    "us-east-1": "America/New_York",
    "us-east-2": "America/New_York",
    "us-west-2": "America/Los_Angeles",
    "ca-central-1": "America/Toronto",
    "eu-west-1": "Europe/Dublin",
    "eu-west-3": "Europe/Paris",
    "eu-central-1": "Europe/Berlin",
}
"""By AWS region: the time zone of the place."""


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Two times in UTC, as Amazon RDS takes them."""

    backup: str
    """Each day, `17:00-17:30`."""
    maintenance: str
    """Once a week, `wed:17:30-wed:18:00`."""


def windows(hours: Hours | None, region: str) -> Windows:
    """The last half hours of the office hours in which both fit; without them, a time of the night in the region.

    The backup comes before the maintenance. `hours` have no problem, see `Hours.problem`.
    """
    return _within(hours or _night(region))


def _night(region: str) -> Hours:
    """From midnight to three in the morning; maintenance on Sunday. At a region without prices, that of UTC."""
    return Hours(days="SUN", start=0, stop=3, timezone=_PLACES.get(region, "UTC"))


def _within(hours: Hours) -> Windows:
    # when clocks are furthest ahead, both end `FINISH` before the stop; at other times of the year they are earlier
    end = hours.stop * 60 - FINISH - max(offsets(hours.timezone))
    middle, start = end - WINDOW, end - 2 * WINDOW
    running = hours.weekdays()
    day = 2 if 2 in running else running[0]  # Wednesday: neither before nor after a weekend
    return Windows(
        backup=f"{_time(start)}-{_time(middle)}",
        maintenance=f"{_weekday(day, middle)}:{_time(middle)}-{_weekday(day, end)}:{_time(end)}",
    )


def _time(minute: int) -> str:
    """`hh:mm` of a minute, which is counted from a midnight and may be on the day before or after."""
    return f"{minute % _DAY // 60:02}:{minute % 60:02}"


def _weekday(day: int, minute: int) -> str:
    """The day of such a minute; `day` is that of the midnight."""
    return DAYS[(day + minute // _DAY) % 7].lower()
