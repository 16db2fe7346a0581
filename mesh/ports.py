"""Ports that servers and clients must agree on."""

POSTGRESQL = 5432
TRINO_HTTP = 8080
"""For Trino's health, and between its servers, which show each other their shared secret. It takes no logins."""
TRINO_HTTPS = 8443
JUPYTERHUB = 8000
GRAFANA = 3000
