"""Command lines whose mistakes are one line."""

import argparse
import re
from typing import NoReturn

_OPTION = re.compile(r"argument --([a-z-]+)(?:/\S+)?: ")
_PERSON = "argument person: "


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that says what is wrong as who typed it knows it, and not all that could be typed as well."""

    def error(self, message: str) -> NoReturn:
        """End with exit status 2 and a line such as `audit: MINUTES (--minutes): 'x' is no number`."""
        command = self.prog.split()[-1].removesuffix(".py").rpartition(".")[2].replace("_", "-")
        told = _OPTION.sub(lambda found: f"{found[1].upper().replace('-', '_')} (--{found[1]}): ", message)
        told = told.replace(_PERSON, "USER: ")
        self.exit(2, f"{command}: {told}. `{self.prog} --help` lists everything.\n")


def switch(text: str) -> bool:
    """Whether 1 was typed and not 0; ArgumentTypeError for anything else."""
    if text not in ("0", "1"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither 0 nor 1")
    return text == "1"


def minutes(text: str) -> int:
    """A whole number of minutes above 0; ArgumentTypeError for anything else."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 525_600:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of minutes from 1 to 525600 (a year)")
    return int(text)
