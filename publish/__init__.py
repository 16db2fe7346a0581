"""Keeps output ports in the lake: `python -m publish`, behind `make publish`, `history`, `rollback` and `expire`."""
