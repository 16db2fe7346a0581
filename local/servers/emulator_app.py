"""What runs in the emulator's own environment: ministack, made to lose nothing and to refuse browsers.

ministack writes what it knows of buckets and tables when it ends; here it does so before it answers a request that
changed them. Its data would be open to every web page that the user's browser shows.
"""

import importlib
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Imported by name: these packages are in the emulator's environment, not in the project's.
ministack = importlib.import_module("ministack.app")
persistence = importlib.import_module("ministack.core.persistence")
services = {name: importlib.import_module(f"ministack.services.{name}") for name in ("s3", "glue")}

HEALTH = "/_ministack/health"
HOSTS = {f"{host}:{os.environ['GATEWAY_PORT']}".encode() for host in (*os.environ["ANSWERS_TO"].split(), "localhost")}


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """The application that the web server runs."""
    if scope["type"] == "lifespan":
        await ministack.app(scope, receive, send)
        return
    headers = dict(scope["headers"])
    own_page = scope["path"].startswith(("/_ministack", "/_localstack")) and scope["path"] != HEALTH
    if scope["type"] != "http" or b"origin" in headers or headers.get(b"host") not in HOSTS or own_page:
        await send({"type": "http.response.start", "status": 403, "headers": []})
        await send({"type": "http.response.body", "body": b"For programs of this machine only."})
        return
    changed = _changes(scope["method"], scope["path"], headers.get(b"x-amz-target", b"").decode())

    async def save_first(message: Message) -> None:
        if changed and message["type"] == "http.response.start":
            # Glue leaves out what was not given; an empty description makes Trino take a view for something else.
            for table in list(services["glue"]._tables.values()):
                table["Description"] = table.get("Description") or None
            persistence.save_state(changed, _state(changed))
        await send(message)

    await ministack.app(scope, receive, save_first)


def _changes(method: str, path: str, target: str) -> str | None:
    """The service whose state a request may change; S3 itself writes objects to the disk as they come."""
    if target.startswith("AWSGlue."):
        reads = ("Get", "BatchGet", "List", "Search")
        return None if target.removeprefix("AWSGlue.").startswith(reads) else "glue"
    of_a_bucket = "/" not in path.strip("/")
    return "s3" if not target and of_a_bucket and method in ("PUT", "POST", "DELETE") else None


def _state(service: str) -> Any:
    for _ in range(100):
        try:
            return services[service].get_state()
        except RuntimeError:  # another request changed it while it was being copied
            continue
    return services[service].get_state()
