"""The command line: `python -m publish {publish|history|rollback|expire}`."""

import argparse
import sys
from collections.abc import Callable, Sequence

from client.arguments import Parser
from client.command import run
from publish import commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status."""
    options = _parser().parse_args(arguments)
    action: Callable[[argparse.Namespace], None] = options.action
    return run(options.command, lambda: action(options), "interrupted; the same again goes on from there")


def _forget(options: argparse.Namespace) -> None:
    """Takes a person out of what the lake keeps; the e-mail is in the environment, ARG_EMAIL, or is asked for."""
    from publish import forget  # it reads files with pyarrow and S3 with boto3, which take long to import

    forget.forget(options)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m publish", description=__doc__)
    each = parser.add_subparsers(dest="command", required=True)
    for name, action in (
        ("publish", commands.publish_ports),
        ("history", commands.show_history),
        ("rollback", commands.roll_back),
        ("expire", commands.expire),
    ):
        one = each.add_parser(name, help=action.__doc__, description=action.__doc__)
        one.set_defaults(action=action)
        one.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
        one.add_argument("--port", help="the output port, such as sales.customer_revenue")
        one.add_argument("--domain", help="only ports of this domain")
        if name in ("rollback", "expire"):
            one.add_argument("--dry-run", action="store_true", help="only say what would go")
    gone = each.add_parser("forget", help=_forget.__doc__, description=_forget.__doc__)
    gone.set_defaults(action=_forget)
    gone.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    gone.add_argument("--dry-run", action="store_true", help="only say what would go")
    each.choices["publish"].add_argument(
        "--whole", action="store_true", help="compare every row, whatever changedAt says"
    )
    each.choices["rollback"].add_argument("--to", help="a snapshot, or a moment such as '2026-12-01 09:00' (UTC)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
