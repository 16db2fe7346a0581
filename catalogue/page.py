"""The page of a catalogue: a pure function of plain data."""

from html import escape

from catalogue.model import Catalogue


def render(catalogue: Catalogue) -> str:
    """One HTML document that needs no other file and no network."""
    rows = "".join(
        f"<tr><th scope=row>{escape(product.id)}<td>{escape(product.description)}<td>{product.rows}"
        for product in catalogue.products
    )
    title = escape(f"Catalogue: {catalogue.stack}")
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1>"
        f"<p>{escape(catalogue.asked_at)} UTC<table>{rows}</table>"
    )
