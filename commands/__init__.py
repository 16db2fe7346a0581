"""The commands that `make` runs beside Pulumi and the seed, and the modules that they share."""
