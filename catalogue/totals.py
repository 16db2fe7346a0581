"""The figures of the overview, summed from those of the products."""

from dataclasses import dataclass

from catalogue.model import Catalogue


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sums over all products; None where a part of the sum was not answered."""

    products: int
    ports: int
    """Products that another domain may read."""
    rows: int | None
    bytes: int | None
    columns: int
    personal: int
    """Columns that are shown masked to others."""
    people: int
    passed: int
    failed: int
    not_checked: int
    promised: int
    """Promises of freshness."""
    late: int
    """Promises that are not kept."""


def totals(catalogue: Catalogue) -> Totals:
    """The figures of the overview."""
    products = catalogue.products
    columns = [column for product in products for column in product.columns]
    fresh = [each for product in products for each in product.freshness if each.allowed is not None]
    stored = [product.bytes for product in products if "view" not in product.kind or product.bytes is not None]
    last = catalogue.runs[-1] if catalogue.runs else None
    return Totals(
        products=len(products),
        ports=sum(product.output_port for product in products),
        rows=_sum([product.rows for product in products]),
        bytes=_sum(stored),
        columns=len(columns),
        personal=sum(column.personal for column in columns),
        people=len({person for domain in (*catalogue.domains, catalogue.lake) for person in domain.people}),
        passed=last.passed if last else 0,
        failed=last.failed if last else 0,
        not_checked=last.not_checked if last else 0,
        promised=len(fresh),
        late=sum(each.late for each in fresh),
    )


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
