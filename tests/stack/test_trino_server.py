"""A real Trino server that cannot work. What one does that can is seen on the whole mesh."""

from collections.abc import Iterator

import pytest

from local import descriptors, java, paths, process, trino
from tests.stack.servers_here import stack_in_a_folder

NAME = "trino-coordinator"
FILES = {
    "config/config.properties": "coordinator=true\nnode-scheduler.include-coordinator=true\n"
    "http-server.http.port=8080\ndiscovery.uri=http://localhost:8080\n",
    "config/node.properties": "node.environment=mesh\nnode.id=${ENV:HOSTNAME}\nnode.data-dir=/data/trino\n",
    "config/jvm.config": "-server\n-Xmx1G\n-XX:+UseSerialGC\n-XX:TieredStopAtLevel=1\n",
    "catalogs/sales.properties": "connector.name=postgresql\nno-such-property=1\n",
}


@pytest.fixture
def pod() -> Iterator[trino.Pod]:
    """A server with a catalog that no Trino takes."""
    with stack_in_a_folder() as folder:
        java.prepare()
        for file, text in FILES.items():
            process.write_private(folder / "kubernetes" / file, text)
        yield trino.Pod(
            mounts={
                "/etc/trino": folder / "kubernetes" / "config",
                "/etc/trino/catalog": folder / "kubernetes" / "catalogs",
            },
            env={"TRINO_ETC": "/etc/trino"},
            ports={8080: process.free_port("127.0.0.1")},
            host="127.0.0.1",
        )


def test_a_broken_catalog_ends_it_is_shown_and_leaves_nothing(pod: trino.Pod) -> None:
    with pytest.raises(process.ServerError, match=r"(?s)Trino .* ended before it was ready.*no-such-property"):
        trino.apply(NAME, pod)
    assert process.alive(NAME) is None
    for _ in range(2):
        trino.delete(NAME)
    left = [file.name for file in paths.stack().rglob("*") if NAME in file.name and file.suffix != ".lock"]
    assert left == [] and NAME not in descriptors.every()
