"""`make forget`: a person's rows go from what the lake keeps, from every snapshot and every file.

A snapshot cannot be changed. So those of a port in which the person is go as a whole, with all that are older, and the
present rows stay. Every step can be repeated: what is left to do is read from the files themselves.
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

import psycopg2
from psycopg2.sql import SQL, Identifier

from client.errors import CommandError
from client.kept import KeptTable, kept_tables
from client.lake_files import Version, delete, read, versions
from client.stack import Stack, read_stack
from client.waiting import say, waiting
from mesh.contracts.model import Contract
from mesh.names import DomainName
from mesh.pseudonyms import DIGITS, pseudonym
from mesh.sql import literal, quoted
from publish import ledger
from publish.commands import declared_contracts
from publish.files import FileError, has
from publish.lake import Lake, alone
from publish.ports import Port, in_lake, kept_ports
from publish.publication import settled
from publish.state import snapshot
from publish.times import shown

VARIABLE = "ARG_EMAIL"
"""How `make` hands the address over: the arguments of a process are visible to others."""
_WHOLE = "100TB"
"""Above the size of any file: all of them are written anew."""


@dataclass(frozen=True)
class Found:
    """Where a person is in what the lake keeps of a domain."""

    tables: tuple[str, ...]
    """Of tables that are there: in files that a snapshot may need."""
    leftovers: tuple[Version, ...]
    """Versions of files that no table needs."""


def forget(options: argparse.Namespace) -> None:
    """Takes a person out of what the lake keeps, once no source shows them any more."""
    email = address()
    contracts = declared_contracts()
    stack = read_stack(options.stack)
    refuse_sources(stack, contracts, email)
    ports = kept_ports(contracts)
    for domain in sorted(domain for domain in contracts if domain in stack.domains):
        own = [port for port in ports if port.domain == domain]
        with alone(stack, domain):
            _forget(Lake(stack, domain, "forget"), own, email, options.dry_run)


def address() -> str:
    """The e-mail, in lower case, from the environment or the standard input. Raises CommandError."""
    given = os.environ.get(VARIABLE)
    if given is None:
        if sys.stdin.isatty():
            print("E-mail of the person to forget: ", end="", file=sys.stderr, flush=True)
        given = sys.stdin.readline()
    email = given.strip()
    local, at, host = email.rpartition("@")
    if not (local and at and host) or any(each.isspace() or not each.isprintable() for each in email):
        raise CommandError("Whose? Type: make forget EMAIL=ada@example.com (or type the address when you are asked)")
    return lowered(email)


def lowered(text: str) -> str:
    """In lower case letter by letter, as PostgreSQL and Trino make it for pseudonyms."""
    return "".join(each.lower() if len(each.lower()) == 1 else each.lower()[0] for each in text)


def sought(email: str) -> str:
    """The pseudonym by which statements name the person: they are kept in logs."""
    return hashlib.sha256(email.encode()).hexdigest()[:DIGITS]


def refuse_sources(stack: Stack, contracts: Mapping[DomainName, Contract], email: str) -> None:
    """Raises CommandError with every table of a source that shows the person: it would be published again."""
    showing: list[str] = []
    for domain in sorted(domain for domain in contracts if domain in stack.domains):
        connection = stack.connect(domain, "admin")
        try:
            with connection, connection.cursor() as cursor:
                for table in contracts[domain].tables:
                    for column in (each for each in table.columns if each.mask == "email"):
                        same = SQL(pseudonym(quoted(column.name), "postgresql"))  # a checked name of the contract
                        query = SQL("SELECT count(*) FROM public.{} WHERE {} = %s").format(Identifier(table.name), same)
                        cursor.execute(query, [sought(email)])
                        (count,) = cursor.fetchone() or (0,)
                        if count:
                            showing.append(
                                f"  {domain}: {table.kind} {table.name}, column {column.name}: {count:,} rows"
                            )
        except psycopg2.Error as error:
            raise CommandError(f"cannot look into {domain}: {str(error).strip()}") from None
        finally:
            connection.close()
    if showing:
        raise CommandError(
            "\n".join(
                [
                    "The sources still show this person, and the next publication would bring the rows back:",
                    *showing,
                    "Delete them there first (a view follows its tables; REFRESH a materialized view). "
                    "Nothing was changed.",
                ]
            )
        )


def find(stack: Stack, domain: DomainName, there: Iterable[KeptTable], email: str) -> Found:
    """Where the person is, read from every version of every file."""
    by_folder = {table.folder: table.name for table in there}
    needed: dict[str, None] = {}
    leftovers: list[Version] = []
    with waiting(f"Reading all files of {domain} in the lake"):
        for version in versions(stack, domain):
            name = by_folder.get(version.folder)
            if version.latest and not version.marker and name is not None:
                if name not in needed and holds(stack, version, email):
                    needed[name] = None
            elif holds(stack, version, email):
                leftovers.append(version)
    return Found(tuple(needed), tuple(leftovers))


def holds(stack: Stack, version: Version, email: str) -> bool:
    """Whether a file has the person. Raises CommandError for one that cannot be read."""
    if version.marker:
        return False
    try:
        return has(version.key, read(stack, version), email)
    except FileError as error:
        raise CommandError(f"s3://{stack.lake.bucket}/{version.key}: {error}") from None


def _forget(lake: Lake, ports: Sequence[Port], email: str, dry_run: bool) -> None:
    lake.end_running()
    domain, by_name = lake.domain, {port.table.name: port for port in ports}
    found = find(lake.stack, domain, kept_tables(lake.stack, domain), email)
    if not found.tables and not found.leftovers:
        say(f"{domain}: the lake has nothing of this person")
        return
    for line in _losses(lake, found, by_name):
        say(line)
    if dry_run:
        return
    settled(lake, ports)
    for name in found.tables:
        if name in lake.tables():  # what was prepared for a publication is gone by now
            _rewrite(lake, name, by_name.get(name), email)
    left = _sweep(lake, email)
    if left:
        raise CommandError(f"{domain}: the person is still in {', '.join(left)}: type the same again")
    say(f"{domain}: no file of the lake has this person any more")


def _losses(lake: Lake, found: Found, ports: Mapping[str, Port]) -> Iterator[str]:
    for name in found.tables:
        every = ledger.publications(lake, ports[name]) if name in ports else []
        history = (
            f"{len(every):,} publications, of {shown(every[0].as_of)} to {shown(every[-1].as_of)}" if every else ""
        )
        yield (
            f"{lake.domain}.{name}: the person is in its files. Its history goes"
            + (f" ({history})" if history else "")
            + "; the present rows stay without the person"
        )
    if found.leftovers:
        yield f"{lake.domain}: {len(found.leftovers):,} old versions of files have the person, and go"


def _rewrite(lake: Lake, name: str, port: Port | None, email: str) -> None:
    """One table without the person and without its past."""
    table = in_lake(lake.domain, name)
    same = " OR ".join(
        _shows(str(name), str(kind), email) for name, kind, *_ in lake.rows(f"SHOW COLUMNS FROM {table}")
    )
    last = ledger.publications(lake, port)[-1:] if port else []
    lake.run(f"DELETE FROM {table} WHERE {same}")
    lake.run(f"ALTER TABLE {table} EXECUTE optimize(file_size_threshold => '{_WHOLE}')")
    if port and last:
        _note(lake, port, last[0])
    lake.run(f"ALTER TABLE {table} EXECUTE optimize_manifests")
    if port and last:
        _note(lake, port, last[0])
    lake.run(f"ALTER TABLE {table} EXECUTE expire_snapshots(retention_threshold => '0s')")
    lake.run(f"ALTER TABLE {table} EXECUTE remove_orphan_files(retention_threshold => '0s')")
    if port:
        ledger.strike(lake, port)


def _shows(column: str, kind: str, email: str) -> str:
    """Trino's condition that a column of the type `kind` has the person; false where it has no texts."""
    found = f"{{}} = {literal(sought(email))}"
    if kind.startswith("varchar"):
        return found.format(pseudonym(quoted(column), "trino"))
    if kind.startswith("array(varchar"):
        return f"any_match({quoted(column)}, each -> {found.format(pseudonym('each', 'trino'))})"
    return "false"


def _note(lake: Lake, port: Port, last: ledger.Publication) -> None:
    """The present snapshot shows the moment that the last publication showed, for all but the person."""
    now = snapshot(lake, port)
    if now != last.snapshot:
        query = f"SELECT committed_at FROM {port.metadata('snapshots')} WHERE snapshot_id = {now}"
        ((committed_at,),) = lake.rows(query)
        made = committed_at.astimezone(UTC)
        same = replace(last, snapshot=now, published_at=made, added=0, changed=0, removed=0)
        ledger.note(lake, port, same, again=True)


def _sweep(lake: Lake, email: str) -> list[str]:
    """Deletes versions that no table needs; the files that have the person nevertheless."""
    folders = {table.folder for table in kept_tables(lake.stack, lake.domain)}
    every = versions(lake.stack, lake.domain)
    kept = [each for each in every if each.latest and not each.marker and each.folder in folders]
    delete(lake.stack, set(every) - set(kept))
    return [each.key for each in kept if holds(lake.stack, each, email)]
