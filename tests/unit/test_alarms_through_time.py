"""The registered alarms live through days and months: who gets a mail, when, and when nobody does."""

from typing import Any

import pytest

from mesh.alarms import GIBIBYTE
from tests.unit.cloudwatch import Burstable, Series, bill, mails
from tests.unit.everything import on_aws
from tests.unit.recording import CONFIG, record

HOUR, DAY = 60, 24 * 60
CALM = {"FreeStorageSpace": 18 * GIBIBYTE, "DatabaseConnections": 12}
DATABASE, BILL = "datamesh-sales-", "datamesh-bill-month"


def alarms(beginning: str) -> dict[str, dict[str, Any]]:
    found = on_aws().of("aws:cloudwatch/metricAlarm:MetricAlarm")
    return {alarm.name.removeprefix(beginning): alarm.inputs for alarm in found if alarm.name.startswith(beginning)}


def rung(life: Burstable) -> dict[str, list[int]]:
    """By alarm, the hours at which a mail went out."""
    sent = {
        name: mails(alarm, life.metrics.get(alarm["metricName"], {}), life.now)
        for name, alarm in alarms(DATABASE).items()
    }
    return {name: [minute // HOUR for minute, _ in each] for name, each in sent.items() if each}


def office_day(life: Burstable, *, percent: float = 8, morning: float = 60) -> Burstable:
    """A start, twenty busy minutes, ten hours of work, a stop and a night."""
    return life.run(20, morning, **CALM).run(10 * HOUR - 20, percent, **CALM).stop(14 * HOUR)


def test_the_first_hour_of_a_new_database_sends_no_mail():
    assert rung(Burstable().stop(15).run(HOUR, 45, **CALM).run(5 * HOUR, 5, **CALM)) == {}


def test_a_week_of_office_hours_sends_no_mail_at_start_work_or_night():
    life = Burstable()
    for day in range(7):
        life = office_day(life) if day < 5 else life.stop(DAY)
    assert rung(life) == {}


def test_loading_the_sample_data_at_full_load_right_after_a_start_sends_no_mail():
    assert rung(Burstable().run(45, 100, **CALM).run(9 * HOUR, 8, **CALM).stop(14 * HOUR)) == {}


def test_a_busy_evening_is_billed_some_cents_at_the_stop_and_sends_no_mail():
    life = Burstable().run(9 * HOUR, 10, **CALM).run(50, 100, **CALM).stop(14 * HOUR)
    assert sum(life.metrics["CPUSurplusCreditsCharged"].values()) > 0
    assert rung(life) == {}


def test_an_hour_and_a_half_at_full_load_without_credits_sends_one_mail():
    assert rung(Burstable().run(3 * HOUR, 100, **CALM).run(20 * HOUR, 5, **CALM)) == {"cpu": [1]}


@pytest.mark.parametrize(("percent", "billed"), [(100, 6), (50, 10), (25, 20)])
def test_a_database_that_is_too_small_rings_before_it_costs_and_again_once_it_does(percent: float, billed: int):
    found = rung(Burstable().run(2 * DAY, percent, **CALM))
    assert found.keys() == {"cpu", "credits"}
    (warned,), (costs,) = found["cpu"], found["credits"]
    assert warned < costs
    assert costs <= billed + 3, "three hours after the first bill"


def test_work_below_what_credits_earn_never_rings():
    assert rung(Burstable().run(7 * DAY, 9.9, **CALM)) == {}


def test_a_full_disk_is_told_once_however_many_nights_pass():
    life, full = Burstable(), CALM | {"FreeStorageSpace": GIBIBYTE}
    for _ in range(3):
        life = life.run(10 * HOUR, 5, **full).stop(14 * HOUR)
    assert rung(life) == {"storage": [0]}
    assert rung(life.run(HOUR, 5, **CALM).run(HOUR, 5, **full)) == {"storage": [0, 73]}, "emptied, and full again"


def test_connections_that_stay_open_ring_and_a_burst_of_them_does_not():
    many = CALM | {"DatabaseConnections": 70}
    assert rung(Burstable().run(HOUR, 5, **CALM).run(10, 5, **many).run(HOUR, 5, **CALM)) == {}
    assert rung(Burstable().run(HOUR, 5, **CALM).run(HOUR, 5, **many)) == {"connections": [1]}


def billed(series: Series, months: int, threshold: float = 66.67) -> list[tuple[int, str]]:
    (alarm,) = alarms(BILL).values()
    sent = mails(alarm | {"threshold": threshold}, series, months * 30 * DAY)
    return [(minute // (30 * DAY), state) for minute, state in sent]


def test_the_bill_of_a_mesh_within_its_budget_rings_in_no_month_and_at_no_turn():
    assert billed(bill([41, 65.3, 66, 41]), 4) == []


def test_a_month_above_its_share_rings_once_in_that_month():
    assert billed(bill([41, 90, 65, 120]), 4) == [(1, "ALARM"), (3, "ALARM")]


def test_a_bill_that_is_published_late_rings_no_second_time():
    late = {minute: usd for minute, usd in bill([90]).items() if minute // 360 % 3}
    assert billed(late, 1) == [(0, "ALARM")]


def test_no_alarm_waits_for_what_cannot_happen():
    """A figure that begins at 0 every month reaches one month's bill, whatever the budget of the whole project."""
    whole = record(config=CONFIG).of("aws:cloudwatch/metricAlarm:MetricAlarm")
    limits = [alarm.inputs["threshold"] for alarm in whole if alarm.inputs["metricName"] == "EstimatedCharges"]
    assert limits == [66.67]


def test_the_model_would_show_an_alarm_that_cries_wolf():
    """The balance is below 20 after every start: an alarm on it alone rings every morning."""
    wolf = {
        **{"metricName": "CPUCreditBalance", "statistic": "Average", "period": 300, "evaluationPeriods": 3},
        **{"comparisonOperator": "LessThanThreshold", "threshold": 20, "treatMissingData": "notBreaching"},
        **{"alarmActions": ["topic"], "okActions": ["topic"]},
    }
    life = office_day(office_day(Burstable()))
    sent = mails(wolf, life.metrics["CPUCreditBalance"], life.now)
    assert [state for _, state in sent].count("ALARM") == 2
    assert sent[0] == (5, "OK"), "and a new alarm says that all is well, if it may"
