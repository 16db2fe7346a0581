import json

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.schedule import Database, OfficeHours, OfficeHoursArgs
from mesh.office_hours import Hours
from tests.unit.recording import Recording, record

LONGEST = "a-domain-called-this"


def program(domains: tuple[str, ...] = ("sales", "marketing"), *, workbench: bool = True) -> Recording:
    rds = "arn:aws:rds:us-east-1:123456789012:db"

    def body() -> None:
        OfficeHours(
            "office-hours",
            OfficeHoursArgs(
                hours=Hours(days="MON-FRI", start=8, stop=20, timezone="Europe/Paris"),
                account_id="123456789012",
                permissions_boundary="arn:aws:iam::123456789012:policy/boundary",
                databases={d: Database(identifier=f"datamesh-{d}", arn=f"{rds}:datamesh-{d}") for d in domains},
                workbench_id=pulumi.Output.from_input("i-0abc") if workbench else None,
                workbench_arn="arn:aws:ec2:us-east-1:123456789012:instance/i-0abc" if workbench else None,
            ),
        )

    return record(body)


@pytest.fixture(scope="module")
def office() -> Recording:
    return program()


def calls(recording: Recording) -> dict[str, tuple[str, str, dict]]:
    return {
        schedule.name: (
            schedule.inputs["target"]["arn"].rpartition(":")[2],
            schedule.inputs["scheduleExpression"],
            json.loads(schedule.inputs["target"]["input"]),
        )
        for schedule in recording.of("aws:scheduler/schedule:Schedule")
    }


def test_everything_starts_in_the_morning_and_stops_in_the_evening(office: Recording):
    morning, evening = "cron(0 8 ? * MON-FRI *)", "cron(0 20 ? * MON-FRI *)"
    sales, marketing = ({"DbInstanceIdentifier": f"datamesh-{d}"} for d in ("sales", "marketing"))
    machine = {"InstanceIds": ["i-0abc"]}
    assert calls(office) == {
        "datamesh-sales-db-start": ("startDBInstance", morning, sales),
        "datamesh-sales-db-stop": ("stopDBInstance", evening, sales),
        "datamesh-marketing-db-start": ("startDBInstance", morning, marketing),
        "datamesh-marketing-db-stop": ("stopDBInstance", evening, marketing),
        "datamesh-workbench-start": ("startInstances", morning, machine),
        "datamesh-workbench-stop": ("stopInstances", evening, machine),
    }


def test_hours_are_those_of_the_configured_place(office: Recording):
    for schedule in office.of("aws:scheduler/schedule:Schedule"):
        assert schedule.inputs["scheduleExpressionTimezone"] == "Europe/Paris"
        assert schedule.inputs["flexibleTimeWindow"] == {"mode": "OFF"}


def test_a_call_that_fails_is_not_repeated_all_day(office: Recording):
    for schedule in office.of("aws:scheduler/schedule:Schedule"):
        retry = schedule.inputs["target"]["retryPolicy"]
        assert retry["maximumRetryAttempts"] <= 3
        assert retry["maximumEventAgeInSeconds"] <= 900, "a late start would undo an evening's stop"


def test_the_role_may_touch_these_databases_and_this_machine_only(office: Recording):
    role = office.one("aws:iam/role:Role").inputs
    assert role["permissionsBoundary"] == "arn:aws:iam::123456789012:policy/boundary"
    assert "scheduler.amazonaws.com" in role["assumeRolePolicy"]
    databases, machine = json.loads(office.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])["Statement"]
    assert [arn.rpartition(":")[2] for arn in databases["Resource"]] == ["datamesh-sales", "datamesh-marketing"]
    assert machine["Resource"].endswith("instance/i-0abc")


def test_without_a_workbench_none_is_scheduled():
    recording = program(workbench=False)
    assert not any("workbench" in name for name in calls(recording))
    assert "ec2" not in recording.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"]


def test_a_domain_may_be_called_workbench():
    assert len(calls(program(("workbench",)))) == 4


def test_names_stay_inside_the_limits_for_the_longest_domain():
    for schedule in program((LONGEST,)).of("aws:scheduler/schedule:Schedule"):
        assert len(LONGEST) == 20
        assert len(schedule.name) + 8 <= 64, "Pulumi adds a hyphen and seven digits"


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        (Hours(days="monday"), "write MON-FRI"),
        (Hours(days="FRI-MON"), "from Monday to Sunday"),
        (Hours(days="MON-FRI;rate(1 minute)"), "are not days"),
        (Hours(days=""), "are not days"),
        (Hours(start=20, stop=8), "stop after start"),
        (Hours(start=8, stop=24), "hours are 0 to 23"),
        (Hours(timezone="Paris"), "is not a time zone"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_what_to_write(hours: Hours, says: str):
    problem = hours.problem()
    assert problem is not None
    assert says in problem


def test_the_usual_hours_are_fine_and_count_sixty_a_week():
    assert Hours().problem() is None
    assert Hours().per_week == 60
    assert Hours(days="MON,WED-FRI,FRI", start=9, stop=12).per_week == 12, "Friday counts once"


@given(
    days=st.lists(st.sampled_from(["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]), min_size=1, unique=True),
    start=st.integers(0, 22),
    length=st.integers(1, 23),
)
def test_hours_without_a_problem_are_some_and_less_than_the_week_has(days: list[str], start: int, length: int):
    hours = Hours(days=",".join(days), start=start, stop=start + length, timezone="UTC")
    if hours.problem() is None:
        assert 0 < hours.per_week == len(days) * length < 168
