"""The mailer before a loopback server of SMTP (RFC 5321), with STARTTLS (RFC 3207) and AUTH PLAIN (RFC 4954)."""

from __future__ import annotations

import asyncio
import base64
import smtplib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from auth.mail import Mail, SmtpMailer
from auth.settings import AuthSettings
from tests.postgres import TestDatabase

from .harness import Running, settings_of

USER, PASSWORD = "postman", "of-the-mail-server"
MAIL = Mail("ann@example.com", "123456 is your code", "Your code: 123456\n")


class Authority:
    """An authority of its own, and a server's certificate by it."""

    def __init__(self, folder: Path, host: str = "localhost") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        root = self._certificate(self._key, self._name, x509.BasicConstraints(ca=True, path_length=None))
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        leaf = self._certificate(key, name, x509.SubjectAlternativeName([x509.DNSName(host)]))
        chain, private = folder / "server.pem", folder / "server.key"
        chain.write_bytes(leaf.public_bytes(Encoding.PEM))
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.load_cert_chain(chain, private)
        self.client = ssl.create_default_context(cadata=root.public_bytes(Encoding.PEM).decode())

    def _certificate(
        self, key: ec.EllipticCurvePrivateKey, name: x509.Name, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        issuer = self._key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(extension, critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
            .sign(self._key, hashes.SHA256())
        )


@dataclass
class PostOffice:
    """A server of the kind that providers have. `tls` None: it has none. `is_silent`: it takes connections, no more."""

    tls: ssl.SSLContext | None
    is_silent: bool = False
    plain: list[str] = field(default_factory=list)
    encrypted: list[str] = field(default_factory=list)
    mails: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    port: int = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = self.plain
        try:
            if self.is_silent:
                await reader.read()
                return
            writer.write(b"220 localhost\r\n")
            while line := (await reader.readline()).decode().strip():
                said.append(line)
                writer.write(self._answer(line, is_encrypted=said is self.encrypted))
                if line == "STARTTLS" and self.tls is not None:
                    await writer.start_tls(self.tls)
                    said = self.encrypted
                elif command(line) == "DATA":
                    self.mails.append(message_from_bytes((await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")))
                    writer.write(b"250 kept\r\n")
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client refused the certificate, or went away
        finally:
            writer.close()

    def _answer(self, line: str, *, is_encrypted: bool) -> bytes:
        match command(line):
            case "EHLO":
                return (
                    b"250-localhost\r\n250 "
                    + (b"STARTTLS" if self.tls and not is_encrypted else b"AUTH PLAIN")
                    + b"\r\n"
                )
            case "STARTTLS":
                return b"220 go on\r\n" if self.tls else b"502 no\r\n"
            case "AUTH":
                right = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
                return b"235 welcome\r\n" if line == f"AUTH PLAIN {right}" else b"535 who?\r\n"
            case "RCPT":
                self.recipients.append(line.partition(":")[2])
            case "DATA":
                return b"354 go on\r\n"
            case "QUIT":
                return b"221 bye\r\n"
        return b"250 yes\r\n"


def command(line: str) -> str:
    return line.partition(" ")[0].upper()


@asynccontextmanager
async def office(tls: ssl.SSLContext | None, *, is_silent: bool = False) -> AsyncIterator[PostOffice]:
    made = PostOffice(tls, is_silent)
    # `localhost`: a loopback address by name, which the mailer takes for another machine.
    server = await asyncio.start_server(made._serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def settings(empty_database: TestDatabase) -> AuthSettings:
    return settings_of(empty_database, mail_host="localhost", mail_user=USER, smtp_password=PASSWORD)


def mailer(settings: AuthSettings, at: PostOffice, client: ssl.SSLContext | None, **rest: Any) -> SmtpMailer:
    return SmtpMailer(settings.model_copy(update={"mail_port": at.port}), authorities=client, **rest)


async def test_a_mail_goes_out_encrypted_and_logged_in(settings: AuthSettings, authority: Authority) -> None:
    async with office(authority.server) as there:
        await mailer(settings, there, authority.client).send(MAIL)
    (mail,) = there.mails
    assert (mail["To"], mail["Subject"]) == ("ann@example.com", "123456 is your code")
    assert (mail["From"], mail.get_payload()) == ("hello@example.com", "Your code: 123456\r\n")
    assert there.recipients == ["<ann@example.com>"]
    assert [command(line) for line in there.plain] == ["EHLO", "STARTTLS"], "nothing else in plain"
    assert any(line.startswith("AUTH PLAIN") for line in there.encrypted)


@pytest.mark.parametrize("host", ["localhost", "mail.example.com"], ids=["of another authority", "of another host"])
async def test_a_wrong_certificate_is_shown_no_password(
    settings: AuthSettings, authority: Authority, tmp_path: Path, host: str
) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", host)
    believed = authority.client if host == "localhost" else other.client
    async with office(other.server) as there:
        with pytest.raises(ssl.SSLCertVerificationError):
            await mailer(settings, there, believed).send(MAIL)
    assert (there.encrypted, there.mails) == ([], [])


async def test_without_authorities_of_ones_own_those_of_the_system_count(
    settings: AuthSettings, authority: Authority
) -> None:
    async with office(authority.server) as there:
        with pytest.raises(ssl.SSLCertVerificationError):
            await mailer(settings, there, None).send(MAIL)


async def test_a_server_that_offers_no_encryption_gets_neither_password_nor_mail(
    settings: AuthSettings, authority: Authority
) -> None:
    async with office(None) as there:
        with pytest.raises(smtplib.SMTPNotSupportedError):
            await mailer(settings, there, authority.client).send(MAIL)
    assert set(map(command, there.plain)) <= {"EHLO", "QUIT"}


async def test_a_wrong_password_is_a_mail_that_waits(settings: AuthSettings, authority: Authority) -> None:
    wrong = settings.model_copy(update={"smtp_password": SecretStr("another")})
    async with office(authority.server) as there:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            await mailer(wrong, there, authority.client).send(MAIL)
    assert there.mails == []


async def test_a_server_that_does_not_answer_is_given_up(settings: AuthSettings, authority: Authority) -> None:
    async with office(authority.server, is_silent=True) as there:
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            await mailer(settings, there, authority.client, timeout_s=0.05).send(MAIL)


@pytest.mark.parametrize(
    "mail",
    [
        Mail("ann@example.com\r\nBcc: eve@example.com", "Hello", "Hello\n"),
        Mail("ann@example.com\nBcc: eve@example.com", "Hello", "Hello\n"),
        Mail("ann@example.com", "You were added to Acme\r\nBcc: eve@example.com", "Hello\n"),
        Mail("ann@example.com", "You were added to Acme\rBcc: eve@example.com", "Hello\n"),
    ],
)
async def test_a_header_is_smuggled_in_by_no_address_and_no_name(
    settings: AuthSettings, authority: Authority, mail: Mail
) -> None:
    """As an error of this one mail, which waits in the outbox: the request that would send it goes on."""
    async with office(authority.server) as there:
        with pytest.raises(OSError, match="malformed"):
            await mailer(settings, there, authority.client).send(mail)
    assert (there.plain, there.mails) == ([], [])


async def test_no_workspace_has_a_name_that_would_smuggle_a_header_in(auth: Running) -> None:
    account = (await auth.sign_in("ann@example.com")).account_id
    name = "Acme\r\nBcc: eve@example.com"
    asked = {"operationId": "operation-1", "accountId": account, "name": name, "urlKey": "acme"}
    answer = await auth.region().ask("createWorkspace", **asked)
    assert (answer["__typename"], answer["field"]) == ("Invalid", "name")
