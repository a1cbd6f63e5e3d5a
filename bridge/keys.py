"""The RSA keys with which a merchant's back end and the wallet sign to each other, and where they are kept.

As PEM files of a folder, which other programs read, too:

    merchant-private.pem    with this the back end signs its requests
    merchant-public.pem     with this the wallet checks them
    wallet-private.pem      with this the wallet signs its answers
    wallet-public.pem       with this the back end checks them

Whoever has keys already puts them there before the first start: of the merchant's, the public one is enough.
"""

from __future__ import annotations

import base64
import os
import re
import textwrap
import threading
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from tempfile import mkstemp

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from bridge.errors import SetupError

__all__ = ["Keys", "PrivateKey", "PublicKey"]

BITS = 2048
"""What the platforms ask for."""

_making = threading.Lock()


class PublicKey:
    """What checks signatures.

    Args:
        key: It.
    """

    def __init__(self, key: RSAPublicKey) -> None:
        self._key = key

    @classmethod
    def read(cls, text: str, *, name: str = "the public key") -> PublicKey:
        """Read a key as PEM, or as a platform's console shows it: the base64 of one, in a line or several.

        Raises:
            SetupError: It is none. The message begins with `name`.
        """
        if "PRIVATE KEY-----" in text:
            raise SetupError(f"{name} is a private key, and the public one belongs there")
        try:
            key = serialization.load_pem_public_key(_pem(text, "PUBLIC KEY"))
        except (ValueError, UnsupportedAlgorithm) as problem:
            raise SetupError(f"{name} is no public key in PEM or base64: {_briefly(problem)}") from problem
        if not isinstance(key, RSAPublicKey):
            raise SetupError(f"{name} is not an RSA key: the platforms sign with SHA256withRSA")
        return cls(key)

    def verifies(self, signature: bytes, content: bytes) -> bool:
        """Tell whether a signature is that of a content: SHA256withRSA, PKCS #1 v1.5."""
        try:
            self._key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    @property
    def pem(self) -> str:
        """The key as a PEM file."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def base64(self) -> str:
        """The key in one line, as consoles show it and SDKs take it."""
        return _base64(self._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


class PrivateKey:
    """What signs.

    Args:
        key: It.
    """

    def __init__(self, key: RSAPrivateKey) -> None:
        self._key = key

    @classmethod
    def make(cls) -> PrivateKey:
        """Make a new key."""
        return cls(generate_private_key(public_exponent=65537, key_size=BITS))

    @classmethod
    def read(cls, text: str, *, name: str = "the private key") -> PrivateKey:
        """Read a key as PEM, or in base64, as PKCS #8 or PKCS #1.

        Raises:
            SetupError: It is none, or has a password. The message begins with `name`.
        """
        if "PUBLIC KEY-----" in text:
            raise SetupError(f"{name} is a public key, and the private one belongs there")
        try:
            key = _load_private(text)
        except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
            raise SetupError(f"{name} is no private key in PEM or base64: {_briefly(problem)}") from problem
        if not isinstance(key, RSAPrivateKey):
            raise SetupError(f"{name} is not an RSA key: the platforms sign with SHA256withRSA")
        private = cls(key)
        if not private.public.verifies(private.sign(b""), b""):
            raise SetupError(f"{name} is broken: what it signs is not what its public key checks")
        return private

    def sign(self, content: bytes) -> bytes:
        """Return the signature of a content: SHA256withRSA, PKCS #1 v1.5."""
        return self._key.sign(content, padding.PKCS1v15(), hashes.SHA256())

    @cached_property
    def public(self) -> PublicKey:
        """The key that checks what this one signs."""
        return PublicKey(self._key.public_key())

    @property
    def pem(self) -> str:
        """The key as a PEM file, in PKCS #8."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def pkcs1(self) -> str:
        """The base64 of the key in one line, in PKCS #1: what the SDKs for Python, PHP and Node.js take."""
        return _base64(self._key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()))

    @property
    def pkcs8(self) -> str:
        """The base64 of the key in one line, in PKCS #8: what the SDKs for Java and .NET take."""
        return _base64(self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


class Keys:
    """The keys of both sides.

    Args:
        wallet: With which the wallet signs.
        merchant: With which the merchant does, or the public part of it, where nothing more is known.
    """

    def __init__(self, wallet: PrivateKey, merchant: PrivateKey | PublicKey) -> None:
        self.wallet = wallet
        self.merchant = merchant

    @classmethod
    def of_process(cls) -> Keys:
        """Return keys that this process has made, the same each time, since it takes a while."""
        # The cache alone would let each of several threads that come first make its own.
        with _making:
            return cls._of_process()

    @classmethod
    @cache
    def _of_process(cls) -> Keys:
        return cls(PrivateKey.make(), PrivateKey.make())

    @classmethod
    def load(cls, folder: str | Path) -> Keys:
        """Read the keys from a folder; make there what is missing.

        Raises:
            SetupError: It cannot be read or written, or what is in it are no such keys.
        """
        folder = Path(folder)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls(_private(folder, "wallet"), _public(folder, "merchant") or _private(folder, "merchant"))
        except OSError as problem:
            raise SetupError(f"cannot keep keys in {folder}: {problem.strerror}; name another with --keys") from problem

    @property
    def merchant_public(self) -> PublicKey:
        """What the merchant's signatures are checked with."""
        return self.merchant.public if isinstance(self.merchant, PrivateKey) else self.merchant


def _files(folder: Path, owner: str) -> tuple[Path, Path]:
    return folder / f"{owner}-private.pem", folder / f"{owner}-public.pem"


def _is_public_alone(folder: Path, owner: str) -> bool:
    private, public = _files(folder, owner)
    # In this order, since another process that makes both now writes the private one first.
    return public.exists() and not private.exists()


def _public(folder: Path, owner: str) -> PublicKey | None:
    """Return the public key of one who has put only that into the folder, or None."""
    _, public = _files(folder, owner)
    return PublicKey.read(_text(public), name=str(public)) if _is_public_alone(folder, owner) else None


def _private(folder: Path, owner: str) -> PrivateKey:
    """Return a private key, which is made where there is none, with its public one beside it."""
    private, public = _files(folder, owner)
    if _is_public_alone(folder, owner):
        raise SetupError(f"{public} is there without {private.name}, with which the {owner} signs: add or remove it")
    if not private.exists():
        _write(private, PrivateKey.make().pem, mode=0o600)
    key = PrivateKey.read(_text(private), name=str(private))
    if not public.exists():
        _write(public, key.public.pem, mode=0o644)
    elif PublicKey.read(_text(public), name=str(public)).base64 != key.public.base64:
        raise SetupError(f"{public} does not belong to {private.name}: remove the one that is wrong")
    return key


def _write(path: Path, text: str, *, mode: int) -> None:
    """Write a file, which is there wholly or not at all. One that another process has written meanwhile stays."""
    descriptor, draft = mkstemp(dir=path.parent)
    try:
        with open(descriptor, "w") as file:
            file.write(text)
        os.chmod(draft, mode)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)


def _text(path: Path) -> str:
    return path.read_text("utf-8-sig", "replace")


def _load_private(text: str) -> object:
    if "-----BEGIN" in text:
        return _load_pem(_pem(text, ""))
    try:
        return _load_pem(_pem(text, "PRIVATE KEY"))
    except ValueError:
        return _load_pem(_pem(text, "RSA PRIVATE KEY"))


def _load_pem(pem: bytes) -> object:
    # The library's own look at RSA keys takes longer than everything else at a start; `read` tries them instead.
    return serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)


def _pem(text: str, label: str) -> bytes:
    """Return a key as PEM, whichever way it was written."""
    if "-----BEGIN" in text:
        return text.strip().encode(errors="replace")
    if not text.strip():
        raise ValueError("it is empty")
    body = re.sub(r"\s", "", text)
    try:
        base64.b64decode(body, validate=True)
    except ValueError as problem:
        raise ValueError(f"it is not base64: {problem}") from problem
    lines = "\n".join(textwrap.wrap(body, 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _briefly(problem: Exception) -> str:
    """Return the first sentence of what the library says; what follows is of use to its authors."""
    return re.split(r"\.\s|\n", str(problem.args[0]))[0]
