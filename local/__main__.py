"""Prepare, start, show and remove the local stack; `make up` and `make down` call this."""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock

from local import paths
from local.paths import LocalError
from local.prepare import engine, fetch, java
from local.progress import say
from local.servers import certificates, emulator
from local.servers import registry as servers
from local.servers.process import ServerError
from local.stack import children, dry_run, environment, recover, stackfile
from local.stack.output_filter import compact

AGAIN = "Mend what the message above tells, then type `make up`: it goes on from where it stopped."


def prepare() -> engine.Engine:
    """Everything that this machine lacks, into the user's cache."""
    paths.machine()
    found = engine.ensure()
    fetch.postgres()
    fetch.trino()
    java.prepare()
    emulator.prepare()
    return found


def up() -> None:
    """The whole stack, running and seeded; ends with the federated answer."""
    found = prepare()
    with alone():
        variables = environment.make(found)
        stackfile.ensure()
        recover.locks(variables)
        certificates.ensure([stackfile.HOST])
        emulator.start(stackfile.emulator_endpoint() or "")
        _restart()
        if not environment.checkpoint().exists():
            command = ["pulumi", "stack", "select", "--create", environment.STACK]
            children.run(command, variables, f"The stack could not be made. {AGAIN}", quiet=True)
        recover.operations(variables)
        children.run(_engine("up"), variables, f"`pulumi up` failed. {AGAIN}", show=compact)
        say("Seeding the domains")
        children.run([sys.executable, "-m", "seed"], variables, f"Seeding failed. {AGAIN}")
        say("\nThe federated answer: orders of sales, campaigns and leads of marketing, joined by Trino")
        children.run([sys.executable, "-m", "commands.query"], variables, f"The query failed. {AGAIN}")
        say("\nBy hand: `. .local/env`, then e.g. `pulumi preview --diff`. `make down` removes everything.")


def start() -> None:
    """The servers that the stack knows and the machine lost, e.g. after a reboot."""
    _need_stack()
    with alone():
        certificates.ensure([stackfile.HOST])
        if not _restart():
            say("Every server runs already")


def status() -> None:
    """One line a server."""
    _need_stack()
    for server in servers.status():
        print(f"{server.name:<34} {server.address:<22} {f'process {server.pid}' if server.pid else 'does not run'}")


def down(force: bool = False) -> None:
    """Removes the stack with everything it made outside the cache; `force` does not ask the engine."""
    if not paths.stack().exists():
        stackfile.file().unlink(missing_ok=True)
        say("There is no local stack")
        return
    with alone():
        if environment.checkpoint().exists() and not force:
            _destroy()
        servers.stop_all()
        environment.checkpoint().unlink(missing_ok=True)  # first: if killed here, the next ends it
        shutil.rmtree(paths.stack())
        stackfile.file().unlink(missing_ok=True)
    say("The local stack is gone; downloads stay in " + str(paths.cache()))


def _destroy() -> None:
    variables = environment.make(engine.ensure())
    stackfile.ensure()
    recover.locks(variables)
    if endpoint := stackfile.emulator_endpoint():
        emulator.prepare()
        emulator.start(endpoint)  # the lake's bucket and tables are deleted there
    recover.operations(variables)
    failed = (
        "`pulumi destroy` failed. Mend what the message above tells and type `make down` again,\n"
        "or type `make down FORCE=1`, which ends the servers and removes their data without asking Pulumi."
    )
    children.run(_engine("destroy"), variables, failed, show=compact)


def _engine(operation: str) -> list[str]:
    colour = "always" if sys.stdout.isatty() else "never"
    quiet = ["--yes", "--skip-preview", "--suppress-outputs", "--suppress-progress"]
    return ["pulumi", operation, *quiet, "--non-interactive", "--color", colour]


def _restart() -> list[str]:
    started = servers.start_all()
    if started:
        say("Started again: " + ", ".join(started))
    return started


def _need_stack() -> None:
    if not environment.checkpoint().exists():
        raise LocalError("There is no local stack: type `make up`.")


@contextmanager
def alone() -> Iterator[None]:
    """Keeps a second `make up` or `make down` of the same checkout out."""
    lock = paths.private(paths.stack()) / "lock"
    with lock.open("a+") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise LocalError(
                f"Another `make` works on this stack (process {file.read().strip()}): wait until it has ended."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def main() -> int:
    """Runs one command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    actions: dict[str, Callable[[], object]] = {
        "prepare": prepare, "up": up, "start": start, "status": status, "down": down, "dry-run": dry_run.preview
    }  # fmt: skip
    for name, action in actions.items():
        command = commands.add_parser(name, help=action.__doc__, description=action.__doc__)
        if name == "down":
            command.add_argument("--force", action="store_true", help="end and remove everything without asking Pulumi")
    options = parser.parse_args()
    # Another checkout's environment may be sourced in this shell: this stack is the one beside this code.
    os.environ["DATAMESH_LOCAL"] = str(paths.checkout() / ".local")
    try:
        with children.interruptible():
            if options.command == "down":
                down(options.force)
            else:
                actions[options.command]()
    except (LocalError, ServerError) as error:
        say(f"\n{error}")
        return 1
    except children.Interrupted:
        say("\nInterrupted. Type the same again to go on from here; `make down` removes everything.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
