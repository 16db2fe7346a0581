"""What the lake keeps of a domain, as Glue and S3 have it: Iceberg's tables, without asking Trino."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from client.errors import CommandError
from client.stack import Stack
from mesh.names import DomainName


@dataclass(frozen=True)
class KeptTable:
    """A table of Iceberg in a domain's Glue database."""

    domain: DomainName
    name: str
    folder: str
    """Of its files in the bucket, with a slash at its end."""
    metadata: Mapping[str, Any] = field(repr=False)
    """Iceberg's own description of it, as its file of metadata has it: snapshots, schemas of the past."""

    @property
    def columns(self) -> dict[str, set[int]]:
        """By name, the numbers of all columns that ever had it: a column keeps its number when it is renamed."""
        found: dict[str, set[int]] = {}
        for schema in self.metadata.get("schemas", []):
            for column in schema["fields"]:
                found.setdefault(column["name"], set()).add(column["id"])
        return found

    @property
    def snapshots(self) -> int:
        """How many of its snapshots can be read."""
        return len(self.metadata.get("snapshots", []))


def kept_tables(stack: Stack, domain: DomainName) -> list[KeptTable]:
    """The tables of Iceberg in a domain's Glue database, by name; none where there is no such database.

    Raises CommandError when Glue or S3 cannot be asked.
    """
    try:
        return sorted(_found(stack, domain), key=lambda table: table.name)
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"cannot read what the lake keeps of {domain}: {error}") from None


def _found(stack: Stack, domain: DomainName) -> Iterator[KeptTable]:
    glue, s3 = stack.aws("glue"), stack.aws("s3")
    try:
        pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=domain.identifier))
    except glue.exceptions.EntityNotFoundException:
        return
    for page in pages:
        for table in page["TableList"]:
            place = table.get("Parameters", {}).get("metadata_location")
            if place is None:
                continue
            key = urlsplit(place).path.lstrip("/")
            metadata = json.loads(s3.get_object(Bucket=stack.lake.bucket, Key=key)["Body"].read())
            folder = urlsplit(metadata["location"]).path.strip("/") + "/"
            yield KeptTable(domain, table["Name"], folder, metadata)
