"""The configuration files of Trino's servers: pure functions of their memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from k8s.trino import limits, query_log
from k8s.trino.catalogs import properties
from mesh.ports import TRINO_HTTP, TRINO_HTTPS
from mesh.settings import LEAST_MEMORY

HTTP_PORT, HTTPS_PORT = TRINO_HTTP, TRINO_HTTPS
ETC = "/etc/trino"
"""Where the container finds its configuration; files name each other through ${ENV:TRINO_ETC}."""
ACCESS, PASSWORDS, TLS = (f"{ETC}-{part}" for part in ("access", "passwords", "tls"))
"""Folders beside it: rules and groups, hashes, the certificate. Trino rereads the first two while it runs."""
PUBLISHED = "datamesh/published-ports"
"""An annotation of a Deployment on the `local` stack: the machine's port for each port of its first container, as JSON,
{"8080": 20001}. Not `hostPort`: the `restricted` security level refuses it."""
QUERY_LOG_PORT = 8085
"""Of the receiver beside the coordinator, on loopback."""
_REFRESH = "10s"
GRACE_SECONDS = 10
"""How long an ending worker waits, twice: for the coordinator to notice, and for it to fetch the last results."""


@dataclass(frozen=True)
class Memory:
    """How the memory of one Trino server is divided, all in MiB.

    Raises ValueError when the limit is too small for the federated query.
    """

    limit: int
    """What the container may use in all."""

    def __post_init__(self) -> None:
        if self.limit < LEAST_MEMORY:
            raise ValueError(f"Trino needs at least {LEAST_MEMORY} MiB, not {self.limit}")

    @property
    def heap(self) -> int:
        """Java's heap; the rest of the limit is for threads, code and buffers."""
        return int(self.limit * 0.6)

    @property
    def per_query(self) -> int:
        """The most that one query may take on a server. Two of one person leave a quarter of `pool` to the others."""
        return int(self.heap * 0.25)

    @property
    def headroom(self) -> int:
        """The part of the heap for what Trino allocates without counting it."""
        return int(self.heap * 0.3)

    @property
    def pool(self) -> int:
        """What all queries share on a server."""
        return self.heap - self.headroom


def coordinator(memory: Memory, workers: int = 0) -> dict[str, str]:
    """The files of a coordinator, by name; without workers it runs the queries itself."""
    own = {
        "coordinator": True,
        "node-scheduler.include-coordinator": workers == 0,
        "discovery.uri": f"http://localhost:{HTTP_PORT}",
        "query.max-memory": f"{memory.per_query * max(1, workers)}MB",
        # The most queries that are analyzed at once, before they queue: analysis opens connections to the databases.
        "query.dispatcher-query-pool-size": 4,
        **limits.LIMITS,
    }
    return _server(memory, own) | {
        "query_log.py": Path(query_log.__file__).read_text(encoding="utf-8"),
        "event-listener.properties": properties(
            {
                "event-listener.name": "http",
                "http-event-listener.log-completed": True,
                "http-event-listener.connect-ingest-uri": "${ENV:QUERY_LOG_URL}",
                "http-event-listener.connect-http-headers": f"{query_log.HEADER}:${{ENV:QUERY_LOG_TOKEN}}",
                "http-event-listener.connect-retry-count": 5,
            }
        ),
        "resource-groups.properties": properties(
            {
                "resource-groups.configuration-manager": "file",
                "resource-groups.config-file": "${ENV:TRINO_ETC}/resource-groups.json",
            }
        ),
        "resource-groups.json": limits.resource_groups(limits.places(memory.pool, workers)),
    }


def worker(memory: Memory, coordinator: str) -> dict[str, str]:
    """The files of a worker of the server that is named `coordinator`, by name.

    It requires logins as the coordinator does, because its API takes commands too, such as to shut down.
    """
    own = {
        "coordinator": False,
        "discovery.uri": f"http://{coordinator}:{HTTP_PORT}",
        "shutdown.grace-period": f"{GRACE_SECONDS}s",
    }
    return _server(memory, own)


def _server(memory: Memory, own: Mapping[str, str | int | bool]) -> dict[str, str]:
    """The files of every server; `own` are the settings of this kind of server."""
    return {
        "config.properties": properties(
            {
                **own,
                "http-server.http.port": HTTP_PORT,
                "http-server.https.enabled": True,
                "http-server.https.port": HTTPS_PORT,
                "http-server.https.keystore.path": "${ENV:TRINO_ETC}-tls/trino.pem",
                "http-server.authentication.type": "PASSWORD",
                "internal-communication.shared-secret": "${ENV:TRINO_SHARED_SECRET}",
                "query.max-memory-per-node": f"{memory.per_query}MB",
                "memory.heap-headroom-per-node": f"{memory.headroom}MB",
                **limits.BUFFERS,
            }
        ),
        "password-authenticator.properties": properties(
            {
                "password-authenticator.name": "file",
                "file.password-file": "${ENV:TRINO_ETC}-passwords/password.db",
                "file.refresh-period": _REFRESH,
            }
        ),
        "group-provider.properties": properties(
            {
                "group-provider.name": "file",
                "file.group-file": "${ENV:TRINO_ETC}-access/groups.txt",
                "file.refresh-period": _REFRESH,
            }
        ),
        "access-control.properties": properties(
            {
                "access-control.name": "file",
                "security.config-file": "${ENV:TRINO_ETC}-access/rules.json",
                "security.refresh-period": _REFRESH,
            }
        ),
        "node.properties": properties(
            {
                "node.environment": "datamesh",
                "node.id": "${ENV:HOSTNAME}",
                "node.data-dir": "/data/trino",
                "plugin.dir": "/usr/lib/trino/plugin",
            }
        ),
        # It would print every setting with its value, the token of the query log among them.
        "log.properties": properties({"Bootstrap": "WARN"}),
        "jvm.config": jvm(memory),
    }


def jvm(memory: Memory) -> str:
    """Java's options: a fixed heap, and an exit when it is full."""
    return "\n".join(
        [
            "-server",
            f"-Xmx{memory.heap}M",
            "-XX:+UseG1GC",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:ReservedCodeCacheSize=128M",
            "-Djdk.attach.allowAttachSelf=true",
            "-XX:+EnableDynamicAgentLoading",
            "",
        ]
    )
