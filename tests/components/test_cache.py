from __future__ import annotations

import pulumi

from components.cache import Cache, CacheArgs
from regionctl.render import Declaration
from tests.components.alone import at, declared, is_secret, only


def cache() -> Declaration:
    def declare() -> None:
        made = Cache(
            "cache",
            CacheArgs(
                project="p",
                region="europe-west1",
                name="main",
                network_id="n",
                services_range_name="services",
                key_id="k",
                memory_gb=1,
            ),
        )
        pulumi.export("auth", made.auth_string)
        pulumi.export("url", pulumi.Output.concat("rediss://:", made.auth_string, "@", made.host))

    return declared(declare)


def test_a_cache_asks_for_a_password_over_tls_under_a_key_of_ones_own() -> None:
    instance = only(cache(), "Instance")
    assert at(instance, "authEnabled") is True
    assert at(instance, "transitEncryptionMode") == "SERVER_AUTHENTICATION"
    assert at(instance, "customerManagedKey") == "k"
    assert at(instance, "connectMode") == "PRIVATE_SERVICE_ACCESS"


def test_the_cache_password_is_secret_and_so_is_what_is_made_of_it() -> None:
    outputs = cache().outputs
    assert is_secret(outputs["auth"])
    assert is_secret(outputs["url"])
    assert "authString" in only(cache(), "Instance").options.additional_secret_outputs


def test_a_component_registers_the_password_as_a_secret() -> None:
    assert is_secret(only(cache(), "Cache").outputs["authString"])
