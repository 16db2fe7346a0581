import json
from collections.abc import Sequence

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.dashboard import dashboard
from components.monitoring import Monitoring, MonitoringArgs
from mesh.alarms import GIBIBYTE, alarm_count, alarm_warning
from tests.unit.cloudwatch import metric_count
from tests.unit.recording import Recording, record

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def program(domains: Sequence[str] = ("sales", "marketing"), instance_class: str = "db.t3.micro") -> Recording:
    return record(
        lambda: Monitoring(
            "monitoring",
            MonitoringArgs(
                owner="ada",
                region="us-east-1",
                account_id="123456789012",
                email="ada@example.com",
                databases={domain: pulumi.Output.from_input(f"datamesh-{domain}-0a1b2c3d") for domain in domains},
                bucket="datamesh-datalake-ada",
                instance_class=instance_class,
                billing_alarms=1,
            ),
        )
    )


@pytest.fixture(scope="module")
def monitoring() -> Recording:
    return program()


def test_every_database_has_four_alarms_that_tell_somebody(monitoring: Recording):
    alarms = monitoring.of(ALARM)
    assert len(alarms) == 8
    for alarm in alarms:
        assert alarm.inputs["alarmActions"], f"{alarm.name} would ring in an empty room"
        assert alarm.inputs["treatMissingData"] in ("notBreaching", "ignore"), "a stopped database is no alarm"
        assert "okActions" not in alarm.inputs, "a new alarm would say eight times that all is well"
        assert alarm.inputs["tags"] == {"Domain": alarm.name.split("-")[1]}


@pytest.mark.parametrize(
    ("name", "metric", "comparison", "threshold"),
    [
        ("cpu", "CPUSurplusCreditBalance", "GreaterThanThreshold", 100),
        ("storage", "FreeStorageSpace", "LessThanThreshold", 2 * GIBIBYTE),
        ("connections", "DatabaseConnections", "GreaterThanThreshold", 60),
        ("credits", "CPUSurplusCreditsCharged", "GreaterThanThreshold", 0),
    ],
)
def test_alarms_ring_at_their_thresholds(
    monitoring: Recording, name: str, metric: str, comparison: str, threshold: float
):
    alarm = monitoring.one(ALARM, f"datamesh-sales-{name}").inputs
    assert (alarm["metricName"], alarm["comparisonOperator"], alarm["threshold"]) == (metric, comparison, threshold)
    assert alarm["dimensions"] == {"DBInstanceIdentifier": "datamesh-sales-0a1b2c3d"}


def test_two_domains_and_the_bill_need_no_more_alarms_than_are_free(monitoring: Recording):
    assert alarm_count(2, instance_class="db.t3.micro", billing=1) == len(monitoring.of(ALARM)) + 1 == 9
    assert alarm_warning(10) is None
    for alarm in monitoring.of(ALARM):
        assert "metricQueries" not in alarm.inputs, "AWS counts every metric of an expression as an alarm"


def test_a_third_domain_is_told_what_its_alarms_cost():
    count = alarm_count(3, instance_class="db.t3.micro", billing=1)
    assert alarm_warning(count) == "13 alarms are 3 more than the 10 that are free: 0.30 USD a month"


def test_classes_that_do_not_burst_have_no_credits_to_watch():
    recording = program(["sales"], "db.m6g.large")
    assert {alarm.name for alarm in recording.of(ALARM)} == {
        "datamesh-sales-cpu",
        "datamesh-sales-storage",
        "datamesh-sales-connections",
    }
    assert alarm_count(1, instance_class="db.m6g.large", billing=0) == 3


def test_the_topic_is_not_encrypted_with_a_key_that_cloudwatch_may_not_use(monitoring: Recording):
    assert "kmsMasterKeyId" not in monitoring.one("aws:sns/topic:Topic").inputs


def test_mails_go_to_the_configured_address(monitoring: Recording):
    subscription = monitoring.one("aws:sns/topicSubscription:TopicSubscription").inputs
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "ada@example.com")
    policy = json.loads(monitoring.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"])
    assert policy["Statement"][0]["Resource"] == subscription["topic"]


def test_office_hours_make_no_mails(monitoring: Recording):
    events = monitoring.one("aws:rds/eventSubscription:EventSubscription").inputs
    assert "availability" not in events["eventCategories"], "a stop and a start a day"
    assert events["sourceIds"] == ["datamesh-sales-0a1b2c3d", "datamesh-marketing-0a1b2c3d"]


def test_the_dashboard_is_free_and_has_a_row_for_each_domain(monitoring: Recording):
    board = monitoring.one("aws:cloudwatch/dashboard:Dashboard").inputs
    body = json.loads(board["dashboardBody"])
    assert [w["properties"]["markdown"] for w in body["widgets"] if w["type"] == "text"] == [
        "## sales",
        "## marketing",
        "## Lake and bill",
    ]
    assert metric_count(body) <= 50, "a dashboard of more than 50 metrics is not free"
    assert board["dashboardName"] == "datamesh-ada"


def test_the_bill_on_the_dashboard_comes_from_where_aws_keeps_it():
    body = dashboard(region="eu-west-3", databases={"sales": "db"}, bucket="lake")
    charts = [widget["properties"] for widget in body["widgets"] if widget["type"] == "metric"]
    assert {chart["region"] for chart in charts if chart["metrics"][0][0] == "AWS/Billing"} == {"us-east-1"}
    assert {chart["region"] for chart in charts if chart["metrics"][0][0] != "AWS/Billing"} == {"eu-west-3"}


@given(st.lists(st.from_regex(r"[a-z]{2,20}", fullmatch=True), max_size=8, unique=True))
def test_widgets_never_overlap_and_never_leave_the_page(domains: list[str]):
    body = dashboard(region="us-east-1", databases=dict.fromkeys(domains, "db"), bucket="lake")
    taken: set[tuple[int, int]] = set()
    for widget in body["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not taken & cells
        assert all(0 <= x < 24 for x, _ in cells)
        taken |= cells
