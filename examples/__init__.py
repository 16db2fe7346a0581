"""The seed document's walk through a running stack."""
