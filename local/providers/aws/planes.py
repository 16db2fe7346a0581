"""The AWS resources that are more than state here."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from local.paths import HOST
from local.providers.aws.databases import Databases
from local.providers.aws.emulator import Buckets, GlueDatabases, GlueTables, Versioning
from local.providers.package import Plane


def planes(endpoints: list[Mapping[str, str]], region: str) -> dict[str, Plane]:
    """The planes by type, on the S3 and Glue endpoints that the provider has."""
    urls = {service: url for endpoint in endpoints for service, url in endpoint.items() if url}
    host = urlsplit(urls.get("s3") or urls.get("glue") or "").hostname or HOST
    found: dict[str, Plane] = {"aws:rds/instance:Instance": Databases(host)}
    if s3 := urls.get("s3"):
        found["aws:s3/bucket:Bucket"] = Buckets("s3", s3, region)
        found["aws:s3/bucketVersioning:BucketVersioning"] = Versioning("s3", s3, region)
    if glue := urls.get("glue"):
        found["aws:glue/catalogDatabase:CatalogDatabase"] = GlueDatabases("glue", glue, region)
        found["aws:glue/catalogTable:CatalogTable"] = GlueTables("glue", glue, region)
    return found
