"""What goes wrong for a person at a command line."""


class CommandError(Exception):
    """A message for whoever typed the command: what is wrong, why, and what to type."""
