"""HTTPS in a house without a public name: an authority of the desk's own, and a certificate for this machine's addresses.

Browsers give a microphone to pages that came by HTTPS alone.  The authority can be installed on a phone once; without it
the browser warns, once.  Limits on certificates: CA/Browser Forum Baseline Requirements 6.3.2; Apple, "Requirements for
trusted certificates in iOS 13 and macOS 10.15" (support.apple.com/en-us/103769).
"""

import ipaddress
import logging
import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.errors import FolderUnusable

FOLDER: Final = "tls"
AUTHORITY_DAYS: Final = 3650
CERTIFICATE_DAYS: Final = 397  # browsers take no longer ones
RENEW_DAYS: Final = 30  # before its end
CLOCK_MARGIN: Final = timedelta(days=1)  # phones with a slow clock
OWNER_ONLY: Final = 0o600
_ANYWHERE: Final = ("192.0.2.1", 9)  # TEST-NET-1 (RFC 5737): nothing is sent, only the way out is looked up

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """What uvicorn and phones are given; PEM files."""

    certificate: Path  # with its authority behind it
    key: Path
    authority: Path


def local_tls(folder: Path, names: Iterable[str], now: datetime) -> TlsFiles:
    """Return the files for a desk's folder, made or renewed where needed: other names, or near the end.

    Raises FolderUnusable.
    """
    place = folder / FOLDER
    found = TlsFiles(certificate=place / "desk.pem", key=place / "desk.key", authority=place / "authority.pem")
    wanted = frozenset(names)
    try:
        place.mkdir(parents=True, exist_ok=True)
        authority, authority_key = _authority(found.authority, place / "authority.key", now)
        if not _serves(found, authority, wanted, now):
            _make(found, authority, authority_key, wanted, now)
    except OSError as error:
        raise FolderUnusable(f"folder {place} cannot be used: {error.strerror or error}") from error
    return found


def names_of_this_machine() -> tuple[str, ...]:
    """Return names and addresses by which others in the house reach this machine, the likeliest address first."""
    host = socket.gethostname()
    found = dict.fromkeys((*_way_out(), *_addresses(host)))
    return (*found, host, f"{host.removesuffix('.local')}.local", "localhost", "127.0.0.1", "::1")


def _way_out() -> Iterable[str]:
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ANYWHERE)
        yield str(probe.getsockname()[0])


def _addresses(host: str) -> Iterable[str]:
    with suppress(OSError):
        for *_, where in socket.getaddrinfo(host, None, socket.AF_INET):
            if not ipaddress.ip_address(where[0]).is_loopback:
                yield str(where[0])


def _authority(path: Path, key_path: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    with suppress(OSError, ValueError):
        found, key = x509.load_pem_x509_certificate(path.read_bytes()), _read_key(key_path)
        if found.not_valid_after_utc > now + timedelta(days=CERTIFICATE_DAYS) and _is_of(found, key):
            return found, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named(f"Koemado {socket.gethostname()[:40]}")
    made = (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_path, key)
    _write(path, made.public_bytes(serialization.Encoding.PEM))
    return made, key


def _make(
    found: TlsFiles,
    authority: x509.Certificate,
    signer: ec.EllipticCurvePrivateKey,
    names: frozenset[str],
    now: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        _builder(_named("Koemado desk"), authority.subject, key, now, CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in sorted(names)]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write_key(found.key, key)
    chain = made.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(serialization.Encoding.PEM)
    _write(found.certificate, chain)


def _serves(found: TlsFiles, authority: x509.Certificate, names: frozenset[str], now: datetime) -> bool:
    """Whether the certificate there is still good."""
    try:
        made = x509.load_pem_x509_certificates(found.certificate.read_bytes())[0]
        key = _read_key(found.key)
        made.verify_directly_issued_by(authority)
        alternatives = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except FileNotFoundError:
        return False
    except Exception as error:  # damaged, of another authority, whatever the library makes of it: another one is made
        log.warning("the certificate in %s cannot be used (%s)", found.certificate.parent, type(error).__name__)
        return False
    named = {str(one.value) for one in alternatives}
    return names <= named and _is_of(made, key) and made.not_valid_after_utc > now + timedelta(days=RENEW_DAYS)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_MARGIN)
        .not_valid_after(now - CLOCK_MARGIN + timedelta(days=days))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, content_commitment=False, encipher_only=False,
        decipher_only=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
    )  # fmt: skip


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _is_of(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bool:
    return certificate.public_key() == key.public_key()


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not a key of ours")
    return key


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(path, text, OWNER_ONLY)


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put the whole file in place at once."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
