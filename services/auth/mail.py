"""Mail goes out inside the request that asks for it; what could not be sent waits for the next such request."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import smtplib
import ssl
import time
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from auth.ids import new_id
from auth.settings import AuthSettings
from auth.store import Store
from kit.database import Connection
from kit.logs import fields, get_logger

_LOG = get_logger("auth.mail")
SEND_TIMEOUT_S = 5.0
_RETRY_S = 30  # until somebody else may try it again
_ADDRESS = re.compile(
    r"[!#$%&'*+/=?^_`{|}~a-z0-9.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


def normal_address(text: str) -> str | None:
    """An email address as accounts have it, in small letters; None where it is none."""
    address = text.strip().lower()
    return address if len(address) <= 254 and _ADDRESS.fullmatch(address) else None


def mailbox_of(address: str) -> str:
    """Whose mailbox it is, for limits: where subaddresses are known, `name+anything` comes to `name` (RFC 5233)."""
    local, _, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


@dataclass(frozen=True)
class Mail:
    recipient: str
    subject: str
    body: str


class Mailer(Protocol):
    """Sends one mail, or raises OSError (smtplib.SMTPException is one)."""

    async def send(self, mail: Mail) -> None: ...


class SmtpMailer:
    """Encrypted, and to a server whose certificate names it; in plain to a loopback address alone.

    `authorities` are believed in place of the system's. No answer may take longer than `timeout_s`.
    """

    def __init__(
        self,
        settings: AuthSettings,
        *,
        authorities: ssl.SSLContext | None = None,
        timeout_s: float = SEND_TIMEOUT_S,
    ) -> None:
        self._settings = settings
        self._authorities = authorities
        self._timeout_s = timeout_s

    async def send(self, mail: Mail) -> None:
        await asyncio.to_thread(self._send, _message(self._settings.mail_sender, mail))

    def _send(self, message: EmailMessage) -> None:
        settings = self._settings
        with smtplib.SMTP(settings.mail_host, settings.mail_port, timeout=self._timeout_s) as smtp:
            if not _is_loopback(settings.mail_host):
                smtp.starttls(context=self._authorities or ssl.create_default_context())
            if settings.mail_user:
                smtp.login(settings.mail_user, settings.smtp_password.get_secret_value())
            smtp.send_message(message)


def _message(sender: str, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    try:
        message["From"] = sender
        message["To"] = mail.recipient
        message["Subject"] = mail.subject
    except ValueError as err:  # a line break, behind which another header could stand
        raise smtplib.SMTPException("a header is malformed") from err
    message.set_content(mail.body)
    return message


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def keep(connection: Connection, mail: Mail, expires_in_s: int) -> str:
    """Writes it down with what it is about; `send_kept` sends it after the commit."""
    mail_id = new_id("mail")
    await connection.execute(
        """
        INSERT INTO auth.mail_outbox (id, recipient, subject, body, not_before, expires_at)
        VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), now() + make_interval(secs => $6))
        """,
        mail_id,
        mail.recipient,
        mail.subject,
        mail.body,
        _RETRY_S,
        expires_in_s,
    )
    return mail_id


async def send_kept(store: Store, mailer: Mailer, mail_id: str, mail: Mail) -> None:
    """Sends this one, then one older that is due, in five seconds together. Never fails: what is left waits."""
    until = time.monotonic() + SEND_TIMEOUT_S
    await _send(store, mailer, mail_id, mail, SEND_TIMEOUT_S)
    if (left := until - time.monotonic()) <= 0:
        return
    async with store.writing() as connection:
        await connection.execute(
            """
            DELETE FROM auth.mail_outbox
            WHERE id IN (SELECT id FROM auth.mail_outbox WHERE expires_at < now() LIMIT 20)
            """
        )
        due = await connection.fetchrow(
            """
            UPDATE auth.mail_outbox SET not_before = now() + make_interval(secs => $1) WHERE id = (
                SELECT id FROM auth.mail_outbox WHERE not_before <= now()
                ORDER BY not_before LIMIT 1 FOR UPDATE SKIP LOCKED
            ) RETURNING id, recipient, subject, body
            """,
            _RETRY_S,
        )
    if due is not None:
        await _send(store, mailer, due["id"], Mail(due["recipient"], due["subject"], due["body"]), left)


async def _send(store: Store, mailer: Mailer, mail_id: str, mail: Mail, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await mailer.send(mail)
    except (OSError, TimeoutError) as err:
        # Neither the text, which holds a code, nor the server's answer, which may hold the address.
        _LOG.warning("mail not sent", extra=fields(mail=mail_id, error=type(err).__name__))
        return
    async with store.writing() as connection:
        await connection.execute("DELETE FROM auth.mail_outbox WHERE id = $1", mail_id)
