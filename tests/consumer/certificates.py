"""A certificate for the names of nodes, and the authority that a client trusts for it.

It is valid from 2000 to 2099: OpenSSL goes by the machine's clock, whatever time a test lets Python believe.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LAST: Final = datetime(2099, 12, 31, tzinfo=UTC)
PLAIN: Final = serialization.NoEncryption()
SIGNING: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class Certificate:
    """Files in PEM: what the server shows, its key, and what a client trusts."""

    chain: Path
    key: Path
    authority: Path


def certificate(folder: Path, names: list[str], first: datetime = FIRST, last: datetime = LAST) -> Certificate:
    """A certificate for names, which may begin with `*.` as those of ElastiCache do."""
    authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer, authority_key = (
        _name("stand-in for Amazon"),
        x509.SubjectKeyIdentifier.from_public_key(authority.public_key()),
    )
    root = (
        _begun(issuer, issuer, authority.public_key(), FIRST, LAST)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(SIGNING, critical=True)
        .add_extension(authority_key, critical=False)
        .sign(authority, hashes.SHA256())
    )
    leaf = (
        _begun(_name("stand-in for ElastiCache"), issuer, own.public_key(), first, last)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_key), critical=False)
        .sign(authority, hashes.SHA256())
    )
    made = Certificate(folder / "node.pem", folder / "node.key", folder / "authority.pem")
    made.chain.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    made.authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, PLAIN))
    return made


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, first: datetime, last: datetime
) -> x509.CertificateBuilder:
    begun = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    return begun.serial_number(x509.random_serial_number()).not_valid_before(first).not_valid_after(last)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
