import json

import pytest

from components.lake import Lake, LakeArgs
from tests.sample import EVENTS
from tests.unit.recording import Recording


@pytest.fixture(scope="module")
def lake() -> Recording:
    from tests.unit.recording import record

    return record(lambda: Lake("lake", LakeArgs(owner="ada", events=EVENTS)))


def test_the_bucket_is_private_versioned_and_encrypted(lake: Recording):
    assert lake.one("aws:s3/bucket:Bucket").inputs["bucket"] == "datamesh-datalake-ada"
    block = lake.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert all(
        block[key] for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )
    versioning = lake.one("aws:s3/bucketVersioning:BucketVersioning").inputs
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    ownership = lake.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs
    assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    assert lake.of("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")


def test_the_bucket_refuses_requests_without_tls(lake: Recording):
    policy = json.loads(lake.one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])
    refusals = [s for s in policy["Statement"] if s.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}]
    assert [s["Effect"] for s in refusals] == ["Deny"]


def test_old_versions_delete_markers_and_broken_uploads_go_away(lake: Recording):
    (rule,) = lake.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    assert rule["status"] == "Enabled"
    assert rule["noncurrentVersionExpiration"]["noncurrentDays"] > 0
    assert rule["expiration"] == {"expiredObjectDeleteMarker": True}
    assert rule["abortIncompleteMultipartUpload"]["daysAfterInitiation"] > 0


def test_the_shared_events_are_a_table_of_parquet_files(lake: Recording):
    table = lake.one("aws:glue/catalogTable:CatalogTable").inputs
    assert (table["databaseName"], table["name"], table["tableType"]) == ("events", "customer_events", "EXTERNAL_TABLE")
    storage = table["storageDescriptor"]
    assert storage["location"] == "s3://datamesh-datalake-ada/events/"
    assert [(c["name"], c["type"]) for c in storage["columns"]] == [
        ("event_id", "string"),
        ("customer_id", "bigint"),
        ("event_type", "string"),
        ("event_date", "date"),
    ]
    assert "Parquet" in storage["serDeInfo"]["serializationLibrary"]
