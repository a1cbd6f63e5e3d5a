"""A certificate authority of one's own: what it certifies, and the files that it keeps."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from bridge.certificates import Certificates, usual_certificates
from bridge.errors import SetupError


@pytest.fixture(scope="module")
def certificates() -> Iterator[Certificates]:
    with Certificates.temporary() as certificates:
        yield certificates


def greet(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> x509.Certificate:
    """Let a client that takes the server for a host shake hands with it; return the certificate that it was shown."""

    def accept() -> None:
        with suppress(OSError), listener.accept()[0] as raw, server.wrap_socket(raw, server_side=True) as secured:
            secured.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            with (
                socket.create_connection(listener.getsockname(), timeout=5) as raw,
                client.wrap_socket(raw, server_hostname=host) as secured,
            ):
                shown = secured.getpeercert(binary_form=True)
        finally:
            accepting.join(5)
    assert shown is not None
    return x509.load_der_x509_certificate(shown)


def trusting(ca_file: Path) -> ssl.SSLContext:
    """Return a client's context that is as strict as Python 3.13's."""
    context = ssl.create_default_context(cafile=ca_file)
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def write_authority(folder: Path, ends: datetime) -> None:
    """Put a certificate that ends then in the place of the folder's."""
    key = load_pem_private_key((folder / "ca-key.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an old one")])
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=1)
        .not_valid_before(ends - timedelta(days=400))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))


# What it certifies.


@pytest.mark.parametrize(
    ("named", "host"),
    [
        ("gateway.example.test", "gateway.example.test"),
        ("Gateway.Example.test.", "gateway.example.test"),
        ("*.example.test", "open.example.test"),
        ("localhost", "localhost"),
        ("xn--bcher-kva.example", "bücher.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        (f"{'a' * 63}.{'b' * 63}.test", f"{'a' * 63}.{'b' * 63}.test"),
    ],
)
def test_a_strict_client_takes_the_server_for_the_host_that_was_named(
    certificates: Certificates, named: str, host: str
) -> None:
    greet(certificates.server(["other.example.test", named]), trusting(certificates.ca_file), host)


@pytest.mark.parametrize("host", ["example.test", "a.gateway.example.test", "127.0.0.2"])
def test_a_client_takes_the_server_for_no_other_host(certificates: Certificates, host: str) -> None:
    server = certificates.server(["gateway.example.test", "127.0.0.1"])
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(server, trusting(certificates.ca_file), host)


def test_a_client_that_does_not_trust_the_authority_refuses_the_server(certificates: Certificates) -> None:
    with pytest.raises(ssl.SSLCertVerificationError), Certificates.temporary() as others:
        greet(certificates.server(["localhost"]), trusting(others.ca_file), "localhost")


def test_a_certificate_is_valid_already_and_for_no_longer_than_systems_accept(certificates: Certificates) -> None:
    shown = greet(certificates.server(["localhost"]), trusting(certificates.ca_file), "localhost")
    authority = x509.load_pem_x509_certificate(certificates.ca_file.read_bytes())
    for certificate in (shown, authority):
        assert certificate.not_valid_before_utc <= datetime.now(UTC) - timedelta(minutes=9)
        lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
        assert timedelta(days=700) < lifetime <= timedelta(days=825)
    assert shown.not_valid_after_utc <= authority.not_valid_after_utc


def test_no_version_of_tls_before_1_2_is_spoken(certificates: Certificates) -> None:
    assert certificates.server(["localhost"]).minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    "host",
    [
        *("", ".", "*", "a b", "a..b", "a.*.b", "-a.test", "1.2.3.4/8", "bücher.example"),
        *("https://gateway.example.test", "gateway.example.test:443"),
        *(f"{'a' * 64}.test", ".".join(["a" * 60] * 5)),
    ],
)
def test_what_is_no_host_gets_no_certificate(certificates: Certificates, host: str) -> None:
    with pytest.raises(SetupError, match="a certificate is for a name such as gateway") as refused:
        certificates.server([host])
    assert repr(host) in str(refused.value)


def test_a_certificate_is_for_one_host_at_least(certificates: Certificates) -> None:
    with pytest.raises(SetupError, match="name it"):
        certificates.server([])


# Its files.


def test_it_keeps_its_key_to_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    certificates = Certificates.load(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["ca-key.pem", "ca.pem"]
    assert certificates.ca_file == folder / "ca.pem"
    modes = [path.stat().st_mode & 0o777 for path in (folder, folder / "ca-key.pem", folder / "ca.pem")]
    assert modes == [0o700, 0o600, 0o644]


def test_it_is_the_same_the_next_time(tmp_path: Path) -> None:
    ca_file = Certificates.load(tmp_path).ca_file
    before = ca_file.read_bytes()
    again = Certificates.load(tmp_path)
    assert ca_file.read_bytes() == before
    greet(again.server(["localhost"]), trusting(ca_file), "localhost")


def test_it_is_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    Certificates.load(tmp_path)
    tmp_path.chmod(0o500)
    Certificates.load(tmp_path).server(["localhost"])
    tmp_path.chmod(0o700)


def test_those_who_make_it_at_the_same_time_make_one(tmp_path: Path) -> None:
    at_once = threading.Barrier(8)

    def load(_: int) -> Certificates:
        at_once.wait(5)
        return Certificates.load(tmp_path)

    with ThreadPoolExecutor(8) as threads:
        loaded = list(threads.map(load, range(8)))
    assert sorted(os.listdir(tmp_path)) == ["ca-key.pem", "ca.pem"]
    for certificates in loaded:
        greet(certificates.server(["localhost"]), trusting(tmp_path / "ca.pem"), "localhost")


@pytest.mark.parametrize("left", [timedelta(days=-1), timedelta(days=1)])
def test_an_authority_that_ends_is_renewed_with_its_key(tmp_path: Path, left: timedelta) -> None:
    before = Certificates.load(tmp_path).server(["localhost"])
    write_authority(tmp_path, datetime.now(UTC) + left)
    renewed = Certificates.load(tmp_path)
    for server in (before, renewed.server(["localhost"])):
        greet(server, trusting(renewed.ca_file), "localhost")


def test_no_certificate_outlives_its_authority(tmp_path: Path) -> None:
    Certificates.load(tmp_path)
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=60)
    write_authority(tmp_path, ends)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    shown = greet(Certificates.load(tmp_path).server(["localhost"]), client, "localhost")
    assert shown.not_valid_after_utc == ends


def test_a_temporary_one_leaves_nothing_behind() -> None:
    with Certificates.temporary() as certificates:
        folder = certificates.ca_file.parent
        assert folder.exists()
    assert not folder.exists()


PASSWORDLESS = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("ca-key.pem", b"no key", r"ca-key.pem holds no private key without a password; delete it"),
        (
            "ca-key.pem",
            ed25519.Ed25519PrivateKey.generate().private_bytes(*PASSWORDLESS),
            r"ca-key.pem holds a key that is not of an elliptic curve; delete it",
        ),
        (
            "ca-key.pem",
            ec.generate_private_key(ec.SECP256R1()).private_bytes(*PASSWORDLESS),
            r"ca.pem is not the certificate of .*ca-key.pem; delete both",
        ),
        ("ca.pem", b"no certificate", r"ca.pem holds no certificate; delete it"),
    ],
)
def test_files_of_something_else_are_refused_and_left_alone(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    Certificates.load(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SetupError, match=problem):
        Certificates.load(tmp_path)
    assert (tmp_path / name).read_bytes() == content


def test_a_place_where_no_files_can_be_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match=r"cannot keep certificates in .*file: .*; make it a folder to write to"):
        Certificates.load(tmp_path / "file")


def test_a_bundle_is_trusted_beside_what_is_trusted_anyway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "usual").mkdir()
    usual = Certificates.load(tmp_path / "usual").ca_file
    monkeypatch.setenv("SSL_CERT_FILE", str(usual))
    certificates = Certificates.load(tmp_path)
    for _ in range(2):
        bundle = certificates.bundle()
        assert bundle.read_bytes() == usual.read_bytes() + b"\n" + certificates.ca_file.read_bytes()
    assert ssl.create_default_context(cafile=str(bundle)).cert_store_stats()["x509_ca"] == 2


def test_where_no_file_is_trusted_by_default_those_of_a_folder_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with Certificates.temporary() as usual:
        (tmp_path / "0123abcd.0").write_bytes(usual.ca_file.read_bytes())
        (tmp_path / "unhashed.pem").write_text("not taken")
        # As a certificate that was removed leaves it.
        (tmp_path / "89abcdef.0").symlink_to(tmp_path / "gone.pem")
        assert usual_certificates().strip() == usual.ca_file.read_bytes().strip()
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    assert usual_certificates() == b""
