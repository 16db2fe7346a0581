"""Texts of Trino's catalogs: pure functions, no password in any of them."""

from collections.abc import Mapping

from mesh.contracts.types import SCALE
from mesh.engine import ENGINE_VERSION
from mesh.names import ICEBERG, LAKE, LAKE_PROPERTIES

METADATA_SECONDS = 30
"""For how long Trino may show a database's tables as they were; `client.trino.forget_metadata` ends it at once."""


def properties(values: Mapping[str, str | int | bool]) -> str:
    """A Java properties file, one `key=value` a line, in the order given.

    Such files have neither inline comments nor quotes: everything after the first `=` is the value.
    """
    texts = ((key, str(value).lower() if isinstance(value, bool) else str(value)) for key, value in values.items())
    return "".join(f"{key}={value}\n" for key, value in texts)


def postgresql(*, host: str, port: int, database: str, user: str, password_variable: str) -> str:
    """The catalog of a domain: its PostgreSQL database, with the server's certificate and name verified.

    `password_variable` is the environment variable with the password.
    """
    options = (
        "sslmode=verify-full&sslrootcert=${ENV:TRINO_ETC}/database-ca.pem&tcpKeepAlive=true"
        # Each connection is a few trips shorter: TLS begins at once, and what the server can do is not asked.
        f"&sslNegotiation=direct&assumeMinServerVersion={ENGINE_VERSION}"
    )
    return properties(
        {
            "connector.name": "postgresql",
            "connection-url": f"jdbc:postgresql://{host}:{port}/{database}?{options}",
            "connection-user": user,
            "connection-password": f"${{ENV:{password_variable}}}",
            # Every column is there: arrays as arrays, numbers without precision rounded to 18 digits behind the point,
            # types that Trino does not have as text. Names in capitals are found.
            "postgresql.array-mapping": "AS_ARRAY",
            "decimal-mapping": "ALLOW_OVERFLOW",
            "decimal-default-scale": SCALE,
            "decimal-rounding-mode": "HALF_UP",
            "unsupported-type-handling": "CONVERT_TO_VARCHAR",
            "case-insensitive-name-matching": True,
            # Each look at a table's columns and statistics is several trips to a database that may be far away.
            "metadata.cache-ttl": f"{METADATA_SECONDS}s",
            "metadata.cache-missing": True,
            # names the person in PostgreSQL's log
            "query.comment-format": "trino user=$USER query=$QUERY_ID",
        }
    )


def lake(*, region: str, bucket: str, endpoint: str | None = None) -> str:
    """The catalog of the shared lake: Parquet files in S3, tables in Glue. Tables of Iceberg are found here too.

    `endpoint` is the URL of an emulator of both services.
    """
    own = {
        "connector.name": "hive",
        "hive.metastore": "glue",
        "hive.storage-format": "PARQUET",
        "hive.non-managed-table-writes-enabled": True,
        "hive.iceberg-catalog-name": ICEBERG,
    }
    return properties(own | _storage(region, bucket, endpoint))


def iceberg(*, region: str, bucket: str, endpoint: str | None = None) -> str:
    """The catalog of what the lake keeps of the domains: the same bucket and Glue, as Iceberg; see `lake`."""
    own = {
        "connector.name": "iceberg",
        "iceberg.catalog.type": "glue",
        "iceberg.file-format": "PARQUET",
        # Two tables of one name, one after the other, would else share a folder: what one removes, the other needs.
        "iceberg.unique-table-location": True,
        "iceberg.hive-catalog-name": LAKE,
        # The publisher alone may remove anything, and knows what is still needed; a person's rows have to go at once.
        "iceberg.expire-snapshots.min-retention": "0s",
        "iceberg.remove-orphan-files.min-retention": "0s",
        # Each would be a commit of its own, with files of its own, after each publication.
        "iceberg.extended-statistics.collect-on-write": False,
        "iceberg.allowed-extra-properties": ",".join(LAKE_PROPERTIES),
    }
    return properties(own | _storage(region, bucket, endpoint))


def _storage(region: str, bucket: str, endpoint: str | None) -> dict[str, str | int | bool]:
    values: dict[str, str | int | bool] = {
        "hive.metastore.glue.region": region,
        "hive.metastore.glue.default-warehouse-dir": f"s3://{bucket}/",
        "hive.metastore.glue.aws-access-key": "${ENV:LAKE_ACCESS_KEY}",
        "hive.metastore.glue.aws-secret-key": "${ENV:LAKE_SECRET_KEY}",
        "fs.native-s3.enabled": True,
        "s3.region": region,
        "s3.aws-access-key": "${ENV:LAKE_ACCESS_KEY}",
        "s3.aws-secret-key": "${ENV:LAKE_SECRET_KEY}",
    }
    if endpoint:
        values |= {
            "hive.metastore.glue.endpoint-url": endpoint,
            "s3.endpoint": endpoint,
            "s3.path-style-access": True,
        }
    return values
