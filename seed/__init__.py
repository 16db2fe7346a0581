"""`python -m seed`: roles, tables and sample data of every domain, a file of events in the lake, all of it verified."""


class SeedError(Exception):
    """A message for whoever typed the command: what is wrong, why, and what to type."""
