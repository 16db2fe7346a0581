"""The catalogue of `tests/catalogue_example.py` at its worst: with texts that attack the page, and without answers."""

import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from catalogue.model import Catalogue, Domain, Gap
from tests.catalogue_example import example

HOSTILE = "<script>alert(1)</script>\"'&</style><img src=x onerror=alert(2)>{{7*7}}\n\u202e"
"""What every free text of `hostile()` ends with."""


def hostile() -> Catalogue:
    """The example with HOSTILE at the end of every text that is not a word of the model; no two texts become one."""
    return _spoilt(example(), Catalogue)


def empty() -> Catalogue:
    """A mesh of which nothing was answered but the contracts: no figure, no sample, no history, no price."""
    whole = example()

    def emptied(domain: Domain) -> Domain:
        unknown: Mapping[str, Any] = {
            "rows": None, "rows_source": None, "bytes": None, "bytes_source": None, "files": None,
            "freshness": (), "samples": (), "checks": (), "runs": (),
        }  # fmt: skip
        products = tuple(
            replace(product, columns=tuple(replace(column, found_type=None) for column in product.columns), **unknown)
            for product in domain.products
        )
        return replace(domain, products=products)

    silent = tuple(Gap(kind="server", place=each, why="does not answer") for each in ("marketing", "sales", "Trino"))
    return replace(
        whole, domains=tuple(map(emptied, whole.domains)), lake=emptied(whole.lake), edges=(), queries=(), charts=(),
        runs=(), cost=None, gaps=silent,
    )  # fmt: skip


def _spoilt(value: Any, kind: Any) -> Any:
    """`value`, of type `kind`, with HOSTILE at the end of every text that the model leaves free."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal or value is None:
        return value
    if origin in (typing.Union, UnionType):
        (kind,) = (each for each in inner if each is not type(None))
        return _spoilt(value, kind)
    if isinstance(value, str):
        return value + HOSTILE
    if is_dataclass(value) and not isinstance(value, type):
        kinds = typing.get_type_hints(type(value))
        return replace(
            value, **{each.name: _spoilt(getattr(value, each.name), kinds[each.name]) for each in fields(value)}
        )
    if isinstance(value, tuple):
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_spoilt(each, of) for each, of in zip(value, kinds, strict=True))
    return value
