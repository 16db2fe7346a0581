"""Runs in the hub's image, as its user: what the pod needs of it is there, and a hub starts and answers."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from contents import pinned, user

CONFIG = """
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    should_start = False
    async def start(self): pass
    async def stop(self): pass
    async def add_route(self, routespec, target, data): pass
    async def delete_route(self, routespec): pass
    async def get_all_routes(self): return {}

c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.hub_bind_url = "http://127.0.0.1:18081"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
c.JupyterHub.load_roles = []
"""


def health() -> int:
    """The status of the hub's health, 0 while it does not listen."""
    try:
        with urllib.request.urlopen("http://127.0.0.1:18081/hub/health", timeout=5) as answer:
            return answer.status
    except (urllib.error.URLError, OSError):
        return 0


def main() -> None:
    """Fails with what is missing."""
    user()
    pinned()
    subprocess.run(["python3", "-I", "-c", "import http.server, json"], check=True)  # the log of queries needs no more
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.py"
        config.write_text(CONFIG)
        hub = subprocess.Popen(
            ["jupyterhub", "--config", str(config)],
            cwd=folder,
            env=os.environ | {"KUBERNETES_SERVICE_HOST": "127.0.0.1"},
        )
        while health() != 200:
            assert hub.poll() is None, f"the hub has ended with {hub.returncode}"
            time.sleep(0.5)
        hub.terminate()
        hub.wait()
    print("a hub starts and answers")


if __name__ == "__main__":
    sys.exit(main())
