"""The package `tls` of the local stack: keys and certificates that are really made, and kept in Pulumi's state."""

import datetime
import hashlib
import ipaddress
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.providers.package import Made, RefusedError, Resource, Values
from local.providers.values import Properties

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_USES = {
    "digital_signature": "digital_signature",
    "key_encipherment": "key_encipherment",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
}
_NO_USES = ("content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")


class Tls(Values):
    """Private keys, requests and certificates."""

    name = "tls"
    arguments: ClassVar = {
        "PrivateKey": {"algorithm", "rsaBits", "ecdsaCurve"},
        "CertRequest": {"privateKeyPem", "subject", "dnsNames", "ipAddresses"},
        "SelfSignedCert": {"privateKeyPem", "subject", "isCaCertificate", "validityPeriodHours", "allowedUses"},
        "LocallySignedCert": {"certRequestPem", "caPrivateKeyPem", "caCertPem", "validityPeriodHours", "allowedUses"},
    }
    place = "local/providers/tls.py"

    def create(self, resource: Resource) -> Made:
        inputs = resource.inputs
        match resource.kind:
            case "PrivateKey":
                return _private_key(inputs)
            case "CertRequest":
                key = _key(inputs, "privateKeyPem")
                names = [
                    *(x509.DNSName(name) for name in inputs.get("dnsNames") or []),
                    *(x509.IPAddress(ipaddress.ip_address(address)) for address in inputs.get("ipAddresses") or []),
                ]
                request = x509.CertificateSigningRequestBuilder().subject_name(_subject(inputs))
                if names:
                    request = request.add_extension(x509.SubjectAlternativeName(names), critical=False)
                return _made("certRequestPem", request.sign(key, hashes.SHA256()), {})
            case "SelfSignedCert":
                key, subject = _key(inputs, "privateKeyPem"), _subject(inputs)
                return _certificate(inputs, subject, subject, key, key)
            case _:
                authority = x509.load_pem_x509_certificate(inputs["caCertPem"].encode())
                request = x509.load_pem_x509_csr(inputs["certRequestPem"].encode())
                return _certificate(
                    inputs, request.subject, authority.subject, request, _key(inputs, "caPrivateKeyPem")
                )


def _private_key(inputs: Properties) -> Made:
    match inputs["algorithm"], inputs.get("ecdsaCurve"):
        case "RSA", _:
            key: Key = rsa.generate_private_key(public_exponent=65537, key_size=inputs.get("rsaBits") or 2048)
        case "ECDSA", "P256":
            key = ec.generate_private_key(ec.SECP256R1())
        case other:
            raise RefusedError(
                f"The local stack makes RSA and ECDSA P256, not {other} yet: it belongs into {Tls.place}."
            )
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    forms = {"privateKeyPem": PrivateFormat.TraditionalOpenSSL, "privateKeyPemPkcs8": PrivateFormat.PKCS8}
    private = {name: key.private_bytes(Encoding.PEM, form, NoEncryption()).decode() for name, form in forms.items()}
    return Made(hashlib.sha1(public, usedforsecurity=False).hexdigest(), private | {"publicKeyPem": public.decode()})


def _certificate(
    inputs: Properties, subject: x509.Name, issuer: x509.Name, owner: Key | x509.CertificateSigningRequest, key: Key
) -> Made:
    public: Any = owner.public_key()
    start = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    end = start + datetime.timedelta(hours=inputs["validityPeriodHours"])
    authority = bool(inputs.get("isCaCertificate"))
    uses = set(inputs["allowedUses"])
    if unknown := uses - _USES.keys() - {"server_auth"}:
        raise RefusedError(f"allowedUses: the local stack does not know {sorted(unknown)} yet: see {Tls.place}.")
    flags = {name: use in uses for use, name in _USES.items()} | dict.fromkeys(_NO_USES, False)
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(authority, None), True),
        (x509.KeyUsage(**flags), True),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False),
    ]
    if "server_auth" in uses:
        extensions.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False))
    if authority:
        extensions.append((x509.SubjectKeyIdentifier.from_public_key(public), False))
    if isinstance(owner, x509.CertificateSigningRequest):
        requested = (each.value for each in owner.extensions)
        extensions += [(names, False) for names in requested if isinstance(names, x509.SubjectAlternativeName)]
    builder = x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number(), start, end)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    validity = {"validityStartTime": start.isoformat(), "validityEndTime": end.isoformat(), "readyForRenewal": False}
    return _made("certPem", builder.sign(key, hashes.SHA256()), validity)


def _made(name: str, signed: x509.Certificate | x509.CertificateSigningRequest, results: Properties) -> Made:
    pem = signed.public_bytes(Encoding.PEM).decode()
    return Made(hashlib.sha256(pem.encode()).hexdigest(), {name: pem} | results)


def _subject(inputs: Properties) -> x509.Name:
    subject = inputs.get("subject") or {}
    if unknown := subject.keys() - {"commonName"}:
        raise RefusedError(f"subject: the local stack does not know {sorted(unknown)} yet: see {Tls.place}.")
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in subject.values()])


def _key(inputs: Properties, argument: str) -> Key:
    try:
        key = serialization.load_pem_private_key((inputs.get(argument) or "").encode(), None)
    except ValueError as error:
        raise RefusedError(f"{argument} is no private key in PEM form.") from error
    if not isinstance(key, Key):
        raise RefusedError(f"{argument}: there are RSA and ECDSA.")
    return key


PACKAGE = Tls
