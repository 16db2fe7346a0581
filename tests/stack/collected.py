"""The catalogue of the tests' mesh, and what its databases' owners say and change."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from catalogue.model import Catalogue
from catalogue.product import Product, Sample
from tests.stack.checkout import Checkout

COLLECT = """
import pickle, sys
from catalogue.collect import collect
from client.stack import read_stack
with open(sys.argv[1], "wb") as file:
    pickle.dump(collect(read_stack(), "local"), file)
"""


def collected(mesh: Checkout, file: Path) -> Catalogue:
    """The catalogue of the mesh, made by its own program."""
    done = mesh.python("-c", COLLECT, str(file))
    assert done.returncode == 0, done.stderr
    return pickle.loads(file.read_bytes())


@contextmanager
def changed(mesh: Checkout, domain: str, change: str, back: str) -> Iterator[None]:
    """A database of the mesh with a change of its owner's, which is taken back."""
    owner(mesh, domain, change)
    try:
        yield
    finally:
        owner(mesh, domain, back)


def owner(mesh: Checkout, domain: str, statement: str) -> Any:
    """The first value of a statement of a database's owner, if it has one."""
    outputs = mesh.outputs()
    said = outputs["domains"][domain]
    connection = psycopg2.connect(
        host=said["host"],
        port=int(said["port"]),
        dbname=said["database"],
        sslmode="verify-full",
        sslrootcert=str(mesh.folder / outputs["databaseCa"]),
        **outputs["credentials"]["databases"][domain]["admin"],
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    connection.close()
    return row and row[0]


def product(catalogue: Catalogue, name: str) -> Product:
    return next(each for each in catalogue.products if each.id == name)


def sample(catalogue: Catalogue, name: str, reader: str, domain: str = "") -> Sample:
    (found,) = [s for s in product(catalogue, name).samples if s.reader == reader and domain in ("", s.domain)]
    return found


def texts(found: Sample) -> list[str | None]:
    return [cell.text if cell.kind == "value" else None for cell in found.cells]
