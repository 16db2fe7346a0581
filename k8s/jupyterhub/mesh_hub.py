"""What JupyterHub runs in its pod: logins with Trino's own passwords, a server for each person, nobody who has gone.

This file is mounted into the hub's container; its own place is `CONFIG`.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

CONFIG = Path("/etc/jupyterhub")
PASSWORDS = Path("/etc/mesh/passwords/password.db")
"""Trino's password file, `name:hash` a line; the cluster writes it anew while the hub runs."""
PEOPLE = Path("/etc/mesh/people/names")
"""A name a line: who of those in the password file is a person, and no service."""
STATE = Path("/srv/state")
IDLE_SECONDS = 3600
EXPEL_SECONDS = 20
MOST_USERS = 10_000
MOST_BYTES = 72
"""Of a password; bcrypt would ignore what follows."""


def known(passwords: Path = PASSWORDS, people: Path = PEOPLE) -> dict[str, bytes]:
    """The bcrypt hashes of those who may log in now."""
    lines = (line.partition(":") for line in passwords.read_text(encoding="utf-8").splitlines() if ":" in line)
    hashes = {name: value.strip().encode() for name, _, value in lines}
    return {name: hashes[name] for name in people.read_text(encoding="utf-8").split() if name in hashes}


async def may_enter(name: str, password: str, hashes: dict[str, bytes]) -> bool:
    """Whether the password is right; an unknown name takes as long to refuse as a wrong password."""
    import bcrypt

    given = password.encode()
    against = hashes.get(name) or next(iter(hashes.values()))
    right = len(given) <= MOST_BYTES and await asyncio.to_thread(bcrypt.checkpw, given, against)
    return right and name in hashes


def authenticator() -> type:
    """JupyterHub's kind of login over Trino's password file."""
    from jupyterhub.auth import Authenticator

    class PasswordFile(Authenticator):
        """Asks the password file at every login, and again before a server starts."""

        async def authenticate(self, handler: Any, data: dict[str, str]) -> Any:
            return data["username"] if await may_enter(data["username"], data["password"], known()) else None

        async def refresh_user(self, user: Any, handler: Any = None, **options: Any) -> Any:
            return user.name in known()

    return PasswordFile


def configure(c: Any, environment: dict[str, str]) -> None:
    """Fills JupyterHub's configuration `c`; `environment` names the image and the objects that servers mount."""
    c.JupyterHub.authenticator_class = authenticator()
    c.Authenticator.allow_all = True  # whoever the password file knows
    c.Authenticator.auth_refresh_age = EXPEL_SECONDS
    c.Authenticator.refresh_pre_spawn = True

    c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
    c.JupyterHub.cookie_secret_file = f"{STATE}/cookie_secret"
    c.JupyterHub.hub_bind_url = "http://0.0.0.0:8081"
    c.JupyterHub.hub_connect_url = "http://hub:8081"
    c.JupyterHub.api_page_max_limit = MOST_USERS  # the expeller looks at everybody at once
    c.JupyterHub.cleanup_servers = False  # people's servers outlive a restart of the hub
    c.ConfigurableHTTPProxy.should_start = False  # it is a container of its own
    c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8001"
    _services(c)
    _servers(c, environment)


def _services(c: Any) -> None:
    idle = ["-m", "jupyterhub_idle_culler", f"--timeout={IDLE_SECONDS}"]
    c.JupyterHub.services = [
        {"name": "idle-culler", "command": [sys.executable, *idle]},
        {"name": "expeller", "command": [sys.executable, str(CONFIG / "mesh_hub.py")]},
    ]
    c.JupyterHub.load_roles = [
        {
            "name": "idle-culler",
            "services": ["idle-culler"],
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        },
        {"name": "expeller", "services": ["expeller"], "scopes": ["list:users", "admin:users", "delete:servers"]},
    ]


def _servers(c: Any, environment: dict[str, str]) -> None:
    """A pod for each person: their own login in its environment, the mesh's addresses and certificates in a folder."""
    people = environment["PEOPLE_SECRET"]

    def own(key: str) -> dict[str, Any]:
        return {"valueFrom": {"secretKeyRef": {"name": people, "key": key}}}

    spawner = c.KubeSpawner
    c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
    spawner.image = environment["NOTEBOOK_IMAGE"]
    spawner.image_pull_policy = "IfNotPresent"
    start = '[ -e mesh.ipynb ] || cp /etc/mesh/mesh.ipynb . ; exec jupyterhub-singleuser "$@"'
    spawner.cmd = ["/bin/sh", "-c", start, "sh"]
    spawner.working_dir = "/home/jovyan"
    spawner.default_url = "/lab/tree/mesh.ipynb"
    spawner.start_timeout = 600  # the image is pulled at the first start
    spawner.service_account = "jupyterhub-notebook"
    spawner.automount_service_account_token = False
    spawner.uid = spawner.gid = spawner.fs_gid = 1000
    spawner.pod_security_context = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    spawner.container_security_context = {"capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
    spawner.extra_pod_config = {"enableServiceLinks": False}
    spawner.component_label = "notebook"
    spawner.mem_guarantee, spawner.mem_limit = environment["NOTEBOOK_MEMORY_REQUEST"], environment["NOTEBOOK_MEMORY"]
    spawner.cpu_guarantee = float(environment["NOTEBOOK_CPU_REQUEST"])
    spawner.cpu_limit = float(environment["NOTEBOOK_CPU"])
    spawner.environment = {
        "TRINO_HOST": "trino-coordinator",
        "TRINO_PORT": "8443",
        "TRINO_USER": "{unescaped_username}",
        "TRINO_PASSWORD": own("{unescaped_username}"),
        "TRINO_CA": "/etc/mesh/trino-ca.pem",
        "MESH": "/etc/mesh/mesh.json",
        "MESH_DATABASES": own("{unescaped_username}.databases"),
        "DATABASE_CA": "/etc/mesh/database-ca.pem",
        "PYTHONPATH": "/etc/mesh",  # the modules of mesh.ipynb
    }
    spawner.storage_pvc_ensure = True
    spawner.storage_capacity = environment["NOTEBOOK_DISK"]
    spawner.delete_pvc = False  # what people have written stays when they go
    spawner.pvc_name_template = "home-{user_server}"
    spawner.volumes = [
        {"name": "home", "persistentVolumeClaim": {"claimName": "home-{user_server}"}},
        {"name": "mesh", "configMap": {"name": environment["MESH_CONFIG_MAP"]}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
    ]
    spawner.volume_mounts = [
        {"name": "home", "mountPath": "/home/jovyan"},
        {"name": "mesh", "mountPath": "/etc/mesh", "readOnly": True},
        {"name": "tmp", "mountPath": "/tmp"},
    ]


def gone(users: Iterable[dict[str, Any]], people: Iterable[str]) -> list[str]:
    """The names of the hub's users that are nobody's any more."""
    return sorted({user["name"] for user in users} - set(people))


def expel(url: str, token: str) -> None:
    """Ends the servers and logins of those who are in the password file no more. Their homes stay."""

    hub = requests.Session()
    hub.headers["Authorization"] = f"token {token}"
    users = hub.get(f"{url}/users", params={"limit": MOST_USERS}, timeout=60)
    users.raise_for_status()
    for name in gone(users.json(), known()):
        print(f"{name} is not in the password file any more: ending what they run", flush=True)
        hub.delete(f"{url}/users/{quote(name)}", timeout=60).raise_for_status()


def main() -> None:
    """The service `expeller`: looks every few seconds, for as long as the hub runs."""
    while True:
        try:
            expel(os.environ["JUPYTERHUB_API_URL"], os.environ["JUPYTERHUB_API_TOKEN"])
        except (OSError, requests.RequestException) as error:
            print(f"cannot look for people who have gone, trying again: {error}", file=sys.stderr, flush=True)
        time.sleep(EXPEL_SECONDS)


if __name__ == "__main__":
    main()
