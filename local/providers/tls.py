"""The package `tls` of the local stack: keys and certificates that are really made, and kept in Pulumi's state."""

import base64
import datetime
import hashlib
import ipaddress
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.providers.changes import top
from local.providers.package import Made, Package, RefusedError, Resource
from local.providers.values import Properties

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

_CURVES = {"P224": ec.SECP224R1, "P256": ec.SECP256R1, "P384": ec.SECP384R1, "P521": ec.SECP521R1}
_NAMES = {
    "commonName": NameOID.COMMON_NAME,
    "country": NameOID.COUNTRY_NAME,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "locality": NameOID.LOCALITY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "postalCode": NameOID.POSTAL_CODE,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
}
_USES = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
}
_PURPOSES = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
}


class Tls(Package):
    """Private keys, requests and certificates; any change makes another one, as in the real package."""

    name = "tls"

    def replaces(self, resource: Resource, new: Properties, path: str) -> bool:
        return top(path) != "earlyRenewalHours"

    def create(self, resource: Resource) -> Made:
        inputs = resource.inputs
        match resource.type.rpartition(":")[2]:
            case "PrivateKey":
                results = private_key(inputs)
                return Made(hashlib.sha1(results["publicKeyPem"].encode(), usedforsecurity=False).hexdigest(), results)
            case "CertRequest":
                key = _key(inputs, "privateKeyPem")
                request = x509.CertificateSigningRequestBuilder().subject_name(_subject(inputs))
                if names := _alternatives(inputs):
                    request = request.add_extension(x509.SubjectAlternativeName(names), critical=False)
                pem = request.sign(key, _hash(key)).public_bytes(Encoding.PEM).decode()
                return Made(_digest(pem), {"certRequestPem": pem, "keyAlgorithm": _algorithm(key)})
            case "SelfSignedCert":
                key, subject = _key(inputs, "privateKeyPem"), _subject(inputs)
                results = _certificate(inputs, subject, subject, key, _alternatives(inputs), key)
                return Made(_digest(results["certPem"]), results | {"keyAlgorithm": _algorithm(key)})
            case "LocallySignedCert":
                key = _key(inputs, "caPrivateKeyPem")
                authority = x509.load_pem_x509_certificate(inputs["caCertPem"].encode())
                request = x509.load_pem_x509_csr(inputs["certRequestPem"].encode())
                results = _certificate(inputs, request.subject, authority.subject, request, _requested(request), key)
                return Made(_digest(results["certPem"]), results | {"caKeyAlgorithm": _algorithm(key)})
        raise RefusedError(f"The local stack does not make {resource.type} yet: see local/providers/tls.py.")


def private_key(inputs: Properties) -> Properties:
    """A new key in all its spellings."""
    match inputs["algorithm"]:
        case "RSA":
            key: Key = rsa.generate_private_key(public_exponent=65537, key_size=inputs.get("rsaBits") or 2048)
        case "ECDSA":
            key = ec.generate_private_key(_CURVES[inputs.get("ecdsaCurve") or "P224"]())
        case "ED25519":
            key = ed25519.Ed25519PrivateKey.generate()
        case other:
            raise RefusedError(f"algorithm {other!r}: there are RSA, ECDSA and ED25519.")
    pkcs8 = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    modern = isinstance(key, ed25519.Ed25519PrivateKey)
    traditional = pkcs8 if modern else key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key()
    openssh = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    blob = base64.b64decode(openssh.split()[1])
    md5 = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return {
        "privateKeyPem": traditional if isinstance(traditional, str) else traditional.decode(),
        "privateKeyPemPkcs8": pkcs8,
        "privateKeyOpenssh": key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode(),
        "publicKeyPem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "publicKeyOpenssh": f"{openssh.decode()}\n",
        "publicKeyFingerprintMd5": ":".join(md5[index : index + 2] for index in range(0, 32, 2)),
        "publicKeyFingerprintSha256": "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("="),
    }


def _certificate(
    inputs: Properties,
    subject: x509.Name,
    issuer: x509.Name,
    owner: Key | x509.CertificateSigningRequest,
    names: list[x509.GeneralName],
    key: Key,
) -> Properties:
    public: Any = owner.public_key()
    start = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    end = start + datetime.timedelta(hours=inputs["validityPeriodHours"])
    uses = inputs["allowedUses"]
    authority = bool(inputs.get("isCaCertificate"))
    builder = (
        x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number(), start, end)
        .add_extension(x509.BasicConstraints(authority, inputs.get("maxPathLength") if authority else None), True)
        .add_extension(_key_usage(uses), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    if purposes := [_PURPOSES[use] for use in uses if use in _PURPOSES]:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if authority or inputs.get("setSubjectKeyId"):
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return {
        "certPem": builder.sign(key, _hash(key)).public_bytes(Encoding.PEM).decode(),
        "validityStartTime": start.isoformat(),
        "validityEndTime": end.isoformat(),
        "readyForRenewal": False,
    }


def _key_usage(uses: list[str]) -> x509.KeyUsage:
    wanted = {_USES[use] for use in uses if use in _USES}
    flags = {name: name in wanted for name in _USES.values()}
    return x509.KeyUsage(**flags, encipher_only=False, decipher_only=False)


def _subject(inputs: Properties) -> x509.Name:
    given = inputs.get("subject") or {}
    return x509.Name([x509.NameAttribute(_NAMES[name], given[name]) for name in _NAMES if given.get(name)])


def _alternatives(inputs: Properties) -> list[x509.GeneralName]:
    return [
        *(x509.DNSName(name) for name in inputs.get("dnsNames") or []),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in inputs.get("ipAddresses") or []),
        *(x509.UniformResourceIdentifier(uri) for uri in inputs.get("uris") or []),
    ]


def _requested(request: x509.CertificateSigningRequest) -> list[x509.GeneralName]:
    return [
        name
        for extension in request.extensions
        if isinstance(extension.value, x509.SubjectAlternativeName)
        for name in extension.value
    ]


def _key(inputs: Properties, argument: str) -> Key:
    try:
        key = load_pem_private_key((inputs.get(argument) or "").encode(), None)
    except ValueError as error:
        raise RefusedError(f"{argument} is no private key in PEM form.") from error
    if not isinstance(key, Key):
        raise RefusedError(f"{argument}: there are RSA, ECDSA and ED25519.")
    return key


def _hash(key: Key) -> hashes.SHA256 | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _algorithm(key: Key) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


PACKAGE = Tls
