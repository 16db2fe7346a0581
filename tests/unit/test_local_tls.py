"""The keys and certificates of the local `tls` package, read back."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from local.providers.package import RefusedError, Resource
from local.providers.tls import Tls
from local.providers.values import Properties


def made(kind: str, inputs: Properties) -> Properties:
    token = f"tls:index/{kind[0].lower()}{kind[1:]}:{kind}"
    return Tls().create(Resource(f"urn:pulumi:local::datamesh::{token}::x", inputs=inputs)).outputs


@pytest.mark.parametrize("algorithm", [{"algorithm": "RSA"}, {"algorithm": "ECDSA", "ecdsaCurve": "P256"}])
def test_a_key_is_the_same_in_every_spelling(algorithm: Properties) -> None:
    key = made("PrivateKey", algorithm)
    for spelling in ("privateKeyPem", "privateKeyPemPkcs8"):
        public = load_pem_private_key(key[spelling].encode(), None).public_key()
        assert public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode() == key["publicKeyPem"]


def test_a_certificate_is_signed_by_its_authority_and_names_the_server() -> None:
    authority_key = made("PrivateKey", {"algorithm": "ECDSA", "ecdsaCurve": "P256"})["privateKeyPem"]
    authority = made(
        "SelfSignedCert",
        {
            "privateKeyPem": authority_key,
            "isCaCertificate": True,
            "subject": {"commonName": "authority"},
            "allowedUses": ["cert_signing"],
            "validityPeriodHours": 2,
        },
    )["certPem"]
    key = made("PrivateKey", {"algorithm": "RSA"})["privateKeyPem"]
    names = {"dnsNames": ["localhost"], "ipAddresses": ["127.0.0.1", "::1"]}
    request = made("CertRequest", {"privateKeyPem": key, "subject": {"commonName": "server"}, **names})[
        "certRequestPem"
    ]
    signed = made(
        "LocallySignedCert",
        {
            "certRequestPem": request,
            "caPrivateKeyPem": authority_key,
            "caCertPem": authority,
            "allowedUses": ["server_auth"],
            "validityPeriodHours": 1,
        },
    )["certPem"]
    certificate, issuer = (x509.load_pem_x509_certificate(pem.encode()) for pem in (signed, authority))
    certificate.verify_directly_issued_by(issuer)
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert found.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in found.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_wrong_key_is_refused_without_showing_it() -> None:
    with pytest.raises(RefusedError) as refusal:
        made("CertRequest", {"privateKeyPem": "-----BEGIN nonsense"})
    assert "nonsense" not in str(refusal.value)


@pytest.mark.parametrize("inputs", [{"algorithm": "ED25519"}, {"algorithm": "ECDSA", "ecdsaCurve": "P224"}])
def test_a_key_of_another_kind_is_refused(inputs: Properties) -> None:
    with pytest.raises(RefusedError, match=r"not \(.*yet"):
        made("PrivateKey", inputs)


@pytest.mark.parametrize(
    "changes", [{"allowedUses": ["code_signing"]}, {"subject": {"commonName": "x", "organization": "y"}}]
)
def test_what_a_certificate_would_not_say_is_refused(changes: Properties) -> None:
    key = made("PrivateKey", {"algorithm": "ECDSA", "ecdsaCurve": "P256"})["privateKeyPem"]
    known = {"privateKeyPem": key, "subject": {"commonName": "x"}, "validityPeriodHours": 1, "allowedUses": []}
    with pytest.raises(RefusedError, match="does not know"):
        made("SelfSignedCert", known | changes)
