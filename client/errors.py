"""The error that every command prints for its user."""


class CommandError(Exception):
    """A message for the person who typed the command: the problem, the reason, and what to type."""
