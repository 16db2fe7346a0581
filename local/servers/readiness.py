"""Whether a server of this machine answers HTTP, and when a Trino server has started."""

from contextlib import suppress
from typing import Any


def ask(method: str, url: str, body: str = "", **headers: str) -> Any:
    """The JSON that a server of this machine answers with status 200, None for another answer or none."""
    import requests  # takes a while to import, and most who import this start nothing

    with suppress(OSError), requests.Session() as session:  # all errors of requests are OSErrors
        session.trust_env = False  # no proxy
        answer = session.request(method, url, data=body, headers=headers, timeout=10)
        return answer.json() if answer.status_code == 200 else None
    return None


def started(host: str, port: int) -> bool:
    """Whether the Trino server there has started, as its probe on a cluster asks.

    It looks every five seconds which nodes there are. Until it has seen itself, databases cannot be asked ("No nodes
    available to run query"); who asks has patience for that (`client/trino.py`).
    """
    return (ask("GET", f"http://{host}:{port}/v1/info") or {}).get("starting") is False
