#!/usr/bin/env python3
"""Print the answer of the federated query, as a table or as CSV."""

import argparse
import csv
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # lets `python examples/query.py` find the project

from seed import SeedError
from seed.ask import Answer, ask
from seed.stack import Stack, read_stack

FEDERATED_QUERY = Path(__file__).with_name("federated_query.sql")
SHOWN = 50  # rows of a table; CSV has all


def federated_answer(stack: Stack, user: str = "admin") -> Answer:
    """Every customer with orders, revenue and the campaign that first reached them."""
    return ask(stack, FEDERATED_QUERY.read_text(encoding="utf-8"), user)


def table(answer: Answer, shown: int = SHOWN) -> str:
    """An answer for people: columns lined up, numbers to the right, `none` where there is no value."""
    cells = [["none" if value is None else str(value) for value in row] for row in answer.rows[:shown]]
    numbers = [not any(isinstance(row[at], str) for row in answer.rows) for at in range(len(answer.names))]
    widths = [max(map(len, column)) for column in zip(answer.names, *cells, strict=True)]
    lines = [answer.names, ["-" * width for width in widths], *cells]
    text = [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, numbers, strict=True)
        ).rstrip()
        for line in lines
    ]
    if len(answer.rows) > shown:
        text.append(f"… {len(answer.rows):,} rows in all; --format csv prints every one")
    return "\n".join(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask and print; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--user", default="admin", help="ask as this user of Trino (default: admin)")
    parser.add_argument("--format", choices=("table", "csv"), default="table")
    options = parser.parse_args(arguments)
    try:
        answer = federated_answer(read_stack(options.stack), options.user)
    except SeedError as error:
        print(f"query: {error}", file=sys.stderr)
        return 1
    if options.format == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(answer.names)
        writer.writerows(answer.rows)
    else:
        print(table(answer))
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it without a word
    sys.exit(main())
