"""When the cluster publishes into the lake: a schedule of cron, as Kubernetes reads it."""

import datetime
import re
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mesh.brief import brief
from mesh.office_hours import READY, Hours, offsets
from mesh.reader import Reader

_EXAMPLE = '--path publish.schedule "0 * * * *"'
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: Sequence[tuple[str, int, int, Sequence[str]]] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)
"""Name, least, most, and the names of the numbers from the least on."""
_ITEM = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>[0-9]{1,2}))?", re.ASCII)
_YEARS = 4
"""Of which the days are counted: with one leap year."""


class _ScheduleError(ValueError):
    """What is wrong with a schedule."""


@dataclass(frozen=True, kw_only=True)
class Publish:
    """When a CronJob publishes what contracts keep in the lake."""

    schedule: str
    """Five fields of cron: minute, hour, day of the month, month, day of the week."""
    timezone: str = "UTC"

    @property
    def a_month(self) -> int:
        """How often that is in a month, on average. Raises ValueError for a schedule that cannot be used."""
        minutes, hours, *_ = fields = _read(self.schedule)
        return round(len(minutes) * len(hours) * len(list(_days(self.schedule, fields))) / (12 * _YEARS))

    def finds_awake(self, office: Hours) -> bool:
        """Whether any of its runs comes while databases run, and have started. Neither has a problem."""
        minutes, hours, *_ = fields = _read(self.schedule)
        first, last, zones = office.start * 60 + READY, office.stop * 60, offsets(office.timezone, self.timezone)
        return any(
            day % 7 in office.weekdays() and first <= minute < last
            for weekday in {day.weekday() for day in _days(self.schedule, fields)}
            for at in {60 * hour + minute for hour in hours for minute in minutes}
            for day, minute in (divmod(24 * 60 * weekday + at + ahead, 24 * 60) for ahead in zones)
        )

    def problem(self) -> tuple[str, str] | None:
        """What is wrong with it, and what follows `pulumi config set` to mend it."""
        try:
            fields = _read(self.schedule)
        except _ScheduleError as error:
            return f"schedule: {error}", _EXAMPLE
        if next(_days(self.schedule, fields), None) is None:
            return f"schedule: {brief(self.schedule)} is a day that never comes", _EXAMPLE
        if self.timezone not in zoneinfo.available_timezones():
            problem = f"{brief(self.timezone)} is not a time zone; write one like Europe/Paris, America/Montreal, UTC"
            return problem, "--path publish.timezone Europe/Paris"
        return None


def read_publish(reader: Reader) -> Publish | None:
    """The group `publish`; None where it is absent or wrong."""
    group = reader.group("publish", {"schedule": str, "timezone": str}, 'schedule "0 * * * *"')
    if group is None:
        return None
    if "schedule" not in group:
        reader.refuse("publish", "schedule is missing: it says when the cluster publishes", _EXAMPLE)
        return None
    publish = Publish(**group)
    if problem := publish.problem():
        reader.refuse("publish", *problem)
        return None
    return publish


def refuse_without_cluster(reader: Reader, publish: Publish | None, context: str) -> None:
    """Adds a problem where nothing could publish by a schedule."""
    if publish and not context and "kubeContext" not in reader.problems:
        why = "there is no cluster, whose CronJob would publish; `make publish` does so by hand, or name a cluster"
        reader.problems["publish"] = (
            f"publish: {why}\n      pulumi config rm publish\n      pulumi config set kubeContext kind-datamesh"
        )


def refuse_while_asleep(reader: Reader, publish: Publish | None, office: Hours | None) -> None:
    """Adds a problem where databases are stopped whenever the schedule would have them read."""
    if not publish or not office or "officeHours" in reader.problems or publish.finds_awake(office):
        return
    why = (
        f"{brief(publish.schedule)} in {publish.timezone} never comes while databases run: officeHours are "
        f"{office.days} from {office.start} to {office.stop} o'clock in {office.timezone}, and a start takes up to "
        f"{READY} minutes"
    )
    reader.problems["publish"] = (
        f'publish: {why}\n      pulumi config set --path publish.schedule "0 {office.start + 1} * * *"\n'
        f"      pulumi config set --path publish.timezone {office.timezone}"
    )


def _read(schedule: str) -> list[set[int]]:
    """The numbers that each field means. Raises _ScheduleError."""
    texts = schedule.split()
    if len(texts) != len(_FIELDS):
        names = ", ".join(name for name, *_ in _FIELDS)
        raise _ScheduleError(f"{brief(schedule)} is not five fields of cron ({names})")
    return [_field(text, *field) for text, field in zip(texts, _FIELDS, strict=True)]


def _field(text: str, name: str, least: int, most: int, words: Sequence[str]) -> set[int]:
    found: set[int] = set()
    for item in text.split(","):
        match = _ITEM.fullmatch(item)
        if not match or (match["first"] == "*" and match["last"]):
            raise _ScheduleError(f"{brief(item)} is not a {name}; write a number, 1-5, 1,5, * or */15")
        step = int(match["step"] or 1)
        first = least if match["first"] == "*" else _number(match["first"], name, least, most, words)
        if match["last"]:
            last = _number(match["last"], name, least, most, words)
        else:
            last = most if match["first"] == "*" or match["step"] else first
        if not step or last < first:
            raise _ScheduleError(f"{brief(item)} is no {name}: it names none")
        found |= set(range(first, last + 1, step))
    return found


def _number(text: str, name: str, least: int, most: int, words: Sequence[str]) -> int:
    if text.upper() in words:
        return least + words.index(text.upper())
    if not text.isdecimal() or not least <= int(text[:9]) <= most:
        raise _ScheduleError(f"{brief(text)} is not a {name}, which is {least} to {most}")
    return int(text)


def _days(schedule: str, fields: Sequence[set[int]]) -> Iterator[datetime.date]:
    """The days of some years on which it comes: where both kinds of days are named, either of them is enough."""
    _, _, of_month, months, of_week = fields
    every = any("*" in text.split(",") for text in schedule.split()[2::2])
    first = datetime.date(2025, 1, 1)
    for number in range(365 * _YEARS + 1):
        day = first + datetime.timedelta(days=number)
        by_month, by_week = day.day in of_month, day.isoweekday() % 7 in of_week
        if day.month in months and (by_month and by_week if every else by_month or by_week):
            yield day
