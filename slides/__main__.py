"""Writes the three slides of a stack as one HTML file, without asking AWS: `python -m slides --stack dev`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.outputs import PROJECT
from client.stackfile import read_stackfile
from commands.cost import configuration
from mesh.contracts.read import ContractError, declared_domains, read_contracts
from mesh.cost.estimate import estimate, stack_usage
from mesh.settings import SettingsError, read_settings
from slides.figures import Deck, deck, pins
from slides.render import render

DOMAINS = PROJECT / "domains"
FILE = PROJECT / "slides.html"


def figures(stack: str) -> Deck:
    """The figures of a stack, by its configuration and the contracts in `domains/`. Raises CommandError."""
    try:
        contracts = read_contracts(DOMAINS, declared_domains(DOMAINS))
        settings = read_settings(configuration(stack), stack, list(contracts))
    except (ContractError, SettingsError) as error:
        raise CommandError(str(error)) from None
    requirements = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    return deck(
        stack,
        settings,
        contracts,
        estimate(stack_usage(settings, len(contracts), sum(len(contract.kept) for contract in contracts.values()))),
        pins(requirements),
        owner=read_stackfile(PROJECT, stack).get("owner"),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file and print where it is; the exit status."""
    parser = Parser(prog="python -m slides", description=__doc__)
    parser.add_argument("--stack", default="dev", help="the stack whose Pulumi.<stack>.yaml is read (default: dev)")
    parser.add_argument("--file", type=Path, default=FILE, help="where to write (default: slides.html)")
    options = parser.parse_args(arguments)
    return run("slides", lambda: _write(options.stack, options.file))


def _write(stack: str, file: Path) -> None:
    text = render(figures(stack))
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}. Name another: --file PATH") from None
    part.replace(file)
    print(f"Three slides in English and French, {len(text.encode()) / 1000:.0f} kB: {file.absolute()}")
    print("Open it in a browser; the arrow keys turn the slides, printing gives one a page.")


if __name__ == "__main__":
    sys.exit(main())
