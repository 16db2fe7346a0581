"""Ports that servers and clients must agree on."""

POSTGRESQL = 5432
TRINO_HTTP = 8080
"""Of Trino's health, and for its servers among themselves: without their shared secret it gives nothing."""
TRINO_HTTPS = 8443
JUPYTERHUB = 8000
GRAFANA = 3000
