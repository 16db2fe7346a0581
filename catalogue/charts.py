"""Positions of bars and marks in charts, in percent of the picture; pure functions."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalogue import formats
from catalogue import product as checked
from catalogue.model import Chart, Cost
from catalogue.words import Text

_LABEL = 25.0
"""The room of a label under a chart of times, in percent: four fit on a telephone."""
_TICKS = 4
_TINTS = 5
"""How many tints of the accent colour the style knows."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar over time: where it stands and how high it is."""

    at: str
    """The beginning of its period, as it was answered."""
    label: Text
    value: float
    x: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Label:
    """A time below the bars, and how it stands to `x`: start, middle or end."""

    text: Text
    x: float
    anchor: str


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A line of the scale."""

    value: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Columns:
    """A chart of one number over time."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a stacked bar."""

    name: str
    """Of a domain; empty: what they share."""
    usd: float
    x: float
    width: float
    tint: int


def ticks(highest: float, least: float = 0.0) -> list[float]:
    """Round numbers from 0 on, each at least `least` above the other, of which the last is not below `highest`."""
    if not highest > 0:
        return [0.0, 1.0]
    rough = max(highest / _TICKS, least)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))
    return [round(step * index, 10) for index in range(math.ceil(highest / step - 1e-9) + 1)]


def share(value: float, highest: float) -> float:
    """`value` in percent of `highest`, from 0 to 100."""
    return round(min(100.0, 100 * value / highest), 2) if highest > 0 and value > 0 else 0.0


def highest(chart: Chart) -> float:
    """The largest number of a chart."""
    return max((value for _, value in chart.rows), default=0.0)


def granularity(times: Sequence[str]) -> str:
    """Whether such beginnings are those of years, months or days."""
    if all(time[4:].startswith("-01-01") for time in times) and len(times) > 1:
        return "year"
    return "month" if all(time[7:].startswith("-01") for time in times) else "day"


def columns(chart: Chart) -> Columns:
    """The bars of a chart of times with the lines of its scale. A period without rows has a place and no bar."""
    whole = all(value == int(value) for _, value in chart.rows if math.isfinite(value))
    marks = ticks(highest(chart), least=whole)
    times = [at for at, _ in chart.rows]
    period = granularity(times)
    numbers = _numbers(times, period)
    first, slots = numbers[0], numbers[-1] - numbers[0] + 1
    slot = 100 / slots
    bars = tuple(
        Bar(
            at=at,
            label=formats.period(at, period),
            value=value,
            x=round(slot * (number - first) + slot * 0.12, 3),
            width=round(slot * 0.76, 3),
            height=share(value, marks[-1]),
        )
        for number, (at, value) in zip(numbers, chart.rows, strict=True)
    )
    return Columns(
        bars=bars,
        ticks=tuple(Tick(value=mark, height=share(mark, marks[-1])) for mark in marks),
        labels=tuple(_labels(bars)),
    )


def _numbers(times: Sequence[str], period: str) -> list[int]:
    """By time the number of its period; of what is no time, like `infinity`, the place in the row."""
    try:
        read = [datetime.fromisoformat(time) for time in times]
    except ValueError:
        return list(range(len(times)))
    counted = {
        "day": lambda time: time.toordinal(),
        "month": lambda time: time.year * 12 + time.month,
        "year": lambda time: time.year,
    }[period]
    return [counted(time) for time in read]


def _labels(bars: Sequence[Bar]) -> Iterator[Label]:
    """The times of some bars, far enough from each other to be read."""
    free = -math.inf
    for bar in bars:
        middle = bar.x + bar.width / 2
        anchor = "start" if middle < _LABEL / 2 else "end" if middle > 100 - _LABEL / 2 else "middle"
        x = {"start": bar.x, "middle": middle, "end": bar.x + bar.width}[anchor]
        begin = {"start": x, "middle": x - _LABEL / 2, "end": x - _LABEL}[anchor]
        if begin >= free:
            free = begin + _LABEL
            yield Label(text=bar.label, x=round(x, 3), anchor=anchor)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A bar of a sparkline: how much of it is that of passed checks, and of failed ones at its foot."""

    passed: float
    failed: float


def spark(runs: Sequence[checked.Run], height: float, least: float) -> list[Run]:
    """The bars of the runs, `height` high. One failed check of a hundred shows too: it is `least` high."""
    found = []
    for run in runs:
        every = run.passed + run.failed + run.not_checked
        failed = max(least, height * run.failed / every) if run.failed else 0.0
        found.append(Run(passed=round((height - failed) * bool(run.passed), 2), failed=round(failed, 2)))
    return found


def scale_of_cost(cost: Cost) -> float:
    """USD at the end of the bars: the dearest month or the budget, with some room."""
    return 1.08 * max([cost.monthly_budget, *(month.total for month in cost.months)], default=1.0)


def parts(cost: Cost, index: int) -> list[Part]:
    """The stacked bar of a month: the domains, then what they share."""
    month, end, x = cost.months[index], scale_of_cost(cost), 0.0
    found = []
    for tint, (name, usd) in enumerate([*month.domains, ("", month.shared)]):
        width = share(usd, end)
        found.append(Part(name=name, usd=usd, x=round(x, 2), width=width, tint=tint % _TINTS if name else _TINTS))
        x += width
    return found
