"""The person, the address and the certificate that the scripts of this folder connect with; `report` prints."""

import json
import os
from collections.abc import Callable

from sqlalchemy import URL, Engine, create_engine

HOST, PORT, USER, PASSWORD, AUTHORITY = (
    os.environ[f"TRINO_{name}"] for name in ("HOST", "PORT", "USER", "PASSWORD", "CA")
)


def engine(catalog: str) -> Engine:
    """SQLAlchemy's engine for a catalog."""
    url = URL.create("trino", USER, PASSWORD, HOST, int(PORT), catalog)
    return create_engine(url, connect_args={"http_scheme": "https", "verify": AUTHORITY})


def report(tables: list[str], orders: int, leads: Callable[[], object]) -> None:
    """Prints which tables are there, how many orders, and with which message `leads` of marketing is refused."""
    refused = ""
    try:
        leads()
    except Exception as error:  # each client has its own
        refused = str(error)
    print(json.dumps({"tables": sorted(tables), "orders": orders, "refused": refused}))
