"""The keys with which merchant and wallet sign: how they are read, where they are kept, what they sign."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import subprocess
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bridge.errors import SetupError
from bridge.keys import Keys, PrivateKey, PublicKey

NAMES = ["merchant-private.pem", "merchant-public.pem", "wallet-private.pem", "wallet-public.pem"]

# Made once, by other means than ours.
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = PrivateKey(rsa.generate_private_key(public_exponent=65537, key_size=2048))
EC = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()

PKCS1, PKCS8, SPKI = PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8, PublicFormat.SubjectPublicKeyInfo

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def private(key: Key, format: PrivateFormat, encoding: Encoding = Encoding.PEM, *, password: bytes = b"") -> str:
    locked = BestAvailableEncryption(password) if password else NoEncryption()
    return text(key.private_bytes(encoding, format, locked), encoding)


def public(key: Key, format: PublicFormat, encoding: Encoding = Encoding.PEM) -> str:
    return text(key.public_key().public_bytes(encoding, format), encoding)


def text(data: bytes, encoding: Encoding) -> str:
    return base64.b64encode(data).decode() if encoding is Encoding.DER else data.decode()


def in_lines(line: str) -> str:
    return "\n".join(textwrap.wrap(line, 64)) + "\n"


def with_spaces(line: str) -> str:
    return f"\t {line[:100]} \r\n\r\n  {line[100:]}\n"


# Reading.


@pytest.mark.parametrize("format", [PKCS1, PKCS8])
@pytest.mark.parametrize("written", [str, in_lines, with_spaces])
def test_a_private_key_is_read_in_base64(format: PrivateFormat, written: Callable[[str], str]) -> None:
    key = PrivateKey.read(written(private(RSA, format, Encoding.DER)))
    assert key.pem == private(RSA, PKCS8)


@pytest.mark.parametrize("written", [str, in_lines, with_spaces])
def test_a_public_key_is_read_in_base64(written: Callable[[str], str]) -> None:
    key = PublicKey.read(written(public(RSA, SPKI, Encoding.DER)))
    assert key.pem == public(RSA, SPKI)


@pytest.mark.parametrize("format", [PKCS1, PKCS8])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_private_key_is_read_as_pem(format: PrivateFormat, newline: str) -> None:
    pem = private(RSA, format)
    assert PrivateKey.read(f"\n  {pem}\n".replace("\n", newline)).pem == private(RSA, PKCS8)


@pytest.mark.parametrize("format", [SPKI, PublicFormat.PKCS1])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_public_key_is_read_as_pem(format: PublicFormat, newline: str) -> None:
    pem = public(RSA, format)
    assert PublicKey.read(f"\n  {pem}\n".replace("\n", newline)).pem == public(RSA, SPKI)


def test_a_key_is_written_in_each_way_in_which_others_take_it() -> None:
    key = PrivateKey(RSA)
    assert key.pem == private(RSA, PKCS8)
    assert key.pkcs1 == private(RSA, PKCS1, Encoding.DER)
    assert key.pkcs8 == private(RSA, PKCS8, Encoding.DER)
    assert key.public.pem == public(RSA, SPKI)
    assert key.public.base64 == public(RSA, SPKI, Encoding.DER)
    for line in (key.pkcs1, key.pkcs8, key.public.base64):
        assert len(line.split()) == 1


def test_what_is_written_is_read_again() -> None:
    key = PrivateKey.make()
    assert {PrivateKey.read(text).pem for text in (key.pem, key.pkcs1, key.pkcs8)} == {key.pem}
    assert {PublicKey.read(text).pem for text in (key.public.pem, key.public.base64)} == {key.public.pem}


def test_a_new_key_is_as_long_as_the_platforms_ask_for() -> None:
    key = PrivateKey.make()
    assert len(key.sign(b"")) == 2048 // 8
    assert key.pem != PrivateKey.make().pem


# The rest is in the words of the library, which differ from version to version.
NO_KEY = ""


def is_one_sentence(text: str) -> bool:
    return len(text) < 200 and not any(part in text for part in (". ", "\n", "[<", "('"))


GARBAGE = "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("", "it is empty"),
        (" \n", NO_KEY),
        ("aGVsbG8=", NO_KEY),
        (GARBAGE, NO_KEY),
        ("-----BEGIN PRIVATE KEY-----", NO_KEY),
        (private(RSA, PKCS8)[:300], NO_KEY),
        (private(RSA, PKCS8, Encoding.DER)[:400], NO_KEY),
        (public(RSA, SPKI, Encoding.DER), NO_KEY),
        (private(RSA, PKCS8, Encoding.DER, password=b"secret"), NO_KEY),
        (private(RSA, PKCS8, password=b"secret"), "Password was not given but private key is encrypted"),
        (private(RSA, PKCS1, password=b"secret"), "Password was not given but private key is encrypted"),
        ("key.pem", "it is not base64: Only base64 data is allowed"),
        ("aGVsbG8", "it is not base64: Incorrect padding"),
        ("密钥", "it is not base64: string argument should contain only ASCII characters"),
        ("-----BEGIN \ud800", NO_KEY),
    ],
)
def test_what_is_no_private_key_is_refused_in_one_sentence(given: str, problem: str) -> None:
    with pytest.raises(SetupError) as refused:
        PrivateKey.read(given)
    assert str(refused.value).startswith(f"the private key is no private key in PEM or base64: {problem}")
    assert is_one_sentence(str(refused.value))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("", "it is empty"),
        ("aGVsbG8=", NO_KEY),
        (public(RSA, SPKI, Encoding.DER)[:200], NO_KEY),
        (private(RSA, PKCS8, Encoding.DER), NO_KEY),
        (public(RSA, PublicFormat.OpenSSH, Encoding.OpenSSH), "it is not base64: Only base64 data is allowed"),
        (public(RSA, SPKI, Encoding.DER) + "A", "it is not base64: "),
        ("密钥", "it is not base64: string argument should contain only ASCII characters"),
    ],
)
def test_what_is_no_public_key_is_refused_in_one_sentence(given: str, problem: str) -> None:
    with pytest.raises(SetupError) as refused:
        PublicKey.read(given)
    assert str(refused.value).startswith(f"the public key is no public key in PEM or base64: {problem}")
    assert is_one_sentence(str(refused.value))


@pytest.mark.parametrize("key", [EC, ED25519])
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_key_of_another_kind_is_refused(key: Key, encoding: Encoding) -> None:
    with pytest.raises(SetupError, match=r"^the private key is not an RSA key: the platforms sign with SHA256withRSA$"):
        PrivateKey.read(private(key, PKCS8, encoding))
    with pytest.raises(SetupError, match=r"^the public key is not an RSA key: the platforms sign with SHA256withRSA$"):
        PublicKey.read(public(key, SPKI, encoding))


def test_a_key_that_is_wrong_is_named_as_the_caller_says() -> None:
    with pytest.raises(SetupError, match=r"^merchants\.pem is no private key"):
        PrivateKey.read("", name="merchants.pem")
    with pytest.raises(SetupError, match=r"^public_key of the client 'a' is not an RSA key"):
        PublicKey.read(public(EC, SPKI), name="public_key of the client 'a'")


def test_a_private_and_a_public_key_that_are_mixed_up_are_told_so() -> None:
    with pytest.raises(SetupError, match=r"^the public key is a private key, and the public one belongs there$"):
        PublicKey.read(private(RSA, PKCS8))
    with pytest.raises(SetupError, match=r"^the private key is a public key, and the private one belongs there$"):
        PrivateKey.read(public(RSA, SPKI))


def test_a_key_whose_parts_do_not_belong_together_is_refused() -> None:
    numbers = RSA.private_numbers()
    parts = {name: getattr(numbers, name) for name in ("p", "q", "dmq1", "iqmp")}
    # Of only one that is wrong, OpenSSL makes up with the others.
    wrong = rsa.RSAPrivateNumbers(
        **parts, d=numbers.d + 2, dmp1=numbers.dmp1 + 2, public_numbers=numbers.public_numbers
    )
    broken = wrong.private_key(unsafe_skip_rsa_key_validation=True)
    with pytest.raises(
        SetupError, match=r"^the private key is broken: what it signs is not what its public key checks$"
    ):
        PrivateKey.read(private(broken, PKCS8))


# Signing.


def test_a_signature_is_that_of_one_content_with_one_key() -> None:
    key = PrivateKey(RSA)
    signature = key.sign(b"content")
    assert key.public.verifies(signature, b"content")
    assert PublicKey.read(public(RSA, SPKI)).verifies(signature, b"content")
    assert not key.public.verifies(signature, b"Content")
    assert not OTHER.public.verifies(signature, b"content")
    for wrong in (b"", signature[:-1], signature + b"\0", bytes(256), signature[:-1] + bytes([signature[-1] ^ 1])):
        assert not key.public.verifies(wrong, b"content")


def test_a_content_has_one_signature() -> None:
    assert PrivateKey(RSA).sign(b"content") == PrivateKey.read(private(RSA, PKCS1)).sign(b"content")


def test_signatures_are_sha256_with_rsa_in_pkcs1() -> None:
    content = "内容".encode() * 1000
    RSA.public_key().verify(PrivateKey(RSA).sign(content), content, padding.PKCS1v15(), hashes.SHA256())
    check = PrivateKey(RSA).public.verifies
    assert check(RSA.sign(content, padding.PKCS1v15(), hashes.SHA256()), content)
    assert not check(RSA.sign(content, padding.PKCS1v15(), hashes.SHA1()), content)
    assert not check(RSA.sign(content, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()), content)
    with pytest.raises(InvalidSignature):
        RSA.public_key().verify(OTHER.sign(content), content, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_signs_and_checks_the_same(tmp_path: Path) -> None:
    def openssl(*arguments: str | Path, given: bytes = b"") -> bytes:
        return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout

    keys = Keys.load(tmp_path)
    assert isinstance(keys.merchant, PrivateKey)
    content = tmp_path / "content"
    content.write_bytes("内容".encode() * 1000)

    signed = openssl("dgst", "-sha256", "-sign", tmp_path / "merchant-private.pem", content)
    assert signed == keys.merchant.sign(content.read_bytes())
    assert keys.merchant_public.verifies(signed, content.read_bytes())

    signature = tmp_path / "signature"
    signature.write_bytes(keys.wallet.sign(content.read_bytes()))
    public = tmp_path / "wallet-public.pem"
    assert openssl("dgst", "-sha256", "-verify", public, "-signature", signature, content) == b"Verified OK\n"

    made = openssl("genrsa", "2048")
    own = PrivateKey.read(made.decode())
    assert PrivateKey.read(base64.b64encode(openssl("rsa", "-traditional", "-outform", "DER", given=made)).decode())
    assert own.public.pem == openssl("rsa", "-pubout", given=made).decode()
    der = openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", given=made)
    assert own.pkcs8 == base64.b64encode(der).decode()
    with pytest.raises(SetupError, match="Password was not given"):
        PrivateKey.read(openssl("rsa", "-aes256", "-passout", "pass:secret", given=made).decode())


# Keeping.


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def test_what_is_missing_is_made_and_is_the_same_the_next_time(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "folder"
    keys = Keys.load(folder)
    assert isinstance(keys.merchant, PrivateKey)
    assert contents(folder) == dict(
        zip(NAMES, [keys.merchant.pem, keys.merchant.public.pem, keys.wallet.pem, keys.wallet.public.pem], strict=True)
    )
    assert keys.merchant_public is keys.merchant.public
    assert keys.wallet.pem != keys.merchant.pem

    before = contents(folder)
    again = Keys.load(str(folder))
    assert isinstance(again.merchant, PrivateKey)
    assert (again.wallet.pem, again.merchant.pem) == (keys.wallet.pem, keys.merchant.pem)
    assert contents(folder) == before


def test_private_keys_are_for_their_owner_alone_and_public_ones_for_all(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        Keys.load(tmp_path / "keys")
    finally:
        os.umask(mask)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == dict(zip(NAMES, [0o600, 0o644, 0o600, 0o644], strict=True))
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "pem", [private(RSA, PKCS1), private(RSA, PKCS8, Encoding.DER), "\ufeff" + private(RSA, PKCS8)]
)
def test_keys_that_are_there_already_are_taken(tmp_path: Path, pem: str) -> None:
    for name in ("merchant-private.pem", "wallet-private.pem"):
        (tmp_path / name).write_text(pem, "utf-8")
    keys = Keys.load(tmp_path)
    assert isinstance(keys.merchant, PrivateKey)
    assert keys.merchant.pem == keys.wallet.pem == private(RSA, PKCS8)
    # They stay as they were written, and the public ones are put beside them.
    assert contents(tmp_path) == dict(zip(NAMES, [pem, public(RSA, SPKI)] * 2, strict=True))


@pytest.mark.parametrize(
    "pem", [public(RSA, SPKI), public(RSA, SPKI, Encoding.DER), "\ufeff" + public(RSA, SPKI, Encoding.DER)]
)
def test_of_the_merchant_the_public_key_is_enough(tmp_path: Path, pem: str) -> None:
    (tmp_path / "merchant-public.pem").write_text(pem, "utf-8")
    for _ in range(2):
        keys = Keys.load(tmp_path)
        assert isinstance(keys.merchant, PublicKey)
        assert keys.merchant_public is keys.merchant
        assert keys.merchant_public.verifies(PrivateKey(RSA).sign(b"content"), b"content")
        assert sorted(contents(tmp_path)) == NAMES[1:]


def test_of_the_wallet_the_public_key_is_not_enough(tmp_path: Path) -> None:
    alone = tmp_path / "wallet-public.pem"
    alone.write_text(public(RSA, SPKI))
    with pytest.raises(SetupError) as refused:
        Keys.load(tmp_path)
    problem = f"{alone} is there without wallet-private.pem, with which the wallet signs: add or remove it"
    assert str(refused.value) == problem
    assert contents(tmp_path) == {"wallet-public.pem": public(RSA, SPKI)}


@pytest.mark.parametrize("owner", ["merchant", "wallet"])
def test_keys_that_do_not_belong_together_are_refused(tmp_path: Path, owner: str) -> None:
    Keys.load(tmp_path)
    wrong = tmp_path / f"{owner}-public.pem"
    wrong.write_text(OTHER.public.pem)
    before = contents(tmp_path)
    with pytest.raises(SetupError) as refused:
        Keys.load(tmp_path)
    assert str(refused.value) == f"{wrong} does not belong to {owner}-private.pem: remove the one that is wrong"
    assert contents(tmp_path) == before


def test_keys_belong_together_however_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "wallet-private.pem").write_text(private(RSA, PKCS1, Encoding.DER))
    (tmp_path / "wallet-public.pem").write_text(public(RSA, PublicFormat.PKCS1))
    assert Keys.load(tmp_path).wallet.public.pem == public(RSA, SPKI)


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("merchant-private.pem", "secret", "is no private key in PEM or base64: it is not base64: "),
        ("wallet-private.pem", private(EC, PKCS8), "is not an RSA key: the platforms sign with SHA256withRSA"),
        ("merchant-public.pem", "", f"is no public key in PEM or base64: {NO_KEY}"),
        ("wallet-private.pem", private(RSA, PKCS8, password=b"x"), "is no private key in PEM or base64: Password"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path: Path, name: str, given: str, problem: str) -> None:
    (tmp_path / name).write_text(given)
    with pytest.raises(SetupError) as refused:
        Keys.load(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path / name} {problem}")


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "wallet-private.pem").write_bytes(b"-----BEGIN \xff\xfe\0")
    with pytest.raises(SetupError, match=f"^{tmp_path / 'wallet-private.pem'} is no private key in PEM or base64: "):
        Keys.load(tmp_path)


def test_where_no_keys_can_be_kept_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, problem in [(tmp_path / "file", "File exists"), (tmp_path / "file" / "keys", "Not a directory")]:
        with pytest.raises(SetupError) as refused:
            Keys.load(folder)
        assert str(refused.value) == f"cannot keep keys in {folder}: {problem}; name another with --keys"


def test_a_folder_in_place_of_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "merchant-private.pem").mkdir()
    with pytest.raises(SetupError, match=f"^cannot keep keys in {tmp_path}: Is a directory; name another with --keys$"):
        Keys.load(tmp_path)


def test_where_nothing_can_be_written_is_refused(tmp_path: Path) -> None:
    # As root, who may write everywhere else, too.
    folder = Path("/proc/self") if os.geteuid() == 0 else tmp_path
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SetupError, match=f"^cannot keep keys in {folder}: "):
            Keys.load(folder)
    finally:
        tmp_path.chmod(0o700)


# Several at once.


def at_once(act: Callable[[], Keys]) -> list[Keys]:
    start = threading.Barrier(6)

    def run() -> Keys:
        start.wait()
        return act()

    with ThreadPoolExecutor(6) as threads:
        return [run.result() for run in [threads.submit(run) for _ in range(6)]]


def test_all_who_find_no_keys_at_once_have_the_same(tmp_path: Path) -> None:
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        loaded = at_once(partial(Keys.load, folder))
        assert len({(keys.wallet.pem, keys.merchant_public.pem) for keys in loaded}) == 1
        assert sorted(contents(folder)) == NAMES


def test_the_keys_of_a_process_are_the_same_each_time() -> None:
    keys = Keys.of_process()
    assert isinstance(keys.merchant, PrivateKey)
    assert keys.wallet.pem != keys.merchant.pem
    assert Keys.of_process() is keys


def test_the_keys_of_a_process_are_the_same_for_all_who_come_first() -> None:
    class Own(Keys):
        """Of which nobody has asked for the keys yet."""

    assert len({id(keys) for keys in at_once(Own.of_process)}) == 1
