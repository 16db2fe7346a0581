"""A certificate authority of this stack's own, and the certificate of its servers."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from local import paths
from local.servers import process

if TYPE_CHECKING:  # where it is used it is imported: it takes a while, and most who import this ask for paths alone
    import trustme


def ca() -> Path:
    """The authority's certificate, for clients to verify servers with."""
    return paths.stack() / "tls" / "ca.pem"


def certificate() -> Path:
    """The servers' certificate."""
    return paths.stack() / "tls" / "server.crt"


def key() -> Path:
    """The servers' private key, readable by the owner alone."""
    return paths.stack() / "tls" / "server.key"


def pem() -> Path:
    """Key and certificate in one file, the form in which Trino reads them."""
    return paths.stack() / "tls" / "server.pem"


def ensure(hosts: Iterable[str]) -> Path:
    """Makes what is missing, so that servers can prove to be any of `hosts`; returns the authority's certificate.

    The authority stays the same when hosts are added: clients need not be told. Nothing here ends before the year 3000.
    """
    wanted = {"127.0.0.1", "localhost", *hosts}
    with process.locked("certificates"):
        present = _names()
        if not (ca().exists() and pem().exists()) or not wanted <= present:
            wanted |= present
            leaf = _authority().issue_cert(*sorted(wanted))
            chain = "".join(blob.bytes().decode() for blob in leaf.cert_chain_pems)
            private = leaf.private_key_pem.bytes().decode()
            process.write_private(certificate(), chain)
            process.write_private(key(), private)
            process.write_private(pem(), private + chain)  # last: it says that the others are there
    return ca()


def _authority() -> "trustme.CA":
    import trustme

    secret = paths.stack() / "tls" / "ca.key"
    if ca().exists():
        return trustme.CA.from_pem(ca().read_bytes(), secret.read_bytes())
    authority = trustme.CA(organization_name="datamesh local stack")
    process.write_private(secret, authority.private_key_pem.bytes().decode())
    fresh = ca().with_suffix(".new")
    fresh.write_bytes(authority.cert_pem.bytes())
    fresh.chmod(0o644)
    fresh.replace(ca())
    return authority


def _names() -> set[str]:
    if not certificate().exists():
        return set()
    from cryptography import x509

    loaded = x509.load_pem_x509_certificate(certificate().read_bytes())
    names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = names.get_values_for_type(x509.IPAddress)
    return {*names.get_values_for_type(x509.DNSName), *map(str, addresses)}
