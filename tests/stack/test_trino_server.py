"""A real Trino server alone: one that cannot work, and one that has only just started. The mesh shows the rest."""

from collections.abc import Iterator
from typing import Any

import pytest
import trino.dbapi

from client.trino import when_started
from local import paths
from local.prepare import java
from local.servers import descriptors, process
from local.servers import trino as server
from tests.stack.servers_here import stack_in_a_folder

NAME = "trino-coordinator"
FILES = {
    "config/config.properties": "coordinator=true\nnode-scheduler.include-coordinator=true\n"
    "http-server.http.port=8080\ndiscovery.uri=http://localhost:8080\n",
    "config/node.properties": "node.environment=mesh\nnode.id=${ENV:HOSTNAME}\nnode.data-dir=/data/trino\n",
    "config/jvm.config": "-server\n-Xmx1G\n-XX:+UseSerialGC\n-XX:TieredStopAtLevel=1\n",
    "broken/sales.properties": "connector.name=postgresql\nno-such-property=1\n",
    "mended/sales.properties": "connector.name=tpch\n",
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with stack_in_a_folder() as folder:
        java.prepare()
        for file, text in FILES.items():
            process.write_private(folder / "kubernetes" / file, text)
        yield process.free_port("127.0.0.1")


def pod(port: int, catalogs: str) -> server.Pod:
    objects = paths.stack() / "kubernetes"
    return server.Pod(
        mounts={"/etc/trino": objects / "config", "/etc/trino/catalog": objects / catalogs},
        env={"TRINO_ETC": "/etc/trino"},
        ports={8080: port},
        host="127.0.0.1",
    )


def test_a_broken_catalog_is_shown_and_another_pod_mends_it(port: int) -> None:
    with pytest.raises(process.ServerError, match=r"(?s)Trino .* ended before it was ready.*no-such-property"):
        server.apply(NAME, pod(port, "broken"))
    assert process.alive(NAME) is None
    server.apply(NAME, pod(port, "mended"))
    assert answer(port, "SELECT count(*) FROM sales.tiny.region") == [[5]]


def answer(port: int, query: str) -> list[list[Any]]:
    """As clients of the project ask: a server that has just started has not seen itself yet."""
    with trino.dbapi.connect(host="127.0.0.1", port=port, user="tester") as connection:
        return when_started(lambda: connection.cursor().execute(query).fetchall(), 120)


def test_an_equal_pod_leaves_the_server_alone(port: int) -> None:
    before = process.alive(NAME)
    server.apply(NAME, pod(port, "mended"))
    assert process.alive(NAME) == before


def test_a_deleted_server_leaves_nothing(port: int) -> None:
    for _ in range(2):
        server.delete(NAME)
    left = [file.name for file in paths.stack().rglob("*") if NAME in file.name and file.suffix != ".lock"]
    assert left == [] and NAME not in descriptors.every()
