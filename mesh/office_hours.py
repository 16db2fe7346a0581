"""Office hours: when databases and workbench run."""

import datetime
import functools
import re
import zoneinfo
from dataclasses import dataclass

from mesh.brief import brief
from mesh.reader import Reader

READY = 30
"""Minutes after the start in which a database may still be starting."""
FINISH = 30
"""Minutes before the stop in which a backup may still be running: a database that is backed up cannot be stopped."""
WINDOW = 30
"""Minutes of a window of Amazon RDS, for backups or for maintenance: the least that it takes."""

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_DAY = "|".join(DAYS)
_DAY_LIST = re.compile(rf"({_DAY})(-({_DAY}))?(,({_DAY})(-({_DAY}))?)*")
_YEARS = (2026, 2038)
"""Years whose clocks are looked at, the last one not. After them, time zone data repeats the last rule."""
_Problem = tuple[str, str]
"""What is wrong, and what follows `pulumi config set --path` to mend it."""


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
        found = self._problem()
        return found[0] if found else None

    def fix(self) -> str:
        """What follows `pulumi config set` to mend the problem."""
        found = self._problem()
        return f"--path officeHours.{found[1] if found else 'days MON-FRI'}"

    @property
    def per_week(self) -> int:
        """Hours a week."""
        return len(self.weekdays()) * (self.stop - self.start)

    def cron(self, hour: int) -> str:
        """The EventBridge Scheduler expression for an hour (0 to 23) of these days."""
        return f"cron(0 {hour} ? * {self.days} *)"

    def weekdays(self) -> list[int]:
        """The days, 0 for Monday, in the order of the week; none when a range runs backwards."""
        days: set[int] = set()
        for part in self.days.split(","):
            first, _, last = part.partition("-")
            span = range(DAYS.index(first), DAYS.index(last or first) + 1)
            if not span:
                return []
            days |= set(span)
        return sorted(days)

    def _problem(self) -> _Problem | None:
        if not _DAY_LIST.fullmatch(self.days) or not self.weekdays():
            problem = f"{brief(self.days)} are not days; write MON-FRI or MON,WED,SAT, from Monday to Sunday"
            return problem, "days MON-FRI"
        if not 0 <= self.start < self.stop <= 23:
            problem = (
                f"from {self.start} to {self.stop} o'clock is not within one day; hours are 0 to 23, stop after start"
            )
            return problem, "stop 23" if 0 <= self.start <= 19 else "start 8"
        if self.timezone not in zoneinfo.available_timezones():
            problem = f"{brief(self.timezone)} is not a time zone; write one like Europe/Paris, America/Montreal, UTC"
            return problem, "timezone Europe/Paris"
        return self._room()

    def _room(self) -> _Problem | None:
        """The problem when backup and maintenance have no room; Amazon RDS does neither on a stopped database."""
        zone = offsets(self.timezone)
        moves = max(zone) - min(zone)
        needed = -(-(READY + 2 * WINDOW + FINISH + moves) // 60)
        if self.stop - self.start >= needed:
            return None
        clock = f", whose clock moves by {moves} minutes," if moves else ""
        problem = (
            f"from {self.start} to {self.stop} o'clock has no room for the daily backup and the weekly maintenance, "
            f"which Amazon RDS does on running databases only; in {self.timezone}{clock} they take {needed} hours"
        )
        later = self.start + needed
        return problem, f"stop {later}" if later <= 23 else f"start {self.stop - needed}"


def read_office_hours(reader: Reader) -> Hours | None:
    """The group `officeHours`; None where it is absent."""
    group = reader.group("officeHours", {"days": str, "start": int, "stop": int, "timezone": str}, "days MON-FRI")
    if group is None:
        return None
    hours = Hours(**group)
    if problem := hours.problem():
        reader.refuse("officeHours", problem, hours.fix())
    return hours


@functools.cache
def offsets(timezone: str, of: str = "UTC") -> frozenset[int]:
    """Minutes by which the clocks of a time zone are ahead of those `of` another: one number, or more if they change.

    Clocks are changed for a month or longer, so that a look at each week finds every offset.
    """
    zone, other = zoneinfo.ZoneInfo(timezone), zoneinfo.ZoneInfo(of)
    first, last = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in _YEARS)
    weeks = (last - first).days // 7
    moments = [first + datetime.timedelta(weeks=week) for week in range(weeks)]
    seen = {
        each.astimezone(zone).replace(tzinfo=None) - each.astimezone(other).replace(tzinfo=None) for each in moments
    }
    return frozenset(int(offset.total_seconds()) // 60 for offset in seen)
