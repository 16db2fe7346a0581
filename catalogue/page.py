"""The page: one HTML file that asks nobody for anything, with all texts in each language."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from catalogue import charts, formats, pictures, sources, totals
from catalogue.model import Catalogue
from catalogue.words import LANGUAGES, Text, known, text

TEMPLATES = Path(__file__).with_name("templates")
_WIDE = pictures.Widths(all=940, source=230, trino=96, reader=230)
"""The picture of the mesh on paper and on screens."""
_NARROW = pictures.Widths(all=336, source=98, trino=46, reader=126)
"""And on telephones."""


def render(catalogue: Catalogue) -> str:
    """The whole page as HTML. Everything in `catalogue` is data and is shown as text, whatever is in it."""
    style, script = _file("style.css"), _file("choices.js") + _file("script.js")
    return environment(TEMPLATES, text).get_template("page.html").render(
        catalogue=catalogue,
        known=known,
        charts=charts,
        owners=(*catalogue.domains, catalogue.lake),
        style=Markup(style),  # of the repository, like the script
        script=Markup(script),
        policy=policy(style, script),
        anchors=anchors(product.id for product in catalogue.products),
        sections=SECTIONS,
        wide=pictures.mesh(catalogue, _WIDE),
        narrow=pictures.mesh(catalogue, _NARROW),
        readers=pictures.readers(catalogue),
        lineage=pictures.lineage(catalogue),
        totals=totals.totals(catalogue),
        sources=sources.sources(catalogue),
    )  # fmt: skip


SECTIONS = ("overview", "charts", "products", "contracts", "lineage", "cost", "connect", "asked")
"""In the order of the page; each has a template and a title of its name."""


def environment(folder: Path, t: Callable[..., Text]) -> Environment:
    """Jinja for the templates in `folder`, with texts by `t`; what is not there is an error and not an empty place."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    named: dict[str, Any] = {"t": t, "f": formats, "languages": LANGUAGES}
    made.globals |= named
    return made


def policy(style: str, script: str) -> str:
    """The Content-Security-Policy: this style and this script, and nothing from anywhere."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def anchors(ids: Iterable[str]) -> dict[str, str]:
    """The place on the page of each product by its id: of letters, digits and hyphens, and unique."""
    found: dict[str, str] = {}
    for number, id_ in enumerate(ids, start=1):
        anchor = "product-" + re.sub(r"[^a-z0-9]+", "-", id_.lower()).strip("-")
        found[id_] = f"{anchor}-{number}" if anchor in found.values() else anchor
    return found


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
