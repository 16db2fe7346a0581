"""Names what an update would take, before it does: domains that the program no longer has, a bucket, older backups.

`python -m commands.removed`; `make up` runs it first. Plain `pulumi up` does not: there Pulumi's `protect` guards
databases and bucket of a stack that is not `disposable`.
"""

import sys
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Any

import psycopg2
from psycopg2.sql import SQL, Identifier

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.kept import KeptTable, kept_tables
from client.outputs import read_configuration, read_outputs
from client.stack import Stack, parse_outputs
from client.state import read_resources
from client.waiting import waiting
from commands.kept_columns import unkept, unsaid
from commands.replaced import Change, Placed, Was, changes, left_cluster, was
from mesh.contracts.model import Contract
from mesh.contracts.read import DOMAINS_FOLDER, ContractError, declared_domains, read_contracts
from mesh.names import ADMIN, DomainName
from mesh.settings import SettingsError, read_settings
from mesh.stored_ports import IS_STORED
from preflight import cluster

_TABLES = " ".join(
    (
        """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND c.relispopulated
AND n.nspname NOT IN ('information_schema', 'datamesh', 'datamesh_definitions')
AND n.nspname !~ '^pg_' AND NOT""",
        IS_STORED,
        "ORDER BY 1, 2",
    )
)
_MADE_ANEW = """\
The cluster {} does not have what the stack made there (was it made anew?), and this update makes nothing in it.
  Afterwards type: pulumi up --refresh --stack {}"""
_KEEP = """\
  `disposable` is not set, so Pulumi and Amazon RDS guard the database. To give it up, in this order:
    aws rds create-db-snapshot --db-instance-identifier {identifier} --db-snapshot-identifier {identifier}-kept
    pulumi state unprotect --stack {stack} 'URN of {domain}-db'      # pulumi stack --show-urns has it
    aws rds modify-db-instance --db-instance-identifier {identifier} --no-deletion-protection --apply-immediately"""


def removed(outputs: Mapping[str, Any], declared: Sequence[str]) -> list[str]:
    """The domains that the stack has and the program has not."""
    return sorted(outputs.get("domains", {}).keys() - set(declared))


def rows(stack: Stack, domain: str) -> dict[str, int]:
    """Rows of every table and materialized view of a domain's database. CommandError when it cannot be asked."""
    connection = stack.connect(domain, "admin")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SET LOCAL row_security = off")  # rows that it hides are an error, not no rows
            cursor.execute(_TABLES)
            counts = {}
            for schema, table in cursor.fetchall():
                cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier(schema, table)))
                (counts[table if schema == "public" else f"{schema}.{table}"],) = cursor.fetchone() or (0,)
    except psycopg2.Error as error:
        raise CommandError(f"cannot count the rows of {domain}: {str(error).strip()}") from None
    finally:
        connection.close()
    return counts


def _left(stack: Stack, before: Was, domain: DomainName) -> tuple[dict[str, int] | None, list[KeptTable]]:
    """The rows of a domain and what the lake keeps of it; None and none of what an interrupted removal took already."""
    counts = rows(stack, domain) if stack.domains[domain].identifier in before.databases else None
    return counts, _in_lake(stack, before, domain)


def _in_lake(stack: Stack, before: Was, domain: DomainName) -> list[KeptTable]:
    return kept_tables(stack, domain) if before.bucket else []


def history(kept: Sequence[KeptTable]) -> str:
    """What the lake keeps of a domain, in words; nothing where it keeps nothing."""
    return ", ".join(f"{table.name} {table.snapshots:,} snapshots" for table in kept)


def losses(
    outputs: Mapping[str, Any], domain: str, counts: Mapping[str, int] | None, kept: Sequence[KeptTable] = ()
) -> list[str]:
    """What goes with a domain and what stays, a line each; `counts` are the rows of its tables, as `_left` has them."""
    held = _in_words(counts)
    about = outputs["domains"][domain]
    people = sorted(person for person, own in outputs["people"].items() if domain in own and person != ADMIN)
    readers = [*people, *(f"the analysts of {reader}" for reader in outputs.get("readers", {}).get(domain, []))]
    admin, trino, role = (
        about[arn].rpartition(mark)[2]
        for arn, mark in (("adminSecretArn", ":"), ("trinoSecretArn", ":"), ("analystRoleArn", "/"))
    )
    return [
        f"{domain} is in the stack and no longer in the program. An update removes",
        f"  its database {about['identifier']}: {held}",
        f"  its secrets {admin} and {trino}, and all its passwords",
        f"  its role {role}, its Glue database {about['glueDatabase']}, its catalog {about['catalog']} in Trino",
        f"  what {', '.join(readers)} read there",
        *([f"  its tables in the lake, with their history: {history(kept)}"] if kept else []),
        f"  It leaves the files below s3://{outputs['lake']['bucket']}/{about['lakePrefix']}",
    ]


def _in_words(counts: Mapping[str, int] | None) -> str:
    if counts is None:
        return "gone already"
    return ", ".join(f"{table} {count:,} rows" for table, count in counts.items()) or "no tables"


def main(arguments: Sequence[str] | None = None) -> int:
    """Name the losses; the exit status: 0 when nothing is lost, or all of it was accepted by name."""
    parser = Parser(prog="python -m commands.removed", description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--accept", default="", metavar="DOMAIN,…", help="what may go, with all that is in it")
    parser.add_argument("--everything", action="store_true", help="only name the rows of all domains")
    options = parser.parse_args(arguments)
    if options.everything:
        return run("down", lambda: _name_rows(options.stack))
    accepted = {name.strip() for name in options.accept.split(",") if name.strip()}
    return run("up", lambda: _refuse(accepted, options.stack))


def _name_rows(stack: str | None) -> None:
    outputs = read_outputs(stack)
    if "domains" not in outputs:  # it was never deployed to its end
        return
    running, before = parse_outputs(outputs), was(read_resources(stack))
    for domain in running.domains:
        counts, kept = _left(running, before, DomainName(domain))
        print(f"With it goes the database of {domain}: {_in_words(counts)}", file=sys.stderr)
        if kept:
            print(f"  and what the lake keeps of {domain}: {history(kept)}", file=sys.stderr)


def _refuse(accepted: set[str], stack: str | None) -> int:
    try:
        declared = declared_domains(DOMAINS_FOLDER)
        contracts = read_contracts(DOMAINS_FOLDER, declared)
    except ContractError as error:
        raise CommandError(str(error)) from None
    config = read_configuration(stack)
    before = was(read_resources(stack))
    found = _changes(config, declared, before, stack)
    if impossible := [line for change in found if not change.possible for line in change.lines]:
        raise CommandError("\n".join(impossible))
    outputs = read_outputs(stack)
    there = _kept(outputs, contracts, before)
    if opened := unsaid(contracts, there):
        raise CommandError("\n".join([*opened, "Nothing was changed."]))
    for line in unkept(contracts, there):
        print(line, file=sys.stderr)
    gone = removed(outputs, declared)
    words = [change.word for change in found if change.word]
    if unknown := sorted(accepted - {*gone, *words}):
        raise CommandError(f"REMOVE names {', '.join(unknown)}, which this update does not remove. Leave it out.")
    guarded = config.get("disposable") != "true"
    lines = _describe(outputs, gone, before, stack, guarded=guarded) if gone else []
    for line in [*lines, *(line for change in found for line in change.lines)]:
        print(line, file=sys.stderr)
    if left := sorted({*gone, *words} - accepted):
        added = sorted(set(declared) - outputs["domains"].keys()) if set(gone) - accepted else []
        print(_ways(left, gone, added, stack, accepted), file=sys.stderr)
    return 1 if left else 0


def _changes(config: Mapping[str, str], declared: Sequence[DomainName], before: Was, stack: str | None) -> list[Change]:
    name = stack or "local"
    try:
        settings = read_settings(config, name, declared)
    except SettingsError as error:  # the program refuses it too, but `make up` may have moved the platform by then
        raise CommandError(f"{error}\nNothing was changed.") from None
    if settings.local is None and (problem := cluster.kubeconfig_problem()):
        raise CommandError(f"{problem}\nNothing was changed.")
    left = left_cluster(before, settings)
    found = changes(before, settings, name, _claims(left) if left else "")
    if settings.local is None and before.platform and not left and _made_anew(before.platform):
        found.append(Change(lines=(_MADE_ANEW.format(before.platform.context, quote(name)),)))
    return found


def _made_anew(place: Placed) -> bool:
    ask = cluster.kubectl(place.context, place.kubeconfig)
    with waiting(f"Asking the cluster {place.context}"):
        return ask is not None and cluster.is_empty(ask)


def _claims(place: Placed) -> str:
    """The volume claims of a cluster, which hold homes and the hub's database, in words."""
    ask = cluster.kubectl(place.context, place.kubeconfig)
    found, reason = cluster.volume_claims(ask) if ask else ([], "kubectl is not on PATH")
    return f"what people keep there, which it does not tell: {reason}" if reason else ", ".join(found) or "no volumes"


def _kept(outputs: Mapping[str, Any], contracts: Mapping[DomainName, Contract], before: Was) -> list[KeptTable]:
    """What the lake keeps of domains that stay."""
    there = outputs.get("domains", {})
    asked = sorted(domain for domain in contracts if domain in there)
    if not asked:
        return []
    stack = parse_outputs(outputs)
    return [table for domain in asked for table in _in_lake(stack, before, domain)]


def _describe(
    outputs: Mapping[str, Any], gone: Sequence[str], before: Was, stack: str | None, *, guarded: bool
) -> list[str]:
    running = parse_outputs(outputs)
    lines: list[str] = []
    for domain in gone:
        lines += losses(outputs, domain, *_left(running, before, DomainName(domain)))
        if guarded:
            identifier = outputs["domains"][domain]["identifier"]
            lines.append(_KEEP.format(domain=domain, identifier=identifier, stack=quote(stack or "local")))
    return lines


def _ways(left: Sequence[str], gone: Sequence[str], added: Sequence[str], stack: str | None, accepted: set[str]) -> str:
    where = f" STACK={quote(stack)}" if stack and stack != "local" else ""
    every = ",".join(sorted({*left, *accepted}))
    keep = " To keep it, put the line back into __main__.py, and its folder." if set(gone) & set(left) else ""
    text = f"Nothing was changed.{keep}\nTo remove it, type: make up{where} REMOVE={every}"
    if added:
        text += (
            f"\nIs {', '.join(added)} its new name? A renamed domain has a new database, and rows do not move by "
            "themselves:\nkeep both, copy the rows (psql's `\\copy` writes a file, `make load` reads it), then remove "
            "the old one."
        )
    return text


if __name__ == "__main__":
    sys.exit(main())
