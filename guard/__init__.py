"""`python -m guard`: whether a change of contracts, tables or output ports breaks something for their consumers."""
