"""Texts of the Trino server's own configuration: pure functions of its memory."""

import json
from dataclasses import dataclass

from k8s.catalogs import properties

HTTP_PORT = 8080
"""Health, and the servers among themselves: whoever shows no shared secret gets nothing here."""
HTTPS_PORT = 8443
ETC = "/etc/trino"
"""Where the container finds its configuration; files name each other through ${ENV:TRINO_ETC}."""
ACCESS, PASSWORDS, TLS = (f"{ETC}-{part}" for part in ("access", "passwords", "tls"))
"""Folders beside it: rules and groups, hashes, the certificate. The first two are read again while Trino runs."""
_REFRESH = "10s"


@dataclass(frozen=True)
class Memory:
    """How the memory of one Trino server is shared out, all in MiB.

    Raises ValueError when the limit is too small for a server that can answer the federated query.
    """

    limit: int
    """What the container may use in all."""

    def __post_init__(self) -> None:
        if self.limit < 1536:
            raise ValueError(f"Trino needs at least 1536 MiB, not {self.limit}")

    @property
    def heap(self) -> int:
        """Java's heap: the limit less what threads, code and buffers take outside of it."""
        return int(self.limit * 0.6)


def coordinator(memory: Memory) -> dict[str, str]:
    """The files of a coordinator that also works, by name."""
    return {
        "config.properties": properties(
            {
                "coordinator": True,
                "node-scheduler.include-coordinator": True,
                "http-server.http.port": HTTP_PORT,
                "http-server.https.enabled": True,
                "http-server.https.port": HTTPS_PORT,
                "http-server.https.keystore.path": "${ENV:TRINO_ETC}-tls/trino.pem",
                "http-server.authentication.type": "PASSWORD",
                "internal-communication.shared-secret": "${ENV:TRINO_SHARED_SECRET}",
                "discovery.uri": f"http://localhost:{HTTP_PORT}",
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
        "resource-groups.properties": properties(
            {
                "resource-groups.configuration-manager": "file",
                "resource-groups.config-file": "${ENV:TRINO_ETC}/resource-groups.json",
            }
        ),
        "resource-groups.json": resource_groups(),
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
