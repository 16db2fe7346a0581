"""Buckets and Glue databases and tables in the emulator."""

import functools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from local.providers.package import Plane, RefusedError
from local.providers.values import Properties

_MOST_AT_ONCE = 1_000
"""Objects that one request of S3 deletes."""


class _Emulated(Plane):
    """What the emulator has, whatever AWS settings the user's environment has."""

    def __init__(self, service: str, url: str, region: str) -> None:
        self.service, self.url, self.region = service, url, region

    @functools.cached_property
    def client(self) -> Any:
        import boto3
        import botocore.session
        from botocore.config import Config

        # no profile, no proxy: the emulator is on this machine and takes any key
        session = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
        return boto3.Session("local", "local", region_name=self.region, botocore_session=session).client(
            self.service,
            endpoint_url=self.url,
            config=Config(proxies={}, s3={"addressing_style": "path"}, retries={"total_max_attempts": 3}),
        )

    @contextmanager
    def tolerating(self, *codes: str) -> Iterator[None]:
        """Takes the errors `codes` for success and makes one message of others."""
        from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

        try:
            yield
        except ClientError as error:
            if error.response["Error"]["Code"] not in codes:
                raise RefusedError(str(error)) from error
        except EndpointConnectionError as error:
            raise RefusedError(
                f"Nothing answers at {self.url}, the address of {self.service}: type `make up`."
            ) from error
        except BotoCoreError as error:
            raise RefusedError(f"{self.service} at {self.url}: {error}") from error


class Buckets(_Emulated):
    """Buckets in the emulator."""

    def create(self, known: Properties) -> None:
        where = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        with self.tolerating("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            self.client.create_bucket(Bucket=known["bucket"], **(where if self.region != "us-east-1" else {}))

    def delete(self, known: Properties) -> None:
        bucket = known["bucket"]
        with self.tolerating("NoSuchBucket"):
            self._empty(bucket, known.get("forceDestroy") is True)
            self.client.delete_bucket(Bucket=bucket)

    def _empty(self, bucket: str, force: bool) -> None:
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket=bucket)
        found = [each for page in pages for kind in ("Versions", "DeleteMarkers") for each in page.get(kind, [])]
        if found and not force:
            raise RefusedError(
                f"deleting S3 Bucket ({bucket}): BucketNotEmpty: The bucket you tried to delete is not empty. "
                "You must delete all versions in the bucket."
            )
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        # all are listed first: the emulator finds no next page behind a version that is deleted
        for first in range(0, len(objects), _MOST_AT_ONCE):
            some = objects[first : first + _MOST_AT_ONCE]
            self.client.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})


class Versioning(_Emulated):
    """Whether a bucket of the emulator keeps old versions."""

    def create(self, known: Properties) -> None:
        self._set(known["bucket"], known["versioningConfiguration"]["status"])

    def update(self, known: Properties, new: Properties) -> None:
        self._set(new["bucket"], new["versioningConfiguration"]["status"])

    def delete(self, known: Properties) -> None:
        self._set(known["bucket"], "Suspended")

    def _set(self, bucket: str, status: str) -> None:
        if status != "Disabled":
            with self.tolerating("NoSuchBucket"):
                self.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


class GlueDatabases(_Emulated):
    """Databases in the emulator's Glue catalog."""

    def create(self, known: Properties) -> None:
        with self.tolerating("AlreadyExistsException"):
            self.client.create_database(DatabaseInput=glue_input(known, DATABASE))
        self.update(known, known)  # what an interrupted run left may differ

    def update(self, known: Properties, new: Properties) -> None:
        with self.tolerating():
            self.client.update_database(Name=known["name"], DatabaseInput=glue_input(new, DATABASE))

    def delete(self, known: Properties) -> None:
        with self.tolerating("EntityNotFoundException"):
            self.client.delete_database(Name=known["name"])


class GlueTables(_Emulated):
    """Tables in the emulator's Glue catalog."""

    def create(self, known: Properties) -> None:
        with self.tolerating("AlreadyExistsException"):
            self.client.create_table(DatabaseName=known["databaseName"], TableInput=glue_input(known, TABLE))
        self.update(known, known)  # what an interrupted run left may differ

    def update(self, known: Properties, new: Properties) -> None:
        with self.tolerating():
            self.client.update_table(DatabaseName=known["databaseName"], TableInput=glue_input(new, TABLE))

    def delete(self, known: Properties) -> None:
        with self.tolerating("EntityNotFoundException"):
            self.client.delete_table(DatabaseName=known["databaseName"], Name=known["name"])


DATABASE = ("name", "description", "locationUri", "parameters")
TABLE = ("name", "description", "owner", "parameters", "partitionKeys", "retention", "storageDescriptor", "tableType")
TABLE += ("viewOriginalText", "viewExpandedText")


def glue_input(known: Properties, names: Iterable[str]) -> dict[str, Any]:
    """Those of the arguments that are given, spelled as Glue's API has them."""
    return _api({name: known[name] for name in names if known.get(name)})


def _api(value: Any) -> Any:
    """Arguments with the API's names; the keys of `parameters` are the user's."""
    if isinstance(value, list):
        return [_api(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        "SerdeInfo" if name == "serDeInfo" else name[0].upper() + name[1:]: item if name == "parameters" else _api(item)
        for name, item in value.items()
        if not name.startswith("__") and item is not None
    }
