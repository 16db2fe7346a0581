"""Where boxes and lines of the two pictures are: the mesh with its readers, and the lineage; pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from catalogue.model import Catalogue, Domain

_SWEEPS = 6


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box; `kind` is a class of the style."""

    id: str
    kind: str
    lines: tuple[str, ...]
    """What is in it, the first line larger."""
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Line:
    """A curve between the sides of two boxes; `kind` is a class of the style."""

    source: str
    target: str
    kind: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Boxes and lines, in a drawing of `width` times `height`."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who reads the same: analysts of the same domains, or Grafana."""

    people: tuple[str, ...]
    own: tuple[str, ...]
    """Domains that they read in clear, the lake among them."""
    published: tuple[str, ...]
    """Domains of which they read what is published, personal columns masked."""


def readers(catalogue: Catalogue) -> list[Reader]:
    """Who reads what, by what they read; Grafana, which reads everything without personal columns, is the last."""
    domains = (*catalogue.domains, catalogue.lake)
    people: dict[str, list[str]] = {}
    for domain in domains:
        for person in domain.people:
            people.setdefault(person, []).append(domain.name)
    by_domains: dict[tuple[str, ...], list[str]] = {}
    for person, own in people.items():
        by_domains.setdefault(tuple(own), []).append(person)
    found = [
        Reader(
            people=tuple(sorted(names)),
            own=own,
            published=tuple(each.name for each in domains if each.name not in own and _consumed(each) & set(own)),
        )
        for own, names in by_domains.items()
    ]
    shown = tuple(domain.name for domain in domains if any(_by_grafana(domain)))
    return [
        *sorted(found, key=lambda reader: (len(reader.own), reader.own)),
        Reader(people=(), own=(), published=shown),
    ]


def _consumed(domain: Domain) -> set[str]:
    return {each.domain for product in domain.products for each in product.consumers if not each.ended}


def _by_grafana(domain: Domain) -> list[bool]:
    samples = (sample for product in domain.products for sample in product.samples)
    return [sample.reader == "grafana" and any(cell.kind != "closed" for cell in sample.cells) for sample in samples]


@dataclass(frozen=True, kw_only=True)
class Widths:
    """How wide the picture of the mesh is, and its boxes; all else is between them."""

    all: float
    source: float
    trino: float
    reader: float


def mesh(catalogue: Catalogue, widths: Widths) -> Picture:
    """Databases and lake on the left, Trino in the middle, readers on the right."""
    height, gap, width = 48.0, 14.0, widths.all
    sources = (*catalogue.domains, catalogue.lake)
    who = readers(catalogue)
    total = max(len(sources), len(who)) * (height + gap) - gap
    middle = (width + widths.source - widths.reader - widths.trino) / 2

    def column(count: int, index: int) -> float:
        return (total - (count * (height + gap) - gap)) / 2 + index * (height + gap)

    left = [
        Box(
            id=f"d:{each.name}",
            kind="lake" if each is catalogue.lake else "domain",
            lines=(each.name, "S3 + Glue" if each is catalogue.lake else "PostgreSQL"),
            x=0, y=column(len(sources), index), width=widths.source, height=height,
        )
        for index, each in enumerate(sources)
    ]  # fmt: skip
    right = [
        Box(
            id=f"r:{index}",
            kind="reader" if each.people else "grafana",
            lines=(_names(each.people) if each.people else "Grafana", ""),
            x=width - widths.reader, y=column(len(who), index), width=widths.reader, height=height,
        )
        for index, each in enumerate(who)
    ]  # fmt: skip
    trino = Box(id="trino", kind="trino", lines=("Trino",), x=middle, y=0, width=widths.trino, height=total)
    ties = [
        (box, target, "own" if source.name in reader.own else "published")
        for source, box in zip(sources, left, strict=True)
        for reader, target in zip(who, right, strict=True)
        if source.name in (*reader.own, *reader.published)
    ]
    return Picture(width=width, height=total, boxes=(*left, trino, *right), lines=tuple(_through(trino, ties)))


def _through(trino: Box, ties: Sequence[tuple[Box, Box, str]]) -> Iterator[Line]:
    """From each source to each of its readers; in Trino every line has a height of its own."""
    ordered = sorted(ties, key=lambda tie: (_middle(tie[0]) + _middle(tie[1]), _middle(tie[0])))
    for index, (source, target, kind) in enumerate(ordered):
        at = round(trino.y + trino.height * (index + 0.5) / len(ordered), 1)
        into = _curve(source.x + source.width, _middle(source), trino.x, at)
        out = _curve(trino.x + trino.width, at, target.x, _middle(target))
        yield Line(source=source.id, target=target.id, kind=kind, path=f"M{into} L{out}")


def _middle(box: Box) -> float:
    return box.y + box.height / 2


def _names(people: Sequence[str]) -> str:
    return people[0] if len(people) == 1 else f"{people[0]} +{len(people) - 1}"


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    half = (x + to_x) / 2
    return f"{x:g} {y:g} C{half:g} {y:g} {half:g} {to_y:g} {to_x:g} {to_y:g}"


def lineage(catalogue: Catalogue) -> Picture | None:
    """Tables, the views made of them, and the queries across domains, from left to right; None: there is none.

    A box stands right of all that it is made of. In a layer, boxes are in the order of what they are tied to.
    """
    ties = [(edge.source, edge.target, "view") for edge in catalogue.edges]
    ties += [(read, f"q:{index}", "query") for index, query in enumerate(catalogue.queries) for read in query.reads]
    if not ties:
        return None
    names = list(dict.fromkeys(name for tie in ties for name in tie[:2]))
    layers = layered(names, [tie[:2] for tie in ties])
    wide, high, gap, between = 244.0, 50.0, 18.0, 88.0
    total = max(len(layer) for layer in layers) * (high + gap) - gap
    texts = {f"q:{index}": (query.name, query.kind) for index, query in enumerate(catalogue.queries)}
    products = {product.id: product for product in catalogue.products}
    boxes: dict[str, Box] = {}
    for at, layer in enumerate(layers):
        top = (total - (len(layer) * (high + gap) - gap)) / 2
        for index, name in enumerate(layer):
            product = products.get(name)
            kind = "query" if name in texts else product.kind.split()[-1] if product else "unknown"
            lines = texts.get(name) or ((product.name, product.domain) if product else (name, ""))
            boxes[name] = Box(
                id=name, kind=kind, lines=lines,
                x=at * (wide + between), y=top + index * (high + gap), width=wide, height=high,
            )  # fmt: skip
    drawn = tuple(
        Line(source=source, target=target, kind=kind, path=f"M{_between(boxes[source], boxes[target])}")
        for source, target, kind in ties
    )
    width = len(layers) * (wide + between) - between
    return Picture(width=width, height=total, boxes=tuple(boxes.values()), lines=drawn)


def _between(source: Box, target: Box) -> str:
    return _curve(source.x + source.width, _middle(source), target.x, _middle(target))


def layered(names: Sequence[str], ties: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The names in layers: each right of all that is tied to it, in an order in which few lines cross."""
    layer = dict.fromkeys(names, 0)
    for _ in names:  # as often as the longest way is long; a circle, which views cannot make, ends too
        for source, target in ties:
            layer[target] = min(max(layer[target], layer[source] + 1), len(names) - 1)
    found = [[name for name in names if layer[name] == at] for at in sorted(set(layer.values()))]
    neighbours: dict[str, list[str]] = {name: [] for name in names}
    for source, target in ties:
        neighbours[source].append(target)
        neighbours[target].append(source)
    for _ in range(_SWEEPS):
        for each in found:
            place = _places(found)
            each.sort(key=lambda name: (mean([place[other] for other in neighbours[name]] or [place[name]]), name))
    return found


def _places(layers: Sequence[Sequence[str]]) -> Mapping[str, float]:
    """Where each name stands in its layer, from 0 to 1."""
    return {name: (index + 0.5) / len(layer) for layer in layers for index, name in enumerate(layer)}
