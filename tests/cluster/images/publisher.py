"""Runs in the publisher's image, as its user: every package that the program imports is there."""

import sys

from contents import pinned, user


def main() -> None:
    """Fails with what is missing."""
    user()
    pinned()


if __name__ == "__main__":
    sys.exit(main())
