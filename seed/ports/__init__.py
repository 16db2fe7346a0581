"""Stored ports: views whose rows are kept in a table of the same name."""
