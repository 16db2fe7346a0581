"""What a test of `make domain` says of a contract and of a project."""

from collections.abc import Callable
from pathlib import Path

import psycopg2

from mesh.contracts.model import Contract
from mesh.names import MASTER_USER
from tests.sample import program

Make = Callable[..., Contract]


def told_of(contract: Contract) -> dict[str, str]:
    """The columns of a contract's tables, each in the words of `peoples_files`."""
    return {
        f"{table.name}.{column.name}": " ".join(
            filter(
                None,
                (
                    column.physical_type.removesuffix(" precision"),
                    "key" if column.name in table.key else "",
                    "" if column.required else "?",
                    column.mask,
                    f"-> {column.references[0]}" if column.references else "",
                    "enum" if column.allowed else "",
                ),
            )
        )
        for table in contract.tables
        if table.kind == "table"
        for column in table.columns
    }


def untouched(project: Path) -> bool:
    """Whether nothing of a domain is in the project."""
    beside = sorted(path.name for path in project.iterdir())
    return (
        not list((project / "domains").iterdir())
        and (project / "__main__.py").read_text() == program()
        and beside == ["__main__.py", "domains"]
    )


def database(server: Path, name: str) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(host=str(server), user=MASTER_USER, dbname=name)
    connection.autocommit = True
    return connection
