"""Servers that a certificate in a text vouches for: no file is needed, which a killed program would leave behind."""

import ssl
from typing import Any

import requests
from requests.adapters import HTTPAdapter


def session(authority: str) -> requests.Session:
    """A session of HTTP that trusts what `authority` signed and nothing else; it is PEM text.

    It sends nothing through a proxy of the environment, nor does it trust a bundle that the environment names.
    Raises ssl.SSLError for a text without a certificate, at the first request.
    """
    made = requests.Session()
    made.trust_env = False
    made.mount("https://", _Trusting(authority))
    return made


class _Trusting(HTTPAdapter):
    def __init__(self, authority: str) -> None:
        self._authority = authority
        self._context: ssl.SSLContext | None = None
        super().__init__()

    def build_connection_pool_key_attributes(self, *request: Any, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        host, tls = super().build_connection_pool_key_attributes(*request, **more)
        if self._context is None:  # with an authority, it has no others
            self._context = ssl.create_default_context(cadata=self._authority)
        return host, tls | {"ssl_context": self._context}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leaves the authorities of the context alone; the adapter would add all public ones to them."""
        conn.cert_reqs = "CERT_REQUIRED"
