"""The shared data lake: one bucket, and the events that all domains may read."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Output, ResourceOptions
from pulumi_aws.glue import CatalogTableStorageDescriptorArgsDict

from components.policies import documents as policies
from mesh.contracts.model import Table
from mesh.names import EVENTS
from mesh.names import bucket as bucket_name

_PARQUET: CatalogTableStorageDescriptorArgsDict = {
    "input_format": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "output_format": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "ser_de_info": {"serialization_library": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


@dataclass(frozen=True, kw_only=True)
class LakeArgs:
    """The owner of the lake, its table of events, and its protection."""

    owner: str
    events: Table
    """The table of events in the contract of the shared lake."""
    disposable: bool = False
    """Whether destroy may delete a bucket that holds objects."""


class Lake(pulumi.ComponentResource):
    """The data lake: a private, versioned bucket and the Glue table `events.customer_events` over it."""

    bucket: Output[str]
    bucket_arn: Output[str]
    events_database: Output[str]
    events_table: Output[str]
    events: Table
    """As its contract has it."""

    def __init__(self, name: str, args: LakeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:components:Lake", name, None, opts)
        child = ResourceOptions(parent=self)
        self.events = args.events

        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=bucket_name(args.owner),
            force_destroy=args.disposable,
            opts=ResourceOptions(parent=self, protect=not args.disposable),
        )
        aws.s3.BucketVersioning(
            f"{name}-versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=child
        )
        blocked = aws.s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=child,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.id,
            rules=[
                {
                    "id": "forget-old-versions",  # without it a versioned bucket never shrinks
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrent_version_expiration": {"noncurrent_days": 30},
                    "expiration": {"expired_object_delete_marker": True},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                }
            ],
            opts=child,
        )
        aws.s3.BucketPolicy(
            f"{name}-tls-only",
            bucket=bucket.id,
            policy=Output.json_dumps(bucket.arn.apply(policies.tls_only_bucket)),
            # S3 refuses to change both at once, with a conflict
            opts=ResourceOptions.merge(child, ResourceOptions(depends_on=[blocked])),
        )

        events = aws.glue.CatalogDatabase(
            f"{name}-events",
            name=EVENTS,
            description="Events shared by all domains",
            location_uri=Output.concat("s3://", bucket.id, f"/{EVENTS}/"),
            opts=child,
        )
        table = aws.glue.CatalogTable(
            f"{name}-customer-events",
            name=args.events.name,
            database_name=events.name,
            description=args.events.description,
            table_type="EXTERNAL_TABLE",
            parameters={"EXTERNAL": "TRUE", "classification": "parquet"},
            storage_descriptor={
                **_PARQUET,
                "location": Output.concat("s3://", bucket.id, f"/{EVENTS}/"),
                "columns": [
                    {"name": column.name, "type": column.physical_type, "comment": column.description}
                    for column in args.events.columns
                ],
            },
            opts=child,
        )

        self.bucket = bucket.id
        self.bucket_arn = bucket.arn
        self.events_database = events.name
        self.events_table = table.name
        self.register_outputs(
            {
                "bucket": self.bucket,
                "bucket_arn": self.bucket_arn,
                "events_database": self.events_database,
                "events_table": self.events_table,
            }
        )
