"""The server in the place of S3 and Glue: who reaches it, and what is still there after it died."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import psutil
import pytest
from botocore.config import Config

from local.providers.aws.emulator import Buckets
from local.providers.package import RefusedError
from local.servers import emulator, process
from local.servers import registry as servers
from tests.stack.servers_here import kill, stack_in_a_folder


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with stack_in_a_folder():
        emulator.prepare()
        url = f"http://127.0.0.1:{process.free_port('127.0.0.1')}"
        emulator.start(url)
        aws(url, "s3").create_bucket(Bucket="lake")
        yield url


def aws(endpoint: str, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(proxies={}, s3={"addressing_style": "path"}),
    )


def test_it_listens_on_its_own_port_alone(endpoint: str) -> None:
    listening = [c.laddr for c in psutil.Process(process.alive("emulator")).net_connections("all") if c.laddr]
    assert {tuple(address) for address in listening} == {("127.0.0.1", int(endpoint.rpartition(":")[2]))}


def test_browsers_and_strangers_names_are_refused(endpoint: str) -> None:
    aws(endpoint, "s3").put_object(Bucket="lake", Key="private.txt", Body=b"x")
    for headers in ({"Origin": "https://example.com"}, {"Host": "example.com"}):
        request = urllib.request.Request(f"{endpoint}/lake/private.txt", headers=headers)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
    reset = urllib.request.Request(f"{endpoint}/_ministack/reset", data=b"")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(reset)


def test_a_bucket_goes_with_all_its_versions_however_many_a_key_has_and_only_by_force(endpoint: str) -> None:
    s3 = aws(endpoint, "s3")
    s3.create_bucket(Bucket="rewritten")
    s3.put_bucket_versioning(Bucket="rewritten", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="rewritten", Key="first", Body=b"x")
    for _ in range(2):  # a page of the list, of 1,000, ends within the versions of one key
        s3.delete_objects(Bucket="rewritten", Delete={"Objects": [{"Key": "often"}] * 1_000})
    assert s3.list_object_versions(Bucket="rewritten", MaxKeys=2_001)["DeleteMarkers"][1_999]

    with pytest.raises(RefusedError, match="BucketNotEmpty"):
        Buckets("s3", endpoint, "us-east-1").delete({"bucket": "rewritten"})
    Buckets("s3", endpoint, "us-east-1").delete({"bucket": "rewritten", "forceDestroy": True})
    assert "rewritten" not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


def test_everything_is_back_after_a_sudden_death_and_what_was_deleted_is_not(endpoint: str) -> None:
    s3, glue = aws(endpoint, "s3"), aws(endpoint, "glue")
    s3.put_object(Bucket="lake", Key="kept.txt", Body=b"old")
    s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="lake", Key="kept.txt", Body=b"new")
    s3.put_object(Bucket="lake", Key="gone.txt", Body=b"x")
    s3.delete_object(Bucket="lake", Key="gone.txt")
    s3.create_bucket(Bucket="empty")
    s3.create_bucket(Bucket="short-lived")
    s3.put_object(Bucket="short-lived", Key="a", Body=b"a")
    s3.delete_object(Bucket="short-lived", Key="a")
    s3.delete_bucket(Bucket="short-lived")
    glue.create_database(DatabaseInput={"Name": "events", "LocationUri": "s3://lake/events-db"})
    glue.create_database(DatabaseInput={"Name": "short_lived"})
    glue.delete_database(Name="short_lived")
    glue.create_table(DatabaseName="events", TableInput={"Name": "last", "Parameters": {"a": "b"}})

    kill("emulator")
    assert servers.start_all() == ["emulator"]

    assert s3.get_object(Bucket="lake", Key="kept.txt")["Body"].read() == b"new"
    assert {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]} == {"empty", "lake"}
    assert s3.get_bucket_versioning(Bucket="lake")["Status"] == "Enabled"
    assert len(s3.list_object_versions(Bucket="lake", Prefix="kept")["Versions"]) == 2, "the older version too"
    assert "Contents" not in s3.list_objects_v2(Bucket="lake", Prefix="gone"), "what was deleted stays deleted"
    assert glue.get_table(DatabaseName="events", Name="last")["Table"]["Parameters"]["a"] == "b", "the very last change"
    assert [database["Name"] for database in glue.get_databases()["DatabaseList"]] == ["events"]
