"""The files of what the lake keeps of a domain, all versions of them, as S3 has them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from client.errors import CommandError
from client.stack import Stack
from mesh.names import DomainName

_FOLDER = re.compile(r"[^/]+-[0-9a-f]{32}/")
"""Trino's own folder for a table: its name and 32 digits. It lies beside the domain's uploads, never within them."""
_MOST_AT_ONCE = 1000
"""Objects that one request of S3 deletes."""


@dataclass(frozen=True)
class Version:
    """One version of a file; `folder` is its table's, below the bucket."""

    key: str
    number: str
    latest: bool
    marker: bool
    """Whether it only says that the file was deleted."""
    folder: str


def versions(stack: Stack, domain: DomainName) -> list[Version]:
    """All versions of the files of tables that are or were kept of a domain. Raises CommandError."""
    try:
        return list(_versions(stack, domain))
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"cannot list the files of {domain} in the lake: {error}") from None


def _versions(stack: Stack, domain: DomainName) -> Iterator[Version]:
    pages = stack.s3().get_paginator("list_object_versions")
    prefix = domain.lake_prefix
    for page in pages.paginate(Bucket=stack.lake.bucket, Prefix=prefix):
        for kind in ("Versions", "DeleteMarkers"):
            for each in page.get(kind, []):
                if found := _FOLDER.match(each["Key"], len(prefix)):
                    number, latest = each["VersionId"], each["IsLatest"]
                    yield Version(each["Key"], number, latest, kind != "Versions", prefix + found[0])


def read(stack: Stack, version: Version) -> bytes:
    """The content of one version of a file. Raises CommandError when it cannot be read."""
    place = {"Bucket": stack.lake.bucket, "Key": version.key, "VersionId": version.number}
    try:
        return stack.s3(start=False).get_object(**place)["Body"].read()
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"cannot read s3://{stack.lake.bucket}/{version.key}: {error}") from None


def delete(stack: Stack, going: Iterable[Version]) -> int:
    """Deletes these versions for good; how many. Raises CommandError when S3 keeps one."""
    listed = [{"Key": each.key, "VersionId": each.number} for each in going]
    try:
        for first in range(0, len(listed), _MOST_AT_ONCE):
            some = {"Objects": listed[first : first + _MOST_AT_ONCE], "Quiet": True}
            answer: dict[str, Any] = stack.s3(start=False).delete_objects(Bucket=stack.lake.bucket, Delete=some)
            for error in answer.get("Errors", []):
                raise CommandError(f"S3 keeps s3://{stack.lake.bucket}/{error['Key']}: {error.get('Message')}")
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"cannot delete old versions in the lake: {error}") from None
    return len(listed)
