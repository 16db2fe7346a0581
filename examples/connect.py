#!/usr/bin/env python3
"""The mesh in four steps: a database, a query across two, a file for the lake, a query of the lake."""

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # lets `python examples/connect.py` find the project

from examples.query import federated_answer, table
from seed import SeedError
from seed.ask import Answer, ask
from seed.stack import Stack, read_stack

DOMAIN = "sales"
USER = "admin"  # who asks Trino


def count_customers(stack: Stack) -> int:
    """1. Log in to the database of sales with psycopg2, TLS verified, as the role that only reads."""
    connection = stack.connect(DOMAIN, "trino")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM customers")
            (count,) = cursor.fetchone() or (0,)
            return count
    finally:
        connection.close()


def upload(stack: Stack, answer: Answer) -> str:
    """3. Put an answer into the domain's part of the lake as a CSV file; its address."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.names)
    writer.writerows(answer.rows)
    key = f"{stack.domains[DOMAIN].lake_prefix.rstrip('/')}/uploads/customer_revenue.csv"
    try:
        stack.s3().put_object(Bucket=stack.lake.bucket, Key=key, Body=text.getvalue().encode(), ContentType="text/csv")
    except (BotoCoreError, ClientError) as error:
        raise SeedError(f"cannot write s3://{stack.lake.bucket}/{key}: {error}") from None
    return f"s3://{stack.lake.bucket}/{key}"


def events_by_type(stack: Stack) -> Answer:
    """4. Name the lake's files of events as a table, unless they have that name already, and ask it."""
    create = f"""
        CREATE TABLE IF NOT EXISTS {stack.lake.events_table} (
            event_id varchar,
            customer_id bigint,
            event_type varchar,
            event_date date
        )
        WITH (external_location = 's3://{stack.lake.bucket}/{stack.lake.events_prefix}', format = 'PARQUET')
    """
    ask(stack, create, USER)
    select = ("SELECT event_type, count(*) AS events, min(event_date) AS first, max(event_date) AS last FROM",)
    return ask(stack, " ".join((*select, stack.lake.events_table, "GROUP BY event_type ORDER BY event_type")), USER)


def walk(stack: Stack) -> None:
    """All four steps, each with what it found."""
    print(f"1. PostgreSQL: {stack.domains[DOMAIN].host}:{stack.domains[DOMAIN].port}")
    print(f"   {count_customers(stack)} customers in {DOMAIN}\n")
    print("2. Trino: customers and orders of sales, campaigns of marketing")
    answer = federated_answer(stack, USER)
    print(_indented(table(answer, 10)), "\n")
    print("3. S3: that answer as a file")
    print(f"   {upload(stack, answer)}\n")
    print(f"4. Trino: the lake's table {stack.lake.events_table}")
    print(_indented(table(events_by_type(stack))))


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk through a stack; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    options = parser.parse_args(arguments)
    try:
        walk(read_stack(options.stack))
    except SeedError as error:
        print(f"connect: {error}", file=sys.stderr)
        return 1
    return 0


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" for line in text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
