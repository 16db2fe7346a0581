"""Texts of the Trino server's own configuration: pure functions of its memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from k8s.trino.catalogs import properties
from mesh.ports import TRINO_HTTP, TRINO_HTTPS
from mesh.settings import LEAST_MEMORY

HTTP_PORT, HTTPS_PORT = TRINO_HTTP, TRINO_HTTPS
ETC = "/etc/trino"
"""Where the container finds its configuration; files name each other through ${ENV:TRINO_ETC}."""
ACCESS, PASSWORDS, TLS = (f"{ETC}-{part}" for part in ("access", "passwords", "tls"))
"""Folders beside it: rules and groups, hashes, the certificate. The first two are read again while Trino runs."""
PUBLISHED = "datamesh/published-ports"
"""An annotation of a Deployment: on which ports of the machine its first container's ports answer, where the machine
takes the cluster's place. JSON, {"8080": 20001}. A `hostPort` would say it too, but a cluster refuses such a pod."""
_REFRESH = "10s"
GRACE_SECONDS = 10
"""How long an ending worker waits, twice: for the coordinator to notice, and for it to fetch the last results."""


@dataclass(frozen=True)
class Memory:
    """How the memory of one Trino server is shared out, all in MiB.

    Raises ValueError when the limit is too small for a server that can answer the federated query.
    """

    limit: int
    """What the container may use in all."""

    def __post_init__(self) -> None:
        if self.limit < LEAST_MEMORY:
            raise ValueError(f"Trino needs at least {LEAST_MEMORY} MiB, not {self.limit}")

    @property
    def heap(self) -> int:
        """Java's heap: the limit less what threads, code and buffers take outside of it."""
        return int(self.limit * 0.6)

    @property
    def per_query(self) -> int:
        """What one query may hold on a server. Two such queries and the headroom fit into the heap."""
        return int(self.heap * 0.3)

    @property
    def headroom(self) -> int:
        """The part of the heap that queries leave alone: what Trino allocates without counting it."""
        return int(self.heap * 0.3)


def coordinator(memory: Memory, workers: int = 0) -> dict[str, str]:
    """The files of a coordinator, by name; without workers it works itself."""
    own = {
        "coordinator": True,
        "node-scheduler.include-coordinator": workers == 0,
        "discovery.uri": f"http://localhost:{HTTP_PORT}",
        "query.max-memory": f"{memory.per_query * max(1, workers)}MB",
        # How many queries are looked at before they queue: each asks the databases then, on connections of its own.
        "query.dispatcher-query-pool-size": 4,
    }
    return _server(memory, own) | {
        "resource-groups.properties": properties(
            {
                "resource-groups.configuration-manager": "file",
                "resource-groups.config-file": "${ENV:TRINO_ETC}/resource-groups.json",
            }
        ),
        "resource-groups.json": resource_groups(),
    }


def worker(memory: Memory, coordinator: str) -> dict[str, str]:
    """The files of a worker of the server that is called `coordinator`, by name.

    It asks for logins as the coordinator does: its address takes orders too, to end itself among others.
    """
    own = {
        "coordinator": False,
        "discovery.uri": f"http://{coordinator}:{HTTP_PORT}",
        "shutdown.grace-period": f"{GRACE_SECONDS}s",
    }
    return _server(memory, own)


def _server(memory: Memory, own: Mapping[str, str | int | bool]) -> dict[str, str]:
    """What every server has; `own` are the settings that only this kind has."""
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
        "jvm.config": jvm(memory),
    }


def jvm(memory: Memory) -> str:
    """Java's options: a fixed heap, and an end instead of a half-dead server when it is full."""
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


def resource_groups() -> str:
    """Rules by which queries wait for each other.

    Fifty federated queries at once end a server with a 1 GiB heap that runs them all; four at a time all succeed.
    """
    group = {"name": "everyone", "softMemoryLimit": "80%", "hardConcurrencyLimit": 4, "maxQueued": 200}
    return json.dumps({"rootGroups": [group], "selectors": [{"group": "everyone"}]}, indent=2)
