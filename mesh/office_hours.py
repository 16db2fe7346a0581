"""Office hours: when databases and workbench run."""

import re
import zoneinfo
from dataclasses import dataclass

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_DAY = "|".join(_DAYS)
_DAY_LIST = re.compile(rf"({_DAY})(-({_DAY}))?(,({_DAY})(-({_DAY}))?)*")


@dataclass(frozen=True, kw_only=True)
class Hours:
    """From `start` to `stop` o'clock on some days, in a time zone."""

    days: str = "MON-FRI"
    """Days as in a cron line: `MON-FRI`, `MON,WED,SAT`."""
    start: int = 8
    stop: int = 20
    timezone: str = "Europe/Paris"

    def problem(self) -> str | None:
        """The problem with these hours, or None."""
        if not _DAY_LIST.fullmatch(self.days) or not self._day_count():
            return f"{self.days!r} are not days; write MON-FRI or MON,WED,SAT, from Monday to Sunday"
        if not 0 <= self.start < self.stop <= 23:
            return (
                f"from {self.start} to {self.stop} o'clock is not within one day; hours are 0 to 23, stop after start"
            )
        zones = zoneinfo.available_timezones()
        if zones and self.timezone not in zones:  # empty on a machine without time zone data
            return f"{self.timezone!r} is not a time zone; write one like Europe/Paris, America/Montreal, UTC"
        return None

    @property
    def per_week(self) -> int:
        """Hours a week."""
        return self._day_count() * (self.stop - self.start)

    def cron(self, hour: int) -> str:
        """The EventBridge Scheduler expression for an hour (0 to 23) of these days."""
        return f"cron(0 {hour} ? * {self.days} *)"

    def _day_count(self) -> int:
        """Days a week; 0 when a range runs backwards."""
        days: set[int] = set()
        for part in self.days.split(","):
            first, _, last = part.partition("-")
            span = range(_DAYS.index(first), _DAYS.index(last or first) + 1)
            if not span:
                return 0
            days |= set(span)
        return len(days)
