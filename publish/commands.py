"""What `make publish`, `history`, `rollback` and `expire` do."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from client import tables
from client.at_once import at_once
from client.errors import CommandError
from client.stack import Stack, read_stack
from client.typed import for_stack
from client.waiting import say, waiting
from mesh.contracts.model import Contract
from mesh.contracts.read import DOMAINS_FOLDER, ContractError, declared_domains, read_contracts
from mesh.names import DATED, LAKE, PUBLISHER, DomainName
from publish import history, ledger, upkeep
from publish.errors import NotPublishedError
from publish.lake import Lake, alone
from publish.ledger import Publication
from publish.ports import Port, in_lake, kept_ports
from publish.publication import prepare, publish, settled
from publish.times import shown

_NONE = "No contract keeps a port in the lake: docs/lake.md says how one does."


def publish_ports(options: argparse.Namespace) -> None:
    """Brings what has changed in kept output ports into the lake."""
    ports = declared_ports(options.domain, options.port)
    if not ports and options.domain:
        raise CommandError(
            f"DOMAIN={options.domain} keeps no port in the lake.\nLet its contract say `keptInLake` of one "
            f"(docs/lake.md), then type `make up` and `make publish DOMAIN={options.domain}`."
        )
    if not ports:
        say(_NONE)
        return
    stack = read_stack(options.stack)

    def tried(domain: DomainName) -> list[str]:
        try:
            return _publish(Lake(stack, domain), [port for port in ports if port.domain == domain], options.whole)
        except CommandError as error:  # a database that sleeps keeps no other domain from publishing
            return [f"{domain}: {error}"]

    problems = [each for found in at_once(tried, dict.fromkeys(port.domain for port in ports)) for each in found]
    if problems:
        raise CommandError("\n".join(problems))


def _publish(lake: Lake, ports: Sequence[Port], whole: bool) -> list[str]:
    """Publishes ports of one domain; what was refused of them."""
    problems, written = [], False
    with alone(lake.stack, lake.domain) as session:
        lake.end_running()
        states = prepare(lake, ports)
        for port in ports:
            try:
                with waiting(f"Publishing {port.title}"):
                    now = states[port.table.name]
                    done = publish(lake, port, now, session, whole=whole)
                    say(f"{port.title}: {_told(done)}")
                    if done:
                        written = True
                        _keep_up(lake, port, done.files)
            except NotPublishedError as error:
                problems.append(str(error))
            except CommandError as error:  # a value that the lake cannot have keeps no other port from publishing
                problems.append(f"{port.title}: {error}")
        if written:
            upkeep.compact_publications(lake)
    return problems


def show_history(options: argparse.Namespace) -> None:
    """Lists the publications of an output port, the newest first."""
    port = _one(options)
    every = ledger.publications(Lake(read_stack(options.stack), port.domain), port)
    if every:
        print(history.table(every, tables.terminal_width()))
    else:
        say(f"{port.title} was never published: type `make publish PORT={port.title}`")


def roll_back(options: argparse.Namespace) -> None:
    """Makes an earlier publication of an output port the present one, and says what that loses."""
    port = _one(options)
    with _settled(read_stack(options.stack), port) as lake:
        every = ledger.publications(lake, port)
        if options.to is None:
            raise CommandError(
                f"Back to which? Type `make rollback PORT={port.title} TO=…` with a snapshot or a moment.\n"
                f"{history.table(every, tables.terminal_width())}"
            )
        to = history.target(port, every, options.to)
        lost = every[every.index(to) + 1 :]
        if not lost:
            say(f"{port.title} shows {shown(to.as_of)} already: nothing is lost")
        else:
            say(f"{port.title} goes back to {shown(to.as_of)}. These publications are lost:")
            say(history.table(lost, tables.terminal_width()))
        if options.dry_run:
            return
        history.roll_back(lake, port, to)
        say("The next publication brings the source's rows again: stop it until the source is right.")


def expire(options: argparse.Namespace) -> None:
    """Gives up publications that are older than the contract keeps them, and says which."""
    ports = declared_ports(options.domain, options.port)
    if not ports:
        say(_NONE)
    stack = read_stack(options.stack)
    problems: list[str] = [] if options.port else _name_unkept(stack, options.domain, ports)
    for port in ports:
        try:
            with _settled(stack, port) as lake:
                _expire(lake, port, options.dry_run, quiet=False)
        except CommandError as error:  # a database that sleeps keeps no other port from expiring
            problems.append(f"{port.title}: {error}")
    if problems:
        raise CommandError("\n".join(problems))


def _name_unkept(stack: Stack, only: str | None, kept: Sequence[Port]) -> list[str]:
    """Says which ports' pasts stay for ever, as none of `kept` is theirs; what could not be looked into."""
    problems = []
    for domain in (each for each in stack.domains if only in (None, each)):
        lake = Lake(stack, DomainName(domain))
        try:
            for name in upkeep.unkept(lake, [port.table.name for port in kept if port.domain == domain]):
                dated = in_lake(lake.domain, name + DATED, LAKE)
                order = f"DROP VIEW IF EXISTS {dated}; DROP TABLE {in_lake(lake.domain, name)}"
                say(f"{domain}.{name}: no contract keeps it, and its past stays for ever. To give it up, type:")
                say(for_stack(f"  `make sql USER={PUBLISHER} QUERY='{order}'`"))
        except CommandError as error:
            problems.append(f"{domain}: {error}")
    return problems


def declared_contracts() -> dict[DomainName, Contract]:
    """The contracts in `domains/`. Raises CommandError."""
    try:
        return read_contracts(DOMAINS_FOLDER, declared_domains(DOMAINS_FOLDER))
    except ContractError as error:
        raise CommandError(str(error)) from None


def declared_ports(domain: str | None = None, port: str | None = None) -> list[Port]:
    """Those of their ports that the lake keeps, or some of them: see `kept_ports`. Raises CommandError."""
    return kept_ports(declared_contracts(), domain, port)


def _one(options: argparse.Namespace) -> Port:
    if not options.port:
        raise CommandError(f"Which port? Type: make {options.command} PORT=sales.customer_revenue")
    (port,) = declared_ports(options.domain, options.port)
    return port


@contextmanager
def _settled(stack: Stack, port: Port) -> Iterator[Lake]:
    """The lake of a port, without a publication that is under way or was killed."""
    lake = Lake(stack, port.domain)
    with alone(stack, port.domain):
        lake.end_running()
        settled(lake, [port])
        yield lake


def _told(done: Publication | None) -> str:
    if done is None:
        return "unchanged"
    counts = f"{done.added:,} added, {done.changed:,} changed, {done.removed:,} removed"
    return f"{counts}, as of {shown(done.as_of)} (snapshot {done.snapshot})"


def _keep_up(lake: Lake, port: Port, files: int) -> None:
    """Compacts a table with many files; and where that was needed, what has expired goes too."""
    if upkeep.compact(lake, port, files):
        _expire(lake, port, dry_run=False, quiet=True)


def _expire(lake: Lake, port: Port, dry_run: bool, *, quiet: bool) -> None:
    every, now = ledger.publications(lake, port), _now(lake)
    if not every:
        say(f"{port.title} was never published: nothing expires")
        return
    going = upkeep.expiring(every, port.kept.days, now)
    if going:
        will = "would expire" if dry_run else "expire"
        say(f"{port.title}: {len(going):,} publications {will}, of {shown(going[0].as_of)} to {shown(going[-1].as_of)}")
    elif not quiet:
        say(f"{port.title}: no publication is older than {port.kept.days} days, but for the last {upkeep.ALWAYS}")
    if not dry_run:
        upkeep.expire(lake, port, going, now)


def _now(lake: Lake) -> datetime:
    """By the clock of Trino, which dates the snapshots."""
    ((now,),) = lake.rows("SELECT current_timestamp(3)")
    return now.astimezone(UTC)
