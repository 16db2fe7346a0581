"""The mesh in four steps: a database, a query across two, a file for the lake, a query of the lake.

`python -m examples.connect --as sales-analyst`
"""

import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from psycopg2.sql import SQL, Identifier

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.stack import Stack, read_stack
from client.trino import Answer, RefusedError, ask
from commands.query import federated_answer, table

ADMIN = "admin"
_ANALYST = "-analyst"


@dataclass(frozen=True)
class Visitor:
    """The person whose logins are used, and the domain of the first and third step."""

    name: str
    domain: str

    @property
    def is_admin(self) -> bool:
        """Whether every step must succeed; an analyst is refused other domains' data."""
        return self.name == ADMIN


def count_customers(stack: Stack, visitor: Visitor) -> str:
    """1. Log in to the domain's database with psycopg2, TLS verified, as a role that only reads."""
    connection = stack.connect(visitor.domain, "trino" if visitor.is_admin else "analyst")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
            names = [name for (name,) in cursor.fetchall()]
            counts = []
            for name in names:
                cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier("public", name)))
                (count,) = cursor.fetchone() or (0,)
                counts.append(f"{name} {count:,} rows")
            return f"as {connection.info.user}: {', '.join(counts)}"
    finally:
        connection.close()


def upload(stack: Stack, visitor: Visitor, answer: Answer) -> str:
    """3. Write an answer into the domain's folder of uploads as a CSV file; its URL.

    Raises CommandError when S3 refuses it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.names)
    writer.writerows(answer.rows)
    key = f"{stack.domains[visitor.domain].lake_prefix.rstrip('/')}/uploads/answer.csv"
    try:
        stack.s3().put_object(Bucket=stack.lake.bucket, Key=key, Body=text.getvalue().encode(), ContentType="text/csv")
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"cannot write s3://{stack.lake.bucket}/{key}: {error}") from None
    return f"s3://{stack.lake.bucket}/{key}"


def events_by_type(stack: Stack, visitor: Visitor) -> Answer:
    """4. Register the lake's files of events as a table where that is missing, and query it."""
    if visitor.is_admin:
        create = f"""
            CREATE TABLE IF NOT EXISTS {stack.lake.events_table} (
                event_id varchar,
                customer_id bigint,
                event_type varchar,
                event_date date
            )
            WITH (external_location = 's3://{stack.lake.bucket}/{stack.lake.events_prefix}', format = 'PARQUET')
        """
        ask(stack, create, visitor.name)
    select = ("SELECT event_type, count(*) AS events, min(event_date) AS first, max(event_date) AS last FROM",)
    query = " ".join((*select, stack.lake.events_table, "GROUP BY event_type ORDER BY event_type"))
    return ask(stack, query, visitor.name)


def walk(stack: Stack, visitor: Visitor) -> None:
    """All four steps, each with its result."""
    domain = stack.domains[visitor.domain]
    print(f"1. PostgreSQL: {domain.host}:{domain.port}")
    print(f"   {count_customers(stack, visitor)}\n")
    print("2. Trino: customers and orders of sales, campaigns of marketing")
    try:
        answer = federated_answer(stack, visitor.name)
        print(_indented(table(answer, 10)), "\n")
    except RefusedError as refused:
        if visitor.is_admin:
            raise
        print(_indented(f"{refused}\nThe refusal is correct: {visitor.name} may not read both domains."))
        print(_indented(f"Tables of {domain.catalog}:"))
        answer = ask(stack, f'SHOW TABLES FROM "{domain.catalog}".public', visitor.name)
        print(_indented(table(answer)), "\n")
    print("3. S3: that answer as a file")
    print(f"   {upload(stack, visitor, answer)}\n")
    print(f"4. Trino: the lake's table {stack.lake.events_table}")
    print(_indented(table(events_by_type(stack, visitor))))


def visitor(stack: Stack, name: str, domain: str | None) -> Visitor:
    """The person called `name`; without `domain`, that of `<domain>-analyst`, else sales, else the first one.

    Raises CommandError for an unknown domain.
    """
    own = name.removesuffix(_ANALYST) if name.endswith(_ANALYST) else None
    chosen = domain or (own if own in stack.domains else None) or next(iter(sorted(stack.domains, key=_sales_first)))
    if chosen not in stack.domains:
        raise CommandError(f"the stack has no domain {chosen}: it has {', '.join(stack.domains)}")
    return Visitor(name, chosen)


def _sales_first(domain: str) -> tuple[bool, str]:
    return domain != "sales", domain


def main(arguments: Sequence[str] | None = None) -> int:
    """Walks through a stack; the exit status."""
    parser = Parser(description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--as", dest="name", default=ADMIN, help="walk as this person (default: admin)")
    parser.add_argument("--domain", help="in this domain (default: the analyst's own, else sales)")
    options = parser.parse_args(arguments)

    def steps() -> None:
        stack = read_stack(options.stack)
        walk(stack, visitor(stack, options.name, options.domain))

    return run("connect", steps)


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" for line in text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
