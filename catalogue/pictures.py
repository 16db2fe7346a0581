"""Where boxes and lines of the two pictures are: the mesh with its readers, and the lineage; pure functions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from catalogue.layers import Bend, Place, layered, placed
from catalogue.model import Catalogue, Domain


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
    return [
        sample.reader == "grafana"
        and (any(cell.kind != "closed" for cell in sample.cells) or not (sample.cells or sample.refusal))
        for sample in samples
    ]


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
    layers, ways = layered([tie[:2] for tie in ties])
    places = placed(layers)
    boxes = {name: _box(catalogue, name, place) for name, place in places.items() if not isinstance(name, Bend)}
    drawn = tuple(
        Line(source=source, target=target, kind=kind, path=_path([places[each] for each in ways[source, target]]))
        for source, target, kind in ties
    )
    return Picture(
        width=max(place.x + place.width for place in places.values()),
        height=max(place.y + place.height for place in places.values()),
        boxes=tuple(boxes.values()),
        lines=drawn,
    )


def _box(catalogue: Catalogue, name: str, place: Place) -> Box:
    queries = {f"q:{index}": query for index, query in enumerate(catalogue.queries)}
    products = {product.id: product for product in catalogue.products}
    if query := queries.get(name):
        # of a file its last part: the whole name is in the table
        kind, lines = "query", (query.name.rpartition("/")[2] if query.kind == "repository" else query.name, query.kind)
    elif product := products.get(name):
        kind, lines = product.kind.split()[-1], (product.name, product.domain)
    else:
        kind, lines = "unknown", (name, "")
    return Box(id=name, kind=kind, lines=lines, x=place.x, y=place.y, width=place.width, height=place.height)


def _path(places: Sequence[Place]) -> str:
    """A line from the first box to the last one; through every bend it goes straight."""
    parts = [
        _curve(start.x + start.width, start.y + start.height / 2, end.x, end.y + end.height / 2)
        for start, end in pairwise(places)
    ]
    return "M" + " L".join(parts)
