"""Ids and secrets that auth makes."""

from __future__ import annotations

import hashlib
import secrets
import time

# Crockford's base32, small letters: https://www.crockford.com/base32.html
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_CHARS = 26  # of 128 bits


def new_id(prefix: str) -> str:
    """`ws_` and a UUIDv7 in 26 characters: its first 48 bits are milliseconds since 1970 (RFC 9562, 5.7)."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76  # version
    value = value & ~(0x3 << 62) | 0x2 << 62  # variant
    return f"{prefix}_" + "".join(_ALPHABET[value >> shift & 31] for shift in range(5 * (_CHARS - 1), -1, -5))


def new_token(prefix: str = "") -> str:
    """256 random bits; the prefix lets scanners of leaked secrets recognize one."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    """By which a credential is kept and found. It has 256 random bits, so that a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).digest()
