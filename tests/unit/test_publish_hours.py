"""A schedule of publications and the hours in which databases run: one that finds all asleep is refused."""

import json
import re

import pytest

from mesh.office_hours import Hours
from mesh.publish_settings import Publish
from tests import sample
from tests.unit.test_publisher import refusal

PARIS = '{"days": "MON-FRI", "start": 8, "stop": 20, "timezone": "Europe/Paris"}'


@pytest.mark.parametrize(
    "publish",
    [
        '{"schedule": "0 6 * * *"}',
        '{"schedule": "0 12 * * SAT,SUN"}',
        '{"schedule": "0 8 * * *", "timezone": "Europe/Paris"}',
        '{"schedule": "0 20 * * *", "timezone": "Europe/Paris"}',
        '{"schedule": "0 12 * * MON-FRI", "timezone": "Pacific/Auckland"}',
    ],
)
def test_a_schedule_that_finds_every_database_asleep_is_refused_with_one_that_does_not(publish: str):
    text = refusal(publish=publish, officeHours=PARIS)
    assert "never comes while databases run: officeHours are MON-FRI from 8 to 20 o'clock in Europe/Paris" in text
    schedule, zone = re.findall(r"pulumi config set --path publish\.(?:schedule|timezone) (.+) --stack", text)
    assert Publish(schedule=schedule.strip('"'), timezone=zone).finds_awake(Hours(**json.loads(PARIS)))


@pytest.mark.parametrize(
    ("schedule", "timezone"),
    [("0 * * * *", "UTC"), ("0 12 * * *", "UTC"), ("30 8 * * *", "Europe/Paris"), ("0 3 * * SAT", "Pacific/Auckland")],
)
def test_a_schedule_that_finds_them_awake_once_a_week_is_taken(schedule: str, timezone: str):
    assert Publish(schedule=schedule, timezone=timezone).finds_awake(Hours(**json.loads(PARIS)))


def test_a_schedule_is_not_compared_with_hours_that_are_wrong_themselves():
    assert "publish" not in refusal(publish='{"schedule": "0 6 * * *"}', officeHours='{"days": "never"}')


def test_the_optional_parts_of_the_paper_go_together():
    paper = (sample.ROOT / "docs/costs.md").read_text(encoding="utf-8")
    (schedule,) = re.findall(r'publish\.schedule "([^"]+)"', paper)
    assert "officeHours.days MON-FRI" in paper and Publish(schedule=schedule).finds_awake(Hours())
