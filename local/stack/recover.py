"""Recovers the stack's state after a run that was killed: locks without a holder, operations without an end."""

import json
import socket
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Any

import psutil

from local import paths
from local.paths import LocalError
from local.progress import say
from local.stack import children, environment

FAILED = "The stack's state could not be recovered after a run that was killed"
ADVICE = "Type `make down FORCE=1`, then `make up`."


def locks(variables: Mapping[str, str]) -> None:
    """Removes the engine's lock if its holder is gone; LocalError if a process works on the stack."""
    found = [json.loads(file.read_text()) for file in (paths.state() / ".pulumi/locks").rglob("*.json")]
    if not found:
        return
    for lock in found:
        if problem := holder(lock):
            raise LocalError(problem)
    say(f"The last run was killed (process {found[0].get('pid')}): removing its lock")
    children.run(["pulumi", "cancel", "--yes"], variables, FAILED, ADVICE, quiet=True)


def holder(lock: Mapping[str, Any]) -> str | None:
    """Who holds a lock of the engine, as a message; None if its holder is gone."""
    host = lock.get("hostname")
    if host != socket.gethostname():
        return (
            f"The stack is locked by a Pulumi on the machine {host}. If none works there, type\n"
            f"`. {quote(str(environment.file()))} && pulumi cancel --yes`, then what you typed again."
        )
    try:
        process = psutil.Process(int(lock["pid"]))
        locked = datetime.fromisoformat(lock["timestamp"]).timestamp()
        # another program may have got the number since then
        if process.create_time() > locked + 5 or process.status() == psutil.STATUS_ZOMBIE:
            return None
    except psutil.NoSuchProcess:
        return None
    return (
        f"Pulumi (process {process.pid}) works on the stack since {lock['timestamp']}: wait until it has ended "
        f"(or end it: `kill -INT {process.pid}`), then type what you typed again."
    )


def operations(variables: Mapping[str, str]) -> None:
    """Ends what was in the making: forgets creations, which happen again, and completes deletions."""
    text = environment.checkpoint().read_text() if environment.checkpoint().exists() else ""
    latest = (json.loads(text)["checkpoint"].get("latest") if text else None) or {}
    pending = latest.get("pending_operations") or []
    if not pending:
        return
    say(f"The last run was killed with changes under way ({len(pending)}): recovering its state")
    for urn in half_deleted(latest):
        delete = ["pulumi", "destroy", "--yes", "--skip-preview", "--target", urn, "--target-dependents"]
        children.run(delete, variables, FAILED, ADVICE, quiet=True)
    with tempfile.TemporaryDirectory(dir=paths.stack()) as folder:
        file = str(Path(folder) / "state.json")
        children.run(["pulumi", "stack", "export", "--file", file], variables, FAILED, ADVICE, quiet=True)
        state = json.loads(Path(file).read_text())
        state["deployment"].pop("pending_operations", None)
        Path(file).write_text(json.dumps(state))
        children.run(["pulumi", "stack", "import", "--file", file], variables, FAILED, ADVICE, quiet=True)


def half_deleted(latest: Mapping[str, Any]) -> list[str]:
    """The resources whose deletion began, and that the engine does not already know as to be deleted."""
    begun = [each["resource"]["urn"] for each in latest.get("pending_operations") or [] if each["type"] == "deleting"]
    live = {each["urn"] for each in latest.get("resources") or [] if not each.get("delete")}
    condemned = {each["urn"] for each in latest.get("resources") or [] if each.get("delete")}
    return [urn for urn in begun if urn in live - condemned]
