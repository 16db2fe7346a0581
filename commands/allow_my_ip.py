"""Lets this machine's public IPv4 address reach the databases: `python -m commands.allow_my_ip --stack dev`."""

import subprocess
import sys
from collections.abc import Sequence
from shlex import quote

import requests

from client.arguments import Parser
from mesh import checks

_SERVICE = "https://checkip.amazonaws.com"
_SECONDS = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Sets the first entry of `allowedCidrs` to the address; the exit status."""
    parser = Parser(prog="python -m commands.allow_my_ip", description=__doc__)
    parser.add_argument("--stack", required=True)
    options = parser.parse_args(arguments)
    try:
        answer = requests.get(_SERVICE, timeout=_SECONDS)
        answer.raise_for_status()
    except requests.RequestException as error:
        return _refuse(f"{_SERVICE} does not return your address: {error}", options.stack)
    cidr = f"{answer.text.strip()}/32"
    if problem := checks.cidr(cidr):
        return _refuse(problem, options.stack)
    command = ["pulumi", "config", "set", "--stack", options.stack, "--path", "datamesh:allowedCidrs[0]", cidr]
    done = subprocess.run(["/usr/bin/env", *command], check=False)
    if done.returncode == 0:
        print(f"{cidr} may reach the databases of {options.stack} after `pulumi up --stack {quote(options.stack)}`.")
    return done.returncode


def _refuse(problem: str, stack: str) -> int:
    by_hand = f"pulumi config set --stack {quote(stack)} --path 'allowedCidrs[0]' YOUR.PUBLIC.IPV4.ADDRESS/32"
    print(f"allow-my-ip: {problem}\nBy hand: {by_hand}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
