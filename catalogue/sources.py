"""What was asked for each figure of the page, so that anybody can ask it again."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalogue.model import Catalogue
from catalogue.product import Product, Source
from catalogue.words import Text, text


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question: what for, of which product or chart, and where it was put."""

    group: str
    """The domain; empty: of the whole mesh."""
    what: Text
    of: str
    source: Source


def sources(catalogue: Catalogue) -> dict[str, list[Asked]]:
    """Every question by domain, those of the whole mesh under the empty name."""
    found: dict[str, list[Asked]] = {}
    for asked in _all(catalogue):
        found.setdefault(asked.group, []).append(asked)
    return found


def _all(catalogue: Catalogue) -> Iterator[Asked]:
    for product in catalogue.products:
        yield from _of_product(product)
    for edge in catalogue.edges:
        yield _asked(edge.target.partition(".")[0], "view", edge.target, edge.evidence)
    for chart in catalogue.charts:
        yield Asked(group=chart.domain, what=text("asked.of.chart"), of=chart.title, source=chart.source)
    for query in catalogue.queries:
        yield _asked("", "query", query.name, query.evidence)
    if catalogue.cost:
        yield _asked("", "cost", catalogue.cost.region, catalogue.cost.source)


def _of_product(product: Product) -> Iterator[Asked]:
    if product.rows_source:
        yield _asked(product.domain, "rows", product.id, product.rows_source)
    if product.bytes_source:
        yield _asked(product.domain, "size", product.id, product.bytes_source)
    for fresh in product.freshness:
        yield _asked(product.domain, "newest", f"{product.id}.{fresh.column}", fresh.source)
    for sample in product.samples:
        yield _asked(product.domain, "sample", product.id, sample.source)


def _asked(group: str, what: str, of: str, source: Source) -> Asked:
    return Asked(group=group, what=text(f"asked.of.{what}"), of=of, source=source)
