"""The AWS resources that are more than state here, and where they are."""

import urllib.parse
from collections.abc import Mapping

from local.providers.aws.databases import Databases
from local.providers.aws.emulator import Buckets, Emulator, GlueDatabases, GlueTables, Versioning
from local.providers.package import Plane


def planes(endpoints: list[Mapping[str, str]], region: str) -> dict[str, Plane]:
    """The planes by type, on the S3 and Glue endpoints that the provider was given."""
    urls = {service: url for endpoint in endpoints for service, url in endpoint.items() if url}
    host = urllib.parse.urlsplit(urls.get("s3") or urls.get("glue") or "").hostname or "127.0.0.1"
    found: dict[str, Plane] = {"aws:rds/instance:Instance": Databases(host)}
    if "s3" in urls:
        s3 = Emulator("s3", urls["s3"], region)
        found |= {"aws:s3/bucket:Bucket": Buckets(s3), "aws:s3/bucketVersioning:BucketVersioning": Versioning(s3)}
    if "glue" in urls:
        glue = Emulator("glue", urls["glue"], region)
        found["aws:glue/catalogDatabase:CatalogDatabase"] = GlueDatabases(glue)
        found["aws:glue/catalogTable:CatalogTable"] = GlueTables(glue)
    return found
