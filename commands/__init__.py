"""What `make` runs beside Pulumi and the seed: one command a file."""
