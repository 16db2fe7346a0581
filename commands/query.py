"""Prints the answer of the federated query, as a table or as CSV: `python -m commands.query`."""

import argparse
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from client import tables
from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.servers import SilentError
from client.stack import Stack, read_stack
from client.trino import Answer, FailedError, ask
from client.typed import for_stack
from client.waiting import say
from mesh.pseudonyms import pseudonym
from publish.times import moment

FEDERATED_QUERY = Path(__file__).resolve().parents[1] / "examples/federated_query.sql"
_JOIN = "ON t.email = r.email"
_SIDES = {"sales": "r.email", "marketing": "t.email"}
SHOWN = 50  # rows of a table; CSV has all


def federated_answer(stack: Stack, user: str = "admin") -> Answer:
    """Every customer with orders, revenue and the campaign that first reached them."""
    return ask(stack, federated_query(stack.people.get(user, ())), user)


def federated_query(own: Collection[str]) -> str:
    """The federated query for somebody whose domains are `own`.

    E-mails of other domains are pseudonyms. Where one side of the join is clear and the other is not, the clear side
    is turned into pseudonyms, because no address equals a pseudonym.
    """
    text = FEDERATED_QUERY.read_text(encoding="utf-8")
    clear = [column for domain, column in _SIDES.items() if domain in own]
    return text.replace(_JOIN, _JOIN.replace(clear[0], pseudonym(clear[0], "trino"))) if len(clear) == 1 else text


def table(answer: Answer, shown: int = SHOWN, width: int | None = None) -> str:
    """An answer as an aligned table of at most `shown` rows and `width` columns; `none` stands for a missing value."""
    lines = tables.table(answer.names, answer.rows[:shown], width)
    if len(answer.rows) > shown:
        every = for_stack("`make query FORMAT=csv` prints every one")
        lines.append(f"… {len(answer.rows):,} rows in all; {every}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks Trino and prints the answer; the exit status."""
    parser = Parser(description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--user", default="admin", help="ask as this user of Trino (default: admin)")
    parser.add_argument("--format", choices=("table", "csv"), default="table")
    parser.add_argument("--source", choices=("databases", "lake"), help="lake: the output ports as they are kept there")
    parser.add_argument("--as-of", help="of the lake: as they were at this moment, e.g. '2026-12-01 09:00' (UTC)")
    return run("query", lambda: _query(parser.parse_args(arguments)))


def _query(options: argparse.Namespace) -> None:
    if options.as_of is not None and options.source == "databases":
        raise CommandError("the databases only know what is now: leave SOURCE out, AS_OF asks the lake")
    when = moment(options.as_of, "AS_OF") if options.as_of is not None else None
    if options.source == "lake" or when:
        _from_lake(options, when)
        return
    try:
        answer = federated_answer(read_stack(options.stack), options.user)
    except (SilentError, FailedError) as error:
        raise CommandError(f"{error}\n{_instead()}") from None
    _print(answer, options.format)


def _from_lake(options: argparse.Namespace, when: datetime | None) -> None:
    # They read contracts, which takes longer to import than the databases take to answer.
    from publish.asked import find, named, over_lake
    from publish.commands import declared_ports

    ports = named(FEDERATED_QUERY.read_text(encoding="utf-8"), declared_ports())
    stack = read_stack(options.stack)
    shows = find(stack, ports, when)
    query = over_lake(federated_query(stack.people.get(options.user, ())), shows)
    _print(ask(stack, query, options.user), options.format)
    now = datetime.now(UTC)
    for each in shows:
        say(f"From the lake: {each.told(now)}", sys.stderr if options.format == "csv" else sys.stdout)


def _instead() -> str:
    from publish.asked import named
    from publish.commands import declared_ports

    try:
        named(FEDERATED_QUERY.read_text(encoding="utf-8"), declared_ports())
    except CommandError as error:
        return f"Without it there is no answer: {error}."
    return for_stack("`make query SOURCE=lake` answers without the databases, with what was last published.")


def _print(answer: Answer, form: str) -> None:
    if form == "csv":
        sys.stdout.writelines(tables.csv_line(row) for row in (answer.names, *answer.rows))
    else:
        print(table(answer, width=tables.terminal_width()))


if __name__ == "__main__":
    sys.exit(main())
