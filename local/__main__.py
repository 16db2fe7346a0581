"""Prepare, start, show and remove the local stack; `make up` and `make down` call this."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from client.arguments import Parser
from client.command import UNREAD, no_room, scarce, unread
from client.tables import colourful, table, terminal_width
from client.waiting import waiting
from local import paths
from local.paths import LocalError
from local.prepare import engine, java, kubernetes_plugin, parts
from local.progress import say
from local.servers import certificates, descriptors, emulator, forward, listening
from local.servers import registry as servers
from local.servers.process import ServerError
from local.stack import children, cluster, damage, dry_run, environment, output_filter, recover, stackfile
from local.stack.alone import alone

AGAIN = "Type `make up`: it goes on from where it stopped."
_INSIDE = {"trino": "servers only", "query-log": "servers only"}
"""Whom the address of a kind of server answers; Trino's for people is among the addresses."""
BY_HAND = "\nCommands of pulumi in that message run in a shell in which you typed `. .local/env`."
DOWN_AGAIN = "Type `make down`, or `make down FORCE=1`: it ends and removes everything without asking Pulumi."


def prepare() -> engine.Engine:
    """Everything that this machine lacks, into the user's cache."""
    paths.machine()
    parts.get_all()
    return engine.ensure()


def prepare_all() -> None:
    """Everything that this machine lacks, with what makes starts quicker."""
    prepare()
    java.prepare()


def up(remove: str = "", kube_context: str | None = None, host_address: str = "") -> None:
    """The whole stack, running and seeded; ends with the federated answer. `remove` is what may go.

    `kube_context` is the cluster for the platform, "" for none, None for that of the settings.
    """
    found = prepare()
    with alone():
        environment.make(found)
        stackfile.ensure()
        recover.state()
        context = stackfile.kube_context() if kube_context is None else kube_context
        cluster.choose(found, context, host_address, remove.split(","))
        variables = environment.make(found)
        recover.locks(variables)
        damaged = damage.found()
        for line in damaged:
            say(line)
        if certificates.mend():
            say("The servers' certificates are damaged: making others")
            servers.stop_all()
        given = ",".join(each for each in remove.split(",") if each != cluster.HOMES)
        losses = [sys.executable, "-m", "commands.removed", f"--accept={given}"]
        refused = "The update did not begin", "Then type `make up` again."
        if (way := cluster.way_out(found)) is not None:  # what refuses the update keeps the platform where it is
            _restart(servers.FORWARD, damaged)
            recover.operations(way)
            children.run(losses, variables, *refused)
            cluster.leave(way)
        emulator.start(stackfile.emulator_endpoint() or "", stackfile.host_address())
        _restart(servers.FORWARD, damaged)  # Trino's pod may be what the update makes
        if not environment.checkpoint().exists():
            select = ["pulumi", "stack", "select", "--create", environment.STACK]
            children.run(select, variables, "The stack could not be made", AGAIN, quiet=True)
        recover.operations(variables)
        if way is None:
            children.run(losses, variables, *refused)
        children.run(
            _engine("up", *["--refresh"] if damaged or context else []),  # others change a cluster too, or lose it
            variables,
            "`pulumi up` failed",
            AGAIN + BY_HAND,
            show=output_filter.filtered,
        )
        if context:
            forward.apply(context, stackfile.trino_https_port())
        say("Seeding the domains")
        children.run([sys.executable, "-m", "seed"], variables, "Seeding failed", AGAIN)
        say("\nThe federated answer: orders of sales, campaigns and leads of marketing, joined by Trino")
        children.run([sys.executable, "-m", "commands.query"], variables, "The query failed", AGAIN)
        say("\nPublishing into the lake")
        words = [sys.executable, "-m", "publish", "publish"]
        published = children.tried(words, variables, "Not every port was published", "`make publish` tries again.")
        verdict = [sys.executable, "-m", "commands.contract_verdict", f"--checkpoint={environment.checkpoint()}"]
        children.run(verdict, variables, "The contracts could not be checked", AGAIN)
        parts.get_later()
        words = [sys.executable, "-m", "catalogue", "--keep"]
        children.tried(words, variables, "The page is not whole", "All else is done; `make catalogue` tries again.")
        say("\nWhat to open")
        children.run([sys.executable, "-m", "commands.addresses"], variables, "The addresses could not be read", AGAIN)
        say("\nBy hand: `. .local/env`, then e.g. `pulumi preview --diff`. `make down` removes everything.")
        if not published:
            raise LocalError("Not every port was published, and above is why. All else is done.")


def preview() -> None:
    """What the next update would change, in the engine's words."""
    _need_stack()
    if (place := cluster.deployed()) not in (None, stackfile.kube_context()):
        raise LocalError(
            f"The platform moves from {place or 'this machine'} to {stackfile.kube_context() or 'this machine'}. "
            "`make up` does that; a preview shows what would change after it."
        )
    variables = environment.make(engine.ensure())
    colour = "always" if colourful() else "never"
    words = ["pulumi", "preview", "--diff", "--non-interactive", "--color", colour]
    children.run(words, variables, "`pulumi preview` failed", AGAIN, show=output_filter.filtered)


def start() -> None:
    """The servers that the stack knows and the machine lost, e.g. after a reboot."""
    _need_stack()
    with alone():
        if not _restart():
            say("Every server runs already")


def status() -> None:
    """One line a server, by the address at which the servers speak to each other."""
    _need_stack()
    found = servers.status()
    lines = [(s.name, s.address, _INSIDE.get(s.kind, "everybody"), str(s.pid or "does not run")) for s in found]
    heads = ("server of this machine", "listens on", "for", "process")
    print("\n".join(table(heads, lines, terminal_width())))
    if not all(server.pid for server in found):
        say("Type `make start`: it starts them again, with their data.")
    for name in descriptors.damaged():
        say(f"{name:<34} is not known, its file is damaged: type `make up`")
    if place := cluster.deployed():
        print("\n" + "\n".join(cluster.lines(place)))


def down(force: bool = False) -> None:
    """Removes the stack with everything it made outside the cache; `force` does not ask the engine."""
    if not paths.stack().exists():
        stackfile.file().unlink(missing_ok=True)
        say("There is no local stack")
        return
    with alone():
        if environment.checkpoint().exists() and not force:
            _destroy()
        else:
            if left := cluster.left_behind():
                say(left)
            if kept := [folder.name for folder in (paths.stack() / "postgres").glob("[!.]*")]:
                say(f"With it go the databases {', '.join(kept)}, whatever rows they hold")
        with waiting("Ending the servers"):
            servers.stop_all()
        environment.checkpoint().unlink(missing_ok=True)  # first: if killed here, the next ends it
        shutil.rmtree(paths.stack())
        stackfile.file().unlink(missing_ok=True)
    say("The local stack is gone; downloads stay in " + str(paths.cache()))


def _destroy() -> None:
    found = engine.ensure()
    recover.state()
    place = cluster.deployed() or ""
    if place:
        kubernetes_plugin.ensure(found)
    variables = environment.make(found, place)
    stackfile.ensure()
    recover.locks(variables)
    forward.delete()
    if place:
        variables |= cluster.unreachable(place)
        for claim in cluster.claims(place):
            say(f"With it goes {claim}, with what people keep in {place}")
    if endpoint := stackfile.emulator_endpoint():
        emulator.prepare()
        emulator.start(endpoint, stackfile.host_address())  # the lake's bucket and tables are deleted there
    recover.operations(variables)
    naming = [sys.executable, "-m", "commands.removed", "--everything"]
    children.run(naming, variables, "Nothing was removed: its rows could not be named", DOWN_AGAIN)
    children.run(_engine("destroy"), variables, "`pulumi destroy` failed", DOWN_AGAIN, show=output_filter.filtered)


def _engine(operation: str, *more: str) -> list[str]:
    colour = "always" if colourful() else "never"
    return ["pulumi", operation, *more, *environment.QUIET, "--color", colour]


def _restart(but: str = "", damaged: Sequence[str] = ()) -> list[str]:
    certificates.ensure(listening.reach(paths.HOST).names)
    started: list[str] = []
    with suppress(*[ServerError] if damaged else []):  # the update makes these again, and starts them
        started = servers.start_all(but)
    if started:
        say("Started again: " + ", ".join(started))
    return started


def _need_stack() -> None:
    if not environment.checkpoint().exists():
        raise LocalError("There is no local stack: type `make up`.")


def main() -> int:
    """Runs one command; returns its exit status."""
    parser = Parser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    actions: dict[str, Callable[..., object]] = {
        "prepare": prepare_all, "up": up, "start": start, "status": status, "preview": preview,
        "down": down, "dry-run": dry_run.preview
    }  # fmt: skip
    for name, action in actions.items():
        commands.add_parser(name, help=action.__doc__, description=action.__doc__)
    commands.choices["up"].add_argument("--remove", default="", metavar="DOMAIN,…", help="what may go")
    commands.choices["up"].add_argument("--kube-context", help="the cluster for the platform; empty: this machine")
    commands.choices["up"].add_argument("--host-address", default="", help="where its pods reach this machine")
    commands.choices["down"].add_argument("--force", action="store_true", help="remove everything without Pulumi")
    options = vars(parser.parse_args())
    # Another checkout's environment may be sourced in this shell: this stack is the one beside this code.
    os.environ["DATAMESH_LOCAL"] = str(paths.checkout() / ".local")
    places = [paths.stack(), paths.cache(), Path(tempfile.gettempdir())]
    try:
        with children.interruptible():
            actions[options.pop("command")](**options)
        sys.stdout.flush()
    except LocalError as error:
        say(f"\n{error}")
        if hint := scarce(places):
            say(hint)
        return 1
    except OSError as error:
        if isinstance(error, BrokenPipeError) and unread():
            return UNREAD
        say(f"\nStopped: {no_room(error, places) or f'{error}. Type the same again.'}")
        return 1
    except children.Interrupted:
        say("\nInterrupted. Type the same again to go on from here; `make down` removes everything.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
