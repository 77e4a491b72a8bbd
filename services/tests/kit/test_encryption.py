"""A password, or the token in its place, is shown to the instance's own server alone."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.database import Database
from kit.settings import DatabaseSettings
from tests.loopback import serving
from tests.postgres import Server, TestDatabase

# SSLRequest: https://www.postgresql.org/docs/18/protocol-message-formats.html
SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


class Authority:
    """Signs a server's certificate, which names no host, as Cloud SQL's."""

    def __init__(self, folder: Path, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.pem = self._certificate(self._name, self._key, ca=True).public_bytes(Encoding.PEM).decode()
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "project:instance")])
        chain, private = folder / f"{name}.pem", folder / f"{name}.key"
        chain.write_bytes(self._certificate(subject, key, ca=False).public_bytes(Encoding.PEM))
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.load_cert_chain(chain, private)

    def _certificate(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)
        identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        )
        if ca:
            made = made.add_extension(identifier, critical=False)
        return made.sign(self._key, hashes.SHA256())


@asynccontextmanager
async def in_front_of(database: TestDatabase, context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """The port of what ends TLS in front of the server, whose wheel knows none; None: it says that it has none."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readexactly(8) == SSL_REQUEST
            writer.write(b"S" if context else b"N")
            if context is None:
                return
            await writer.start_tls(context)
            socket = database.server.sockets / ".s.PGSQL.5432"
            there, to_there = await asyncio.open_unix_connection(str(socket))
            tasks.add(asyncio.create_task(pump(there, writer)))
            await pump(reader, to_there)
        except (ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(65536):
                target.write(piece)
                await target.drain()
        except (ssl.SSLError, ConnectionError):
            pass
        finally:
            target.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*tasks)


def settings(database: TestDatabase, port: int, certificates: str, **more: object) -> DatabaseSettings:
    return database.settings(
        "encrypted", database_host="127.0.0.1", database_port=port, database_ca_certificates=certificates, **more
    )


async def test_the_instances_own_server_is_talked_to(
    server: Server, empty_database: TestDatabase, tmp_path: Path
) -> None:
    await server.login("encrypted")
    ours = Authority(tmp_path, "ours")
    async with in_front_of(empty_database, ours.server) as port:
        database = await Database.open(settings(empty_database, port, ours.pem))
        assert await database.ready()
        await database.close()


async def test_a_server_of_another_authority_is_shown_nothing(
    server: Server, empty_database: TestDatabase, tmp_path: Path
) -> None:
    await server.login("encrypted")
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    async with in_front_of(empty_database, other.server) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            await Database.open(settings(empty_database, port, ours.pem))


async def test_a_server_that_does_not_encrypt_is_shown_nothing(
    server: Server, empty_database: TestDatabase, tmp_path: Path
) -> None:
    await server.login("encrypted")
    async with in_front_of(empty_database, None) as port:
        with pytest.raises(ConnectionError):
            await Database.open(settings(empty_database, port, Authority(tmp_path, "ours").pem))


async def test_a_login_by_password_is_encrypted_and_nobody_asks_whose_certificate_it_is(
    server: Server, empty_database: TestDatabase, tmp_path: Path
) -> None:
    """The migration's, which is told no certificates. `localhost` is a loopback address by name: another machine's."""
    await server.login("encrypted")
    async with in_front_of(empty_database, Authority(tmp_path, "anybody").server) as port:
        database = await Database.open(
            empty_database.settings("encrypted", database_host="localhost", database_port=port)
        )
        assert await database.ready()
        await database.close()
    async with in_front_of(empty_database, None) as port:
        with pytest.raises(ConnectionError):
            await Database.open(empty_database.settings("encrypted", database_host="localhost", database_port=port))


def test_a_login_by_token_needs_certificates_where_the_database_is_on_another_machine() -> None:
    given = {"database_host": "10.0.0.3", "database_name": "app", "database_user": "api@project.iam"}
    with pytest.raises(ValidationError, match="database_ca_certificates are needed"):
        DatabaseSettings.model_validate(given)
    DatabaseSettings.model_validate({**given, "database_password": "of-the-migration"})
    DatabaseSettings.model_validate({**given, "database_host": "127.0.0.1"})


async def test_a_login_without_a_password_shows_the_accounts_token(
    server: Server, empty_database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All logins of the harness have one password: here it is what the metadata server gives as the token."""
    asked: list[str] = []

    async def token(request: Request) -> Response:
        asked.append(request.headers["Metadata-Flavor"])
        return JSONResponse({"access_token": server.password, "expires_in": 3599})

    await server.login("encrypted")
    path = "/computeMetadata/v1/instance/service-accounts/default/token"
    async with serving(Starlette(routes=[Route(path, token)])) as origin, httpx.AsyncClient():
        monkeypatch.setenv("GCE_METADATA_HOST", origin.removeprefix("http://"))
        database = await Database.open(empty_database.settings("encrypted", database_password=None))
        assert await database.ready()
        await database.close()
    assert asked == ["Google"]
