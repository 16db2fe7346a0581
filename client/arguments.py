"""Command lines whose mistakes are one line."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that says what is wrong, and not all that could be typed as well."""

    def error(self, message: str) -> NoReturn:
        """End with exit status 2."""
        self.exit(2, f"{self.prog}: {message} (--help lists all options)\n")


def minutes(text: str) -> int:
    """A whole number of minutes above 0; ArgumentTypeError for anything else."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 525_600:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of minutes from 1 to 525600 (a year)")
    return int(text)
