"""Trino's server certificate, and the certificate authority that clients trust."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_tls as tls
from pulumi import Output, ResourceOptions

_TEN_YEARS = 10 * 365 * 24


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """The names and addresses at which clients reach the server."""

    dns_names: Sequence[str]
    ip_addresses: Sequence[str] = ()


class Certificate(pulumi.ComponentResource):
    """A server certificate signed by the stack's certificate authority."""

    authority: Output[str]
    """PEM text of the authority's certificate: what clients verify against."""
    server: Output[str]
    """PEM text of the server's key and certificate together; a secret."""

    def __init__(self, name: str, args: CertificateArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:k8s:Certificate", name, None, opts)
        child = ResourceOptions(parent=self)

        authority_key = tls.PrivateKey(f"{name}-authority", algorithm="ECDSA", ecdsa_curve="P256", opts=child)
        authority = tls.SelfSignedCert(
            f"{name}-authority",
            private_key_pem=authority_key.private_key_pem,
            subject={"common_name": "Authority of the data mesh"},
            is_ca_certificate=True,
            validity_period_hours=_TEN_YEARS,
            allowed_uses=["cert_signing", "crl_signing"],
            opts=child,
        )
        key = tls.PrivateKey(f"{name}-server", algorithm="RSA", rsa_bits=2048, opts=child)
        request = tls.CertRequest(
            f"{name}-server",
            private_key_pem=key.private_key_pem,
            subject={"common_name": args.dns_names[0]},
            dns_names=list(args.dns_names),
            ip_addresses=list(args.ip_addresses),
            opts=child,
        )
        certificate = tls.LocallySignedCert(
            f"{name}-server",
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=authority_key.private_key_pem,
            ca_cert_pem=authority.cert_pem,
            validity_period_hours=_TEN_YEARS,
            allowed_uses=["digital_signature", "key_encipherment", "server_auth"],
            opts=child,
        )

        self.authority = authority.cert_pem
        self.server = Output.secret(Output.concat(key.private_key_pem_pkcs8, certificate.cert_pem))
        self.register_outputs({"authority": self.authority})
