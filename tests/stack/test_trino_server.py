"""A real Trino server in the place of a Deployment, asking real PostgreSQL, S3 and Glue."""

import io
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import psutil
import pyarrow
import pyarrow.parquet
import pytest
import trino.dbapi
import trino.exceptions
from botocore.config import Config

from local import certificates, descriptors, emulator, java, paths, postgres, process, servers
from local import trino as server
from tests.stack.servers_here import kill, stack_in_a_folder

NAME = "trino-coordinator"

CONFIG = """\
coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port=8080
discovery.uri=http://localhost:8080
"""
NODE = "node.environment=mesh\nnode.id=${ENV:HOSTNAME}\nnode.data-dir=/data/trino\nplugin.dir=/usr/lib/trino/plugin\n"
JVM = "-server\n-Xmx1G\n-XX:+UseSerialGC\n-XX:TieredStopAtLevel=1\n"
SALES = """\
connector.name=postgresql
connection-url=jdbc:postgresql://127.0.0.1:PORT/sales_db?sslmode=verify-full&sslrootcert=${ENV:TRINO_ETC}/ca/ca.pem
connection-user=dm_admin
connection-password=${ENV:SALES_DB_PASSWORD}
"""
LAKE = """\
connector.name=hive
hive.metastore=glue
hive.metastore.glue.region=us-east-1
hive.metastore.glue.endpoint-url=ENDPOINT
hive.metastore.glue.default-warehouse-dir=s3://lake/warehouse
hive.metastore.glue.aws-access-key=local
hive.metastore.glue.aws-secret-key=local
hive.storage-format=PARQUET
hive.non-managed-table-writes-enabled=true
fs.native-s3.enabled=true
s3.region=us-east-1
s3.endpoint=ENDPOINT
s3.path-style-access=true
s3.aws-access-key=local
s3.aws-secret-key=local
"""
CONTROL = "access-control.name=file\nsecurity.config-file=${ENV:RULES}/rules.json\nsecurity.refresh-period=1s\n"


@dataclass(frozen=True)
class Mesh:
    objects: Path  # what the cluster's objects are here: a folder each
    pod: server.Pod
    database: int
    endpoint: str
    refusal: str  # what was told of a catalog that no server takes, before

    def ask(self, sql: str) -> list[list[Any]]:
        with trino.dbapi.connect(host="127.0.0.1", port=self.pod.ports[8080], user="tester") as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall()

    def aws(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(proxies={}, s3={"addressing_style": "path"}),
        )


@pytest.fixture(scope="module")
def mesh() -> Iterator[Mesh]:
    with stack_in_a_folder() as folder:
        emulator.prepare()
        java.prepare()
        endpoint = f"http://127.0.0.1:{process.free_port('127.0.0.1')}"
        emulator.start(endpoint)
        database = postgres.create(
            "sales", host="127.0.0.1", database="sales_db", user="dm_admin", password="Throwaway7Password"
        )
        objects = folder / "kubernetes"
        rules(objects, "sales|lake|system")
        files = {"config.properties": CONFIG, "node.properties": NODE, "jvm.config": JVM}
        put(objects / "config", {**files, "access-control.properties": CONTROL})
        put(objects / "catalogs", {"sales.properties": SALES.replace("PORT", str(database))})
        put(objects / "catalogs", {"lake.properties": LAKE.replace("ENDPOINT", endpoint)})
        put(objects / "passwords", {"sales": "Throwaway7Password"})
        pod = server.Pod(
            mounts={
                "/etc/trino": objects / "config",
                "/etc/trino/catalog": objects / "catalogs",
                "/etc/trino/ca/ca.pem": certificates.ca(),
                "/etc/trino-rules": objects / "rules",
            },
            env={
                "TRINO_ETC": "/etc/trino",
                "RULES": "/etc/trino-rules",
                "SALES_DB_PASSWORD": objects / "passwords" / "sales",
            },
            ports={8080: process.free_port("127.0.0.1")},
            host="127.0.0.1",
        )
        put(objects / "broken", {"broken.properties": "connector.name=postgresql\nno-such-property=1\n"})
        broken = replace(pod, mounts={**pod.mounts, "/etc/trino/catalog": objects / "broken"})
        with pytest.raises(process.ServerError) as refused:
            server.apply(NAME, broken)
        assert process.alive(NAME) is None
        server.apply(NAME, pod)
        made = Mesh(objects, pod, database, endpoint, str(refused.value))
        made.aws("s3").create_bucket(Bucket="lake")
        made.aws("glue").create_database(DatabaseInput={"Name": "events", "LocationUri": "s3://lake/events-db"})
        yield made


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        process.write_private(folder / name, text)


def rules(objects: Path, catalogs: str) -> None:
    """Lets everyone do everything in these catalogs, and nothing in others."""
    put(objects / "rules", {"rules.json": json.dumps({"catalogs": [{"catalog": catalogs, "allow": "all"}]})})


def test_the_first_query_after_the_start_is_answered(mesh: Mesh) -> None:
    assert mesh.ask("SELECT node_id, coordinator, state FROM system.runtime.nodes") == [[NAME, True, "active"]]


def test_postgresql_answers_through_verified_tls(mesh: Mesh) -> None:
    mesh.ask("CREATE TABLE sales.public.orders AS SELECT * FROM (VALUES (1, 10.5), (2, 31.5)) AS t (id, amount)")
    assert mesh.ask("SELECT CAST(sum(amount) AS varchar) FROM sales.public.orders") == [["42.0"]]


def test_the_server_listens_on_its_published_port_of_loopback_alone(mesh: Mesh) -> None:
    listening = [c.laddr for c in psutil.Process(process.alive(NAME)).net_connections("tcp") if c.status == "LISTEN"]
    ports = {address[1] for address in listening}
    assert ports == {mesh.pod.ports[8080]}, "the text says 8080, this machine has another"
    assert {address[0].removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_the_emulator_listens_on_its_own_port_alone(mesh: Mesh) -> None:
    listening = [c.laddr for c in psutil.Process(process.alive("emulator")).net_connections("all") if c.laddr]
    assert {tuple(address) for address in listening} == {("127.0.0.1", int(mesh.endpoint.rpartition(":")[2]))}


def test_browsers_and_strangers_names_are_refused_by_the_emulator(mesh: Mesh) -> None:
    mesh.aws("s3").put_object(Bucket="lake", Key="private.txt", Body=b"x")
    for headers in ({"Origin": "https://example.com"}, {"Host": "example.com"}):
        request = urllib.request.Request(f"{mesh.endpoint}/lake/private.txt", headers=headers)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
    reset = urllib.request.Request(f"{mesh.endpoint}/_ministack/reset", data=b"")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(reset)


def test_an_external_parquet_table_of_the_lake_is_read(mesh: Mesh) -> None:
    upload(mesh, "events/one.parquet", [1, 2, 3])
    mesh.ask(
        "CREATE TABLE lake.events.clicks (id bigint) WITH (external_location = 's3://lake/events/', format = 'PARQUET')"
    )
    assert mesh.ask("SELECT sum(id) FROM lake.events.clicks") == [[6]]
    mesh.ask("CREATE TABLE lake.events.doubled AS SELECT id * 2 AS twice FROM lake.events.clicks")
    assert mesh.ask("SELECT sum(twice) FROM lake.events.doubled") == [[12]]


def upload(mesh: Mesh, key: str, numbers: list[int]) -> None:
    body = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"id": pyarrow.array(numbers, pyarrow.int64())}), body)
    mesh.aws("s3").put_object(Bucket="lake", Key=key, Body=body.getvalue())


def test_everything_is_back_after_the_servers_of_data_died(mesh: Mesh) -> None:
    s3, glue = mesh.aws("s3"), mesh.aws("glue")
    upload(mesh, "later/one.parquet", [4, 5])
    s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    upload(mesh, "later/one.parquet", [40, 50])
    s3.put_object(Bucket="lake", Key="gone.txt", Body=b"x")
    s3.delete_object(Bucket="lake", Key="gone.txt")
    s3.create_bucket(Bucket="empty")
    mesh.ask("CREATE TABLE lake.events.later (id bigint) WITH (external_location = 's3://lake/later/')")
    glue.create_table(DatabaseName="events", TableInput={"Name": "last", "Parameters": {"a": "b"}})
    mesh.ask("CREATE TABLE sales.public.kept AS SELECT 7 AS n")
    for name in ("emulator", "sales"):
        kill(name)
    assert servers.start_all() == ["emulator", "sales"], "Trino ran on"
    assert mesh.ask("SELECT sum(id) FROM lake.events.later") == [[90]], "the table and the newer version of its file"
    assert mesh.ask("SELECT n FROM sales.public.kept") == [[7]]
    assert glue.get_table(DatabaseName="events", Name="last")["Table"]["Parameters"]["a"] == "b", "the very last change"
    assert {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]} == {"empty", "lake"}
    assert s3.get_bucket_versioning(Bucket="lake")["Status"] == "Enabled"
    versions = s3.list_object_versions(Bucket="lake", Prefix="later/")["Versions"]
    assert len(versions) == 2, "the older version too"
    assert "Contents" not in s3.list_objects_v2(Bucket="lake", Prefix="gone"), "what was deleted stays deleted"


def test_what_was_deleted_is_still_deleted_after_a_sudden_death(mesh: Mesh) -> None:
    s3, glue = mesh.aws("s3"), mesh.aws("glue")
    s3.create_bucket(Bucket="short-lived")
    s3.put_object(Bucket="short-lived", Key="a", Body=b"a")
    s3.delete_object(Bucket="short-lived", Key="a")
    s3.delete_bucket(Bucket="short-lived")
    glue.create_database(DatabaseInput={"Name": "short_lived"})
    glue.delete_database(Name="short_lived")
    kill("emulator")
    emulator.start(mesh.endpoint)
    assert "short-lived" not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert "short_lived" not in {database["Name"] for database in glue.get_databases()["DatabaseList"]}


def test_an_equal_pod_leaves_the_server_alone(mesh: Mesh) -> None:
    before = process.alive(NAME)
    server.apply(NAME, replace(mesh.pod, env=dict(mesh.pod.env)))
    assert process.alive(NAME) == before


def test_it_starts_from_the_classes_that_were_kept(mesh: Mesh) -> None:
    pid = process.alive(NAME)
    assert any(word.startswith("-XX:AOTCache=") for word in psutil.Process(pid).cmdline())
    assert "[aot" not in process.log(NAME).read_text(), "Java took them"


def test_secrets_are_in_no_descriptor_log_or_argument_list(mesh: Mesh) -> None:
    pid = process.alive(NAME)
    places = [*(paths.stack() / "servers").iterdir(), *(paths.stack() / "logs").iterdir()]
    texts = [file.read_text() for file in places] + [" ".join(psutil.Process(pid).cmdline())]
    assert not any("Throwaway7Password" in text for text in texts)


def test_a_broken_catalog_is_shown_and_another_pod_mends_it(mesh: Mesh) -> None:
    assert re.search(r"(?s)Trino .* ended before it was ready.*no-such-property", mesh.refusal)
    assert ["sales"] in mesh.ask("SHOW CATALOGS")


def test_rules_that_change_are_read_again_while_it_runs(mesh: Mesh) -> None:
    assert ["sales"] in mesh.ask("SHOW CATALOGS")
    rules(mesh.objects, "lake|system")
    for _ in range(100):
        if ["sales"] not in mesh.ask("SHOW CATALOGS"):
            break
        time.sleep(0.1)
    assert ["sales"] not in mesh.ask("SHOW CATALOGS"), "the server sees the object of the same name change"


def test_a_deleted_server_leaves_nothing(mesh: Mesh) -> None:
    server.delete(NAME)
    server.delete(NAME)
    left = [file.name for file in paths.stack().rglob("*") if NAME in file.name and file.suffix != ".lock"]
    assert left == []
    assert NAME not in descriptors.every()
