"""The certificate authority of this stack, and the certificate of its servers."""

from collections.abc import Iterable
from pathlib import Path

from local import paths
from local.servers import process


def ca() -> Path:
    """The authority's certificate, for clients to verify servers with."""
    return paths.stack() / "tls" / "ca.pem"


def key() -> Path:
    """The servers' private key, readable by the owner alone."""
    return paths.stack() / "tls" / "server.key"


def pem() -> Path:
    """The servers' key and certificate in one file."""
    return paths.stack() / "tls" / "server.pem"


def ensure(hosts: Iterable[str]) -> Path:
    """Makes what is missing, so that servers can prove to be any of `hosts`; returns the authority's certificate.

    Added hosts do not change the authority, so clients need no change. Nothing here ends before the year 3000.
    """
    wanted = {paths.HOST, "localhost", *hosts}
    with process.locked("certificates"):
        if file := _damaged():
            raise process.ServerError(f"{file} is damaged or gone: type `make up`, which makes certificates anew.")
        present = _names()
        if ca().exists() and wanted <= present:
            return ca()
        import trustme  # takes a while, and is rarely needed

        secret = _authority_key()
        if ca().exists():
            authority = trustme.CA.from_pem(ca().read_bytes(), secret.read_bytes())
        else:
            authority = trustme.CA(organization_name="datamesh local stack")
            process.write_private(secret, authority.private_key_pem.bytes())
            process.write_private(ca(), authority.cert_pem.bytes())
            ca().chmod(0o644)
        leaf = authority.issue_cert(*sorted(wanted | present))
        process.write_private(key(), leaf.private_key_pem.bytes())
        # last: it says that the key is there
        process.write_private(pem(), b"".join(part.bytes() for part in (leaf.private_key_pem, *leaf.cert_chain_pems)))
    return ca()


def mend() -> bool:
    """Removes certificates and keys that are damaged, so that `ensure` makes others; whether there were any."""
    with process.locked("certificates"):
        if not (file := _damaged()):
            return False
        for each in (pem(), key()) if file in (pem(), key()) else (pem(), key(), _authority_key(), ca()):
            each.unlink(missing_ok=True)
    return True


def _damaged() -> Path | None:
    """A file that does not hold what it should, or is missing beside its other half; the authority's first."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    for certificate, private in ((ca(), _authority_key()), (pem(), key())):
        if not certificate.exists():
            continue  # `ensure` was not there yet, or was killed: the certificate comes last
        for file in (certificate, private):
            try:
                text = file.read_bytes()
                x509.load_pem_x509_certificate(text) if file == certificate else load_pem_private_key(text, None)
            except (OSError, ValueError):
                return file
    return ca() if pem().exists() and not ca().exists() else None


def _authority_key() -> Path:
    return paths.stack() / "tls" / "ca.key"


def _names() -> set[str]:
    if not pem().exists():
        return set()
    from cryptography import x509

    loaded = x509.load_pem_x509_certificate(pem().read_bytes())
    names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = names.get_values_for_type(x509.IPAddress)
    return {*names.get_values_for_type(x509.DNSName), *map(str, addresses)}
