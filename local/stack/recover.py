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

from local import paths, records
from local.paths import LocalError
from local.progress import say
from local.servers import process
from local.stack import children, environment

FAILED = "The stack's state could not be recovered after a run that was killed"
ADVICE = "Type `make down FORCE=1`, then `make up`."


def locks(variables: Mapping[str, str]) -> None:
    """Removes the engine's lock if its holder is gone; LocalError if a process works on the stack."""
    found = []
    for file in (paths.state() / ".pulumi/locks").rglob("*.json"):
        try:
            found.append(records.read(file, pid=int, timestamp=str))
        except records.DamagedError:  # cut off when its holder, or the machine, ended: the engine cannot read it either
            say(f"The engine's lock {file.name} is damaged: removing it")
            file.unlink()
    for lock in filter(None, found):
        if problem := holder(lock):
            raise LocalError(problem)
    for lock in found[:1]:
        say(f"The last run was killed (process {(lock or {}).get('pid')}): removing its lock")
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
        owner = psutil.Process(int(lock["pid"]))
        locked = datetime.fromisoformat(lock["timestamp"]).timestamp()
        # another program may have got the number since then
        if owner.create_time() > locked + 5 or owner.status() == psutil.STATUS_ZOMBIE:
            return None
    except (psutil.NoSuchProcess, ValueError):
        return None
    return (
        f"Pulumi (process {owner.pid}) works on the stack since {lock['timestamp']}: wait until it has ended "
        f"(or end it: `kill -INT {owner.pid}`), then type what you typed again."
    )


def state() -> None:
    """Puts the engine's last copy in the place of a state that cannot be read; LocalError where that cannot either."""
    file = environment.checkpoint()
    copy = file.with_name(f"{file.name}.bak")
    try:
        if records.read(file, checkpoint=dict) or not copy.exists():
            return
        reason = f"{file} is gone"
    except records.DamagedError as error:
        reason = str(error).partition(" (")[0]
    try:
        found = records.read(copy, checkpoint=dict)
    except records.DamagedError:
        found = None
    if found is None:
        kept = ", ".join(str(folder) for folder in (paths.stack() / "postgres").glob("[!.]*")) or "no database"
        raise LocalError(
            f"{reason}, and so is its copy: Pulumi does not know the stack any more. Keep a copy of its databases if "
            f"their rows matter: {kept}.\n`make down FORCE=1` gives them up, then `make up` makes a new stack."
        )
    say(f"{reason}: taking the engine's copy of the state before")
    process.write_private(file, copy.read_bytes())


def operations(variables: Mapping[str, str]) -> None:
    """Ends what was in the making: forgets creations, which happen again, and completes deletions."""
    latest = environment.latest()
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
