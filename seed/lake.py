"""The shared table of customer events: one Parquet file in the lake."""

import csv
import hashlib
import io
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
from botocore.exceptions import BotoCoreError, ClientError

from client.errors import CommandError
from client.stack import Stack
from mesh.contracts.model import Table
from mesh.contracts.read import DOMAINS_FOLDER

EVENTS = DOMAINS_FOLDER / "events" / "customer_events.csv"

# Glue's types -> how Parquet's library and a CSV file's text become them.
_ARROW = {
    "bigint": pyarrow.int64(),
    "boolean": pyarrow.bool_(),
    "date": pyarrow.date32(),
    "double": pyarrow.float64(),
    "int": pyarrow.int32(),
    "string": pyarrow.string(),
    "timestamp": pyarrow.timestamp("us"),
}


def fields(table: Table) -> list[pyarrow.Field]:
    """The columns of the table of events, as its contract says, in the words of Parquet's library."""
    return [pyarrow.field(column.name, _ARROW[column.physical_type]) for column in table.columns]


def events(columns: list[pyarrow.Field], path: Path = EVENTS) -> list[tuple[object, ...]]:
    """The sample's events, in the order of `columns`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    values = [pyarrow.array([row[column.name] for row in rows]).cast(column.type).to_pylist() for column in columns]
    return list(zip(*values, strict=True))


def parquet(columns: list[pyarrow.Field], rows: list[tuple[object, ...]]) -> bytes:
    """The events as a Parquet file, the same bytes for the same rows."""
    table = pyarrow.table(
        [pyarrow.array(values, field.type) for values, field in zip(zip(*rows, strict=True), columns, strict=True)],
        schema=pyarrow.schema(columns),
    )
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


def events_key(stack: Stack) -> str:
    """The seed's own file in the lake."""
    return f"{stack.lake.events_prefix}customer_events.parquet"


def load_events(stack: Stack, columns: list[pyarrow.Field], rows: list[tuple[object, ...]]) -> bool:
    """Put the events into the lake; False when the very file is there already, so that no version of it piles up."""
    body, key = parquet(columns, rows), events_key(stack)
    digest = hashlib.sha256(body).hexdigest()
    try:
        s3 = stack.s3()
        if _digest(s3, stack.lake.bucket, key) == digest:
            return False
        s3.put_object(Bucket=stack.lake.bucket, Key=key, Body=body, Metadata={"sha256": digest})
    except (BotoCoreError, ClientError) as error:
        raise CommandError(
            f"cannot write s3://{stack.lake.bucket}/{key}: {error}\nLocal stack: type `make up`. "
            "AWS: `aws sts get-caller-identity` must show the stack's account."
        ) from None
    return True


def _digest(s3: Any, bucket: str, key: str) -> str | None:
    try:
        return s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("sha256")
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey"):
            return None
        raise
