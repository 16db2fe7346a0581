"""A stand-in for Grafana, whose own server cannot be had for the tests."""
