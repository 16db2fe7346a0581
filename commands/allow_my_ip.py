"""Lets this machine's public IPv4 address reach the databases: `python -m commands.allow_my_ip --stack dev`."""

import ipaddress
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import requests

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.outputs import PROJECT
from client.stackfile import read_stackfile
from mesh import checks

_SERVICE = "https://checkip.amazonaws.com"
_SECONDS = 10
_KEY = "allowedCidrs"


def place(given: Sequence[str], own: str, earlier: str | None) -> int | None:
    """The place in `given` at which `own` goes, None where it is covered already.

    It takes the place of the `earlier` address of this machine, or of a single address that stands alone; else it is
    one more: a range is that of an office, and another address perhaps a colleague's.
    """
    address = ipaddress.IPv4Network(own)
    if any(network.supernet_of(address) for each in given if (network := _network(each))):
        return None
    if earlier is not None and earlier in given:
        return given.index(earlier)
    alone = len(given) == 1 and (network := _network(given[0])) is not None and network.prefixlen == address.prefixlen
    return 0 if alone else len(given)


def main(arguments: Sequence[str] | None = None) -> int:
    """Puts the address into `allowedCidrs`; the exit status."""
    parser = Parser(prog="python -m commands.allow_my_ip", description=__doc__)
    parser.add_argument("--stack", required=True)
    options = parser.parse_args(arguments)
    return run("allow-my-ip", lambda: _allow(options.stack))


def _allow(stack: str) -> int:
    given = _given(stack)
    by_hand = f"pulumi config set --stack {quote(stack)} --path '{_KEY}[{len(given)}]' YOUR.PUBLIC.IPV4.ADDRESS/32"
    own = _own_address(by_hand)
    remembered = PROJECT / ".datamesh" / f"address-{stack.replace('/', '-')}"
    earlier = remembered.read_text(encoding="utf-8") if remembered.is_file() else None
    at = place(given, own, earlier)
    update = f"`pulumi up --stack {quote(stack)}`"
    if at is None:
        print(
            f"{own} is in `{_KEY}` of {stack} already: nothing was changed. If the databases do not answer, {update}."
        )
        return 0
    command = ["pulumi", "config", "set", "--stack", stack, "--path", f"datamesh:{_KEY}[{at}]", own]
    done = subprocess.run(["/usr/bin/env", *command], check=False)
    if done.returncode == 0:
        _remember(remembered, own)
        if replaced := given[at : at + 1]:
            print(f"{own} takes the place of {replaced[0]}, which may no longer reach them then.")
        print(f"{own} may reach the databases of {stack} after {update}.")
    return done.returncode


def _given(stack: str) -> list[str]:
    text = read_stackfile(PROJECT, stack).get(_KEY, "[]")
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise CommandError(f"`{_KEY}` of {stack} is no list: type `pulumi config rm {_KEY} --stack {quote(stack)}`")
    return given


def _own_address(by_hand: str) -> str:
    try:
        answer = requests.get(_SERVICE, timeout=_SECONDS)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise CommandError(f"{_SERVICE} does not return your address: {error}\nBy hand: {by_hand}") from None
    own = f"{answer.text.strip()}/32"
    if problem := checks.cidr(own):
        raise CommandError(f"{problem}\nBy hand: {by_hand}")
    return own


def _network(text: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None  # `pulumi up` says so


def _remember(file: Path, own: str) -> None:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.write_text(own, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
