"""The shared table of customer events: one Parquet file in the lake."""

import csv
import hashlib
import io
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
from botocore.exceptions import BotoCoreError, ClientError

from components.contracts import shared_events
from seed import SeedError
from seed.sources import SEED
from seed.stack import Stack

EVENTS = SEED / "events" / "customer_events.csv"

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
COLUMNS = [pyarrow.field(column.name, _ARROW[column.physical_type]) for column in shared_events().columns]
"""What the contract of the events says, as Parquet's library takes it."""


def events(path: Path = EVENTS) -> list[tuple[object, ...]]:
    """The sample's events, in the order of `COLUMNS`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    values = [pyarrow.array([row[column.name] for row in rows]).cast(column.type).to_pylist() for column in COLUMNS]
    return list(zip(*values, strict=True))


def parquet(rows: list[tuple[object, ...]]) -> bytes:
    """The events as a Parquet file, the same bytes for the same rows."""
    table = pyarrow.table(
        [pyarrow.array(values, field.type) for values, field in zip(zip(*rows, strict=True), COLUMNS, strict=True)],
        schema=pyarrow.schema(COLUMNS),
    )
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


def events_key(stack: Stack) -> str:
    """The seed's own file in the lake."""
    return f"{stack.lake.events_prefix}customer_events.parquet"


def load_events(stack: Stack, rows: list[tuple[object, ...]]) -> bool:
    """Put the events into the lake; False when the very file is there already, so that no version of it piles up."""
    body, key = parquet(rows), events_key(stack)
    digest = hashlib.sha256(body).hexdigest()
    try:
        s3 = stack.s3()
        if _digest(s3, stack.lake.bucket, key) == digest:
            return False
        s3.put_object(Bucket=stack.lake.bucket, Key=key, Body=body, Metadata={"sha256": digest})
    except (BotoCoreError, ClientError) as error:
        raise SeedError(
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
