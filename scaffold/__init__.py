"""Writes the folder of a new domain from rows that are there: `make domain`."""
