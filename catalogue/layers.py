"""Names in layers, each right of what it is tied to, and where they stand; pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

_SWEEPS = 6
_BOX, _HIGH, _LINE, _GAP, _BETWEEN = 244.0, 50.0, 8.0, 18.0, 88.0
"""Width and height of a box, height of a bend, what is between boxes of a layer, and between layers."""


@dataclass(frozen=True)
class Bend:
    """Where a line between two distant layers passes a layer between them."""

    source: str
    target: str
    layer: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


def layered(ties: Sequence[tuple[str, str]]) -> tuple[list[list[str | Bend]], dict[tuple[str, str], list[str | Bend]]]:
    """What is tied in layers, in an order in which few lines cross; and by tie its way, bend by bend.

    Each name is right of all that is tied to it: source, target.
    """
    names = list(dict.fromkeys(name for tie in ties for name in tie))
    layer = dict.fromkeys(names, 0)
    for _ in names:  # as often as the longest way is long; a circle, which views cannot make, ends too
        for source, target in ties:
            layer[target] = min(max(layer[target], layer[source] + 1), len(names) - 1)
    found: list[list[str | Bend]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for name in names:
        found[layer[name]].append(name)
    ways: dict[tuple[str, str], list[str | Bend]] = {}
    for tie in ties:
        bends = [Bend(*tie, at) for at in range(layer[tie[0]] + 1, layer[tie[1]])] if tie not in ways else []
        for bend in bends:
            found[bend.layer].append(bend)
        ways.setdefault(tie, [tie[0], *bends, tie[1]])
    found = [each for each in found if each]
    neighbours: dict[str | Bend, list[str | Bend]] = {}
    for way in ways.values():
        for before, after in pairwise(way):
            neighbours.setdefault(before, []).append(after)
            neighbours.setdefault(after, []).append(before)
    for _ in range(_SWEEPS):
        for each in found:
            place = _places(found)
            each.sort(key=lambda name: mean(place[other] for other in neighbours[name]))
    return found, ways


def _places(layers: Sequence[Sequence[str | Bend]]) -> dict[str | Bend, float]:
    """Where each stands in its layer, from 0 to 1."""
    return {name: (index + 0.5) / len(layer) for layer in layers for index, name in enumerate(layer)}


def placed(layers: Sequence[Sequence[str | Bend]]) -> dict[str | Bend, Place]:
    """Where each box and bend is; every layer is in the middle of the height."""
    places: dict[str | Bend, Place] = {}
    heights = [[_LINE if isinstance(name, Bend) else _HIGH for name in layer] for layer in layers]
    total = max(sum(layer) + _GAP * (len(layer) - 1) for layer in heights)
    for at, (layer, high) in enumerate(zip(layers, heights, strict=True)):
        y = (total - sum(high) - _GAP * (len(high) - 1)) / 2
        for name, height in zip(layer, high, strict=True):
            places[name] = Place(x=at * (_BOX + _BETWEEN), y=y, width=_BOX, height=height)
            y += height + _GAP
    return places
