"""What keeps one port from being published, and no other."""

from client.errors import CommandError


class NotPublishedError(CommandError):
    """The port is not as its contract says, or its contract is not one that its table in the lake can follow."""
