"""The windows of Amazon RDS, read as Amazon reads them, day by day on the clocks of every time zone."""

import datetime
import re
import zoneinfo
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from mesh.cost.regions import REGIONS
from mesh.office_hours import FINISH, READY, WINDOW, Hours
from mesh.windows import _PLACES, Windows, windows
from tests.unit.everything import ON_AWS
from tests.unit.recording import record

NAMED = (
    "Africa/Casablanca", "America/New_York", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll",
    "Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Paris", "Pacific/Auckland", "Pacific/Chatham",
    "Pacific/Kiritimati",
)  # fmt: skip
"""Whole, half and quarter hours, north and south, both sides of the date line, a month's change, two hours' change."""
ALL = sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TWO_YEARS = [datetime.date(2026, 11, 1) + datetime.timedelta(days=day) for day in range(2 * 365)]
Time = datetime.datetime
Span = tuple[Time, Time]


def minute(text: str) -> int:
    """Of `hh:mm`, the minute of the day; fails on anything else."""
    assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text), f"RDS refuses {text}"
    return int(text[:2]) * 60 + int(text[3:])


def backups(made: Windows, days: list[datetime.date]) -> Iterator[Span]:
    first, last = (minute(part) for part in made.backup.split("-"))
    for day in days:
        yield span(day, first, last)


def maintenances(made: Windows, days: list[datetime.date]) -> Iterator[Span]:
    begin, end = made.maintenance.split("-")
    (day, _, first), (until, _, last) = begin.partition(":"), end.partition(":")
    length = (DAYS.index(until) * 1440 + minute(last) - DAYS.index(day) * 1440 - minute(first)) % (7 * 1440)
    for each in days:
        if DAYS[each.weekday()] == day:
            yield span(each, minute(first), minute(first) + length)


def span(day: datetime.date, first: int, last: int) -> Span:
    midnight = Time(day.year, day.month, day.day, tzinfo=datetime.UTC)
    length = (last - first) % 1440
    begin = midnight + datetime.timedelta(minutes=first)
    return begin, begin + datetime.timedelta(minutes=length)


def runs(hours: Hours, at: Span) -> datetime.date | None:
    """The local day on which a database with these hours is up, and stays up, at that time; None when it is not."""
    first, last = (moment.astimezone(ZoneInfo(hours.timezone)) for moment in at)
    up = first.hour * 60 + first.minute >= hours.start * 60 + READY
    stays = last.hour * 60 + last.minute <= hours.stop * 60 - FINISH
    within = up and stays and first.date() == last.date() and first.weekday() in hours.weekdays()
    return first.date() if within else None


def hold(hours: Hours, days: list[datetime.date]) -> None:
    """Fails unless every running day has its backup, and every maintenance a running database."""
    made = windows(hours, "us-east-1")
    saved = [runs(hours, each) for each in backups(made, days)]
    expected = {day for day in days[2:-2] if day.weekday() in hours.weekdays()}
    assert expected <= set(saved), f"{hours}: no backup on {sorted(expected - set(saved))[:3]}"
    assert all(runs(hours, each) for each in maintenances(made, days)), f"{hours}: maintenance while it is stopped"
    apart(made)


def apart(made: Windows) -> None:
    """Fails unless RDS would take both: half an hour each, and no minute of both."""
    (save, *_), (mend, *_) = backups(made, TWO_YEARS[:1]), maintenances(made, TWO_YEARS[:8])
    assert {(last - first).seconds // 60 for first, last in (save, mend)} == {WINDOW}
    minutes = [{(first.hour * 60 + first.minute + each) % 1440 for each in range(WINDOW)} for first, _ in (save, mend)]
    assert not minutes[0] & minutes[1], f"{made} overlap"


@pytest.mark.parametrize("timezone", NAMED)
@pytest.mark.parametrize(
    "hours",
    [{}, {"days": "SAT,SUN", "start": 19, "stop": 23}, {"days": "MON", "start": 0, "stop": 4}],
    ids=lambda hours: hours.get("days", "usual"),
)
def test_in_twelve_time_zones_every_running_day_of_two_years_is_backed_up(timezone: str, hours: dict):
    hold(Hours(**hours, timezone=timezone), TWO_YEARS)


def test_in_every_time_zone_the_usual_hours_are_backed_up_in_both_halves_of_the_year():
    few = [*TWO_YEARS[:40], *TWO_YEARS[130:190], *TWO_YEARS[320:370]]
    for timezone in ALL:
        for piece in (few[:40], few[40:100], few[100:]):
            hold(Hours(timezone=timezone), piece)


@examples(max_examples=60)
@given(
    days=st.lists(st.sampled_from([day.upper() for day in DAYS]), min_size=1, unique=True),
    start=st.integers(0, 22),
    length=st.integers(1, 23),
    timezone=st.sampled_from(ALL),
)
def test_any_hours_are_kept_or_refused_with_hours_that_are(days: list[str], start: int, length: int, timezone: str):
    hours = Hours(days=",".join(days), start=start, stop=min(23, start + length), timezone=timezone)
    for _ in range(2):
        if hours.problem() is None:
            break
        entry, _, value = hours.fix().removeprefix("--path officeHours.").partition(" ")
        hours = Hours(**{**vars(hours), entry: int(value)})
    assert hours.problem() is None, "what the refusal says to type is refused too"
    hold(hours, TWO_YEARS[:365])


@pytest.mark.parametrize(
    ("hours", "says", "fix"),
    [
        (Hours(start=8, stop=10), "Europe/Paris, whose clock moves by 60 minutes, they take 3 hours", "stop 11"),
        (Hours(start=21, stop=23), "from 21 to 23 o'clock has no room for the daily backup", "start 20"),
        (Hours(start=8, stop=9, timezone="UTC"), "in UTC they take 2 hours", "stop 10"),
        (Hours(start=8, stop=11, timezone="Antarctica/Troll"), "moves by 120 minutes, they take 4 hours", "stop 12"),
    ],
)
def test_hours_without_room_are_refused_with_what_to_type(hours: Hours, says: str, fix: str):
    assert says in str(hours.problem())
    assert hours.fix() == f"--path officeHours.{fix}"


@pytest.mark.parametrize(
    ("region", "place"),
    {
        **dict.fromkeys(("us-east-1", "us-east-2", "ca-central-1"), "America/New_York"),
        "us-west-2": "America/Los_Angeles",
        "eu-west-1": "Europe/Dublin",
        **dict.fromkeys(("eu-west-3", "eu-central-1"), "Europe/Paris"),
    }.items(),
)
def test_without_office_hours_both_are_at_night(region: str, place: str):
    made = windows(None, region)
    apart(made)
    night = Hours(days="SUN", start=0, stop=3, timezone=place)
    assert all(runs(night, each) for each in maintenances(made, TWO_YEARS))
    assert all(begin.astimezone(ZoneInfo(place)).hour < 3 for begin, _ in backups(made, TWO_YEARS))


def test_every_region_with_prices_has_its_night():
    assert {windows(None, region).backup for region in REGIONS} >= {"05:30-06:00", "08:30-09:00", "23:30-00:00"}
    assert windows(None, "ap-southeast-2").backup == "01:30-02:00", "of UTC, where no place is known"
    assert REGIONS.keys() == set(_PLACES)


def test_every_database_has_the_windows_of_the_configured_hours():
    for instance in record(config=ON_AWS).of("aws:rds/instance:Instance"):
        assert instance.inputs["backupWindow"] == "16:30-17:00"
        assert instance.inputs["maintenanceWindow"] == "wed:17:00-wed:17:30"
