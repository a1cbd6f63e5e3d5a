"""A certificate authority of one's own, so that clients which insist on HTTPS can be served from this machine.

It is for tests: whoever has its key can pass for any host before those who trust it.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bridge.errors import SetupError

__all__ = ["Certificates", "read_if_possible", "usual_certificates"]

VALID_DAYS = 820
"""For how long at most: Apple's systems accept no certificate of a server for more than 825."""

RENEW_DAYS = 30
"""How long before its end an authority is renewed, so that no server starts with one that is about to end."""

CLOCK_SKEW = timedelta(minutes=10)
"""By how much a client's clock may be behind."""

AUTHORITY = "mybridge test authority"

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$)(\*\.)?{_LABEL}(\.{_LABEL})*", re.IGNORECASE)


class Certificates:
    """A certificate authority, and what it certifies: from `load` or `temporary`.

    Its files may be shared by processes that start at the same time: a key is never replaced, so what one of them
    certifies holds for whoever trusts the `ca_file` of another.
    """

    def __init__(self, ca_file: Path, authority: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.ca_file = ca_file
        """The authority's certificate, in PEM: what clients are to trust."""
        self._authority = authority
        self._key = key

    @classmethod
    def load(cls, folder: Path) -> Certificates:
        """Read the authority of a folder: ca.pem and ca-key.pem. Both are made where there are none.

        An authority whose time is over is renewed, with its key; clients then have to be given the new ca.pem.

        Raises:
            SetupError: They cannot be read or written, or are something else.
        """
        ca_file, key_file = folder / "ca.pem", folder / "ca-key.pem"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not key_file.exists():
                _write_key(key_file)
            key = _read_key(key_file)
            authority = _read_authority(ca_file, key) if ca_file.exists() else None
            if authority is None:
                authority = _authority(key)
                _write_authority(ca_file, authority)
        except OSError as error:
            problem = f"cannot keep certificates in {folder}: {error.strerror or error}"
            raise SetupError(f"{problem}; make it a folder to write to, or name another with MYBRIDGE_HOME") from error
        return cls(ca_file, authority, key)

    def bundle(self) -> Path:
        """Write one file of what Python trusts by default and of this authority; return it.

        For the variable SSL_CERT_FILE, which is instead of the default.
        """
        bundle = self.ca_file.with_name("bundle.pem")
        with _staged(bundle, b"\n".join([usual_certificates(), self.ca_file.read_bytes()])) as staged:
            staged.replace(bundle)
        return bundle

    @classmethod
    @contextmanager
    def temporary(cls) -> Iterator[Certificates]:
        """Make an authority that exists, with its files, while the block runs."""
        with tempfile.TemporaryDirectory(prefix="mybridge-") as folder:
            yield cls.load(Path(folder))

    def server(self, hosts: Iterable[str]) -> ssl.SSLContext:
        """Return what a server needs to be any of some hosts, with a key made for it.

        Args:
            hosts: Names such as "gateway.example.test" or "*.example.test", and addresses such as "127.0.0.1".

        Raises:
            SetupError: One of them is no host, or there is none.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certify(key.public_key(), [_alternative_name(host) for host in hosts])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # The ssl module reads keys from files only.
        with tempfile.TemporaryDirectory(prefix="mybridge-") as folder:
            chain = Path(folder, "server.pem")
            chain.write_bytes(_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))
            context.load_cert_chain(chain)
        return context

    def _certify(self, key: ec.EllipticCurvePublicKey, names: list[x509.GeneralName]) -> x509.Certificate:
        if not names:
            raise SetupError("a certificate is for one host at least; name it, such as gateway.example.test")
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        return (
            _builder("mybridge server", key, self._key, until=self._authority.not_valid_after_utc)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(digital_signature=True), critical=True)
            .add_extension(usages, critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return (
        _builder(AUTHORITY, key.public_key(), key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _builder(
    subject: str, key: ec.EllipticCurvePublicKey, issuer_key: ec.EllipticCurvePrivateKey, until: datetime | None = None
) -> x509.CertificateBuilder:
    """Begin a certificate of the authority's, valid until its longest, or until the authority itself ends."""
    start = datetime.now(UTC) - CLOCK_SKEW
    end = start + timedelta(days=VALID_DAYS)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(AUTHORITY))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(min(end, until or end))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_name(host: str) -> x509.GeneralName:
    """Return a host as certificates name it.

    Raises:
        SetupError: It is none.
    """
    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
    name = host.removesuffix(".").lower()
    if not _NAME.fullmatch(name):
        example = "a name such as gateway.example.test (in ASCII, as xn--..., if it is not), or an IP address"
        raise SetupError(f"a certificate is for {example}, not {host!r}")
    return x509.DNSName(name)


def _read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Read the key of the authority.

    Raises:
        SetupError: It is none of ours.
    """
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise SetupError(f"{file} holds no private key without a password; delete it to have one made") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SetupError(f"{file} holds a key that is not of an elliptic curve; delete it to have one made")
    return key


def _read_authority(file: Path, key: ec.EllipticCurvePrivateKey) -> x509.Certificate | None:
    """Read the certificate of the authority; return None if its time is over, or about to be.

    Raises:
        SetupError: It is none of ours.
    """
    try:
        authority = x509.load_pem_x509_certificate(file.read_bytes())
    except ValueError as error:
        raise SetupError(f"{file} holds no certificate; delete it to have one made") from error
    if authority.public_key() != key.public_key():
        raise SetupError(f"{file} is not the certificate of {file.with_name('ca-key.pem')}; delete both")
    soon = datetime.now(UTC) + timedelta(days=RENEW_DAYS)
    return authority if soon < authority.not_valid_after_utc else None


def _write_key(file: Path) -> None:
    with _staged(file, _pem(ec.generate_private_key(ec.SECP256R1()))) as staged, suppress(FileExistsError):
        # Of several processes that find no key, one makes it.
        os.link(staged, file)


def _write_authority(file: Path, authority: x509.Certificate) -> None:
    with _staged(file, authority.public_bytes(serialization.Encoding.PEM)) as staged:
        # Everybody may read it, also where it is copied to.
        staged.chmod(0o644)
        staged.replace(file)


@contextmanager
def _staged(file: Path, content: bytes) -> Iterator[Path]:
    """Write a file beside its place, so that it is never seen half written, for its owner's eyes only."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".") as folder:
        staged = Path(folder, file.name)
        staged.touch(mode=0o600)
        staged.write_bytes(content)
        yield staged


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def usual_certificates() -> bytes:
    """Return what Python's default contexts trust: those of a file, or else of the files in a folder."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile is not None:
        return read_if_possible(paths.cafile)
    # OpenSSL takes only those of its folder that are named by a hash.
    files = sorted(Path(paths.capath).glob("*.[0-9]")) if paths.capath is not None else []
    return b"\n".join(map(read_if_possible, files))


def read_if_possible(file: str | Path) -> bytes:
    """Return what is in a file, or nothing, as OpenSSL goes without what it cannot read."""
    try:
        return Path(file).read_bytes()
    except OSError:
        return b""
