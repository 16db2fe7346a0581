"""The seed document's walk-through against a running stack."""
