"""Redis, as Memorystore gives it: with AUTH, and TLS by an authority of its own.

https://cloud.google.com/memorystore/docs/redis/manage-in-transit-encryption (connects by address; its own authorities)
"""

from __future__ import annotations

import ssl

from redis.asyncio import Redis

from product.settings import CacheSettings

TIMEOUT_S = 2.0


def make_redis(settings: CacheSettings) -> Redis:
    """Connects when it is first used. Without certificates (tests, a fleet on one machine) it is not encrypted."""
    secure = bool(settings.cache_ca_certificates)
    return Redis(
        host=settings.cache_host,
        port=settings.cache_port,
        password=settings.cache_auth.get_secret_value() if settings.cache_auth is not None else None,
        ssl=secure,
        ssl_ca_data=settings.cache_ca_certificates if secure else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED,
        ssl_check_hostname=False,  # an address of the inner network; the authorities are this instance's own
        socket_connect_timeout=TIMEOUT_S,
        health_check_interval=30,
    )
