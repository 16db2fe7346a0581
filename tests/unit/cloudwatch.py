"""A model of how CloudWatch evaluates an alarm, and of the processor credits of a burstable database.

Both follow AWS's documentation (*Using Amazon CloudWatch alarms*, *Configuring how alarms treat missing data*,
*Burstable performance instances*) and know nothing of the project: alarms come in as they are registered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

STEP = 5
"""Minutes between two figures of a metric."""
Series = dict[int, float]
"""Values by minute; a minute that is absent has no figure."""

_STATISTICS = {"Average": lambda found: sum(found) / len(found), "Sum": sum, "Maximum": max, "Minimum": min}
_COMPARISONS = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def mails(alarm: Mapping[str, Any], series: Series, end: int) -> list[tuple[int, str]]:
    """The mails of an alarm from minute 0, at which it is new, to `end`: minute, and the state it came into."""
    actions = {"ALARM": "alarmActions", "OK": "okActions", "INSUFFICIENT_DATA": "insufficientDataActions"}
    state, sent = "INSUFFICIENT_DATA", []
    period = int(alarm["period"]) // 60
    for now in range(period, end + 1, period):
        before, state = state, _next(alarm, series, now, period, state)
        if state != before and alarm.get(actions[state]):
            sent.append((now, state))
    return sent


def _next(alarm: Mapping[str, Any], series: Series, now: int, period: int, state: str) -> str:
    periods = [range(now - (each + 1) * period, now - each * period) for each in range(int(alarm["evaluationPeriods"]))]
    found = [[series[minute] for minute in each if minute in series] for each in periods]
    figures = [_STATISTICS[alarm["statistic"]](values) for values in found if values]
    needed = alarm.get("datapointsToAlarm", alarm["evaluationPeriods"])
    over = sum(_COMPARISONS[alarm["comparisonOperator"]](figure, alarm["threshold"]) for figure in figures)
    absent, missing = len(found) - len(figures), alarm.get("treatMissingData", "missing")
    if missing == "breaching":
        over += absent
    if over >= needed:
        return "ALARM"
    if missing == "ignore" and absent:
        return state
    if missing == "missing" and not figures:
        return "INSUFFICIENT_DATA"
    return "OK"


@dataclass
class Burstable:
    """A database of a burstable class: two processors, credits by the hour, unlimited mode; it starts with none."""

    an_hour: float = 12
    metrics: dict[str, Series] = field(default_factory=dict)
    now: int = 0
    _balance: float = 0
    _borrowed: float = 0

    def run(self, minutes: int, percent: float, **others: float) -> "Burstable":
        """Works at `percent` of both processors; `others` are further metrics and their values."""
        for _ in range(minutes // STEP):
            charged = self._work(2 * STEP * percent / 100 - self.an_hour * STEP / 60)
            self._note(CPUUtilization=percent, CPUSurplusCreditsCharged=charged, **others)
            self.now += STEP
        return self

    def stop(self, minutes: int) -> "Burstable":
        """Sends nothing; what is borrowed is billed at once, and the balance is lost."""
        if self._borrowed:
            self._note(CPUSurplusCreditsCharged=self._borrowed)
        self._balance = self._borrowed = 0
        self.now += minutes
        return self

    def _work(self, spent: float) -> float:
        """The credits that are billed for spending so many more than are earned; less than 0 is a gain."""
        day = self.an_hour * 24
        left = self._balance - self._borrowed - spent
        charged = max(0.0, -left - day)
        self._balance, self._borrowed = min(max(left, 0), day), min(max(-left, 0), day)
        return charged

    def _note(self, **values: float) -> None:
        values |= {"CPUCreditBalance": self._balance, "CPUSurplusCreditBalance": self._borrowed}
        for name, value in values.items():
            self.metrics.setdefault(name, {})[self.now] = value


def bill(months: Iterable[float], every: int = 360) -> Series:
    """EstimatedCharges over months of thirty days that end at these USD; each begins at 0 again."""
    length = 30 * 24 * 60
    return {
        number * length + minute: usd * minute / length
        for number, usd in enumerate(months)
        for minute in range(0, length, every)
    }


def metric_count(board: Mapping[str, Any]) -> int:
    """The number of metrics on a dashboard; one with more than 50 is not free."""
    return sum(len(widget["properties"].get("metrics", ())) for widget in board["widgets"])
