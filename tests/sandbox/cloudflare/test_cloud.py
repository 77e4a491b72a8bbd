"""What holds for every type: the floor, faults, configuration, the table."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from regionctl import providers
from regionctl.providers.schema import package
from regionctl.sandbox.cloudflare.provider import Cloudflare
from regionctl.sandbox.emulation import Emulation
from regionctl.sandbox.store import Store
from tests.sandbox.cloudflare.cloud import ACCOUNT, KV, RECORD, ZONE, Cloud, Refused, Resource


def _emulation(token: str) -> Emulation:
    return Cloudflare().emulation(package("cloudflare").schema(token))


def _fault(data: Path, kind: str, type_: str, remaining: int | None) -> None:
    with closing(Store(data)) as store, store.transaction() as tx:
        tx.add_fault(kind, type_, "*", remaining, 0.0)


def _faults_left(data: Path) -> list[str]:
    with closing(Store(data)) as store, store.transaction() as tx:
        return [fault.kind for fault in tx.faults()]


def _record(cloud: Cloud) -> Resource:
    return cloud.create(RECORD, "r", zoneId=ZONE, name="a.example.com", type="A", content="198.18.0.7", ttl=60)


def test_every_type_of_the_sdk_has_a_behaviour() -> None:
    floors = [token for token in package("cloudflare").types if _emulation(token).schema_only]
    assert "cloudflare:index/queue:Queue" in floors
    assert "cloudflare:index/workersScript:WorkersScript" not in floors


def test_every_path_of_the_table_begins_with_a_property_of_its_type() -> None:
    table = json.loads((Path(providers.__file__).parent / "cloudflare" / "facts.json").read_text())["types"]
    for token, row in table.items():
        schema = package("cloudflare").schema(token)
        known = schema.inputs.keys() | schema.outputs.keys()
        paths = [path for kind in ("replace", "computed", "output", "secret", "set") for path in row.get(kind, ())]
        assert {path.partition(".")[0].removesuffix("[]") for path in paths} <= known, token


def test_a_type_that_nothing_is_known_of_is_made_changed_read_and_deleted(cloud: Cloud) -> None:
    made = cloud.create("Queue", "q", accountId=ACCOUNT, queueName="jobs")
    assert len(made.id) == 32
    assert made["createdOn"].endswith("Z")
    assert cloud.update(made, queueName="tasks")["queueName"] == "tasks"
    assert cloud.import_("Queue", f"{ACCOUNT}/{made.id}") is not None
    cloud.delete(made)
    assert cloud.read(made) is None


def test_what_the_sdk_does_not_have_is_ignored_with_a_warning(cloud: Cloud) -> None:
    given = {"accountId": ACCOUNT, "queueName": "jobs", "size": 1}
    assert cloud.warnings("Queue", **given) == {"size": "unknown property: the provider ignores it"}
    assert "size" not in cloud.create("Queue", "q", **given).outputs.values


def test_what_the_api_alone_sets_cannot_be_given(cloud: Cloud) -> None:
    failures = cloud.failures("Queue", accountId=ACCOUNT, queueName="jobs", createdOn="2026-01-01T00:00:00Z", id="1")
    assert set(failures) == {"createdOn", "id"}


def test_a_rate_limit_is_waited_for(cloud: Cloud, data: Path) -> None:
    _fault(data, "rate-limit", "cloudflare:index/dnsRecord:*", 2)
    _record(cloud)
    assert _faults_left(data) == []


def test_a_rate_limit_that_lasts_is_told_in_cloudflares_words(cloud: Cloud, data: Path) -> None:
    _fault(data, "rate-limit", "cloudflare:*", None)
    with pytest.raises(Refused) as refused:
        _record(cloud)
    assert (refused.value.code, refused.value.message) == (
        971,
        "Please wait and consider throttling your request speed",
    )
    assert "429 Too Many Requests" in refused.value.text


def test_an_outage_fails_every_call_and_nothing_is_lost(cloud: Cloud, data: Path) -> None:
    made = _record(cloud)
    _fault(data, "outage", "cloudflare:*", 1)
    with pytest.raises(Refused, match="503 Service Unavailable"):
        cloud.read(made)
    assert cloud.read(made) is not None


def test_a_namespace_that_is_not_visible_yet_is_waited_for(cloud: Cloud, data: Path) -> None:
    _fault(data, "stale", "cloudflare:index/workersKvNamespace:*", 3)
    store = cloud.create(KV, "kv", accountId=ACCOUNT, title="store")
    cloud.create("WorkersKv", "p", accountId=ACCOUNT, namespaceId=store.id, keyName="k", value="v")


def test_a_resource_that_is_gone_cannot_be_changed(cloud: Cloud) -> None:
    made = _record(cloud)
    cloud.delete(made)
    with pytest.raises(Refused, match="404 Not Found"):
        cloud.update(made, ttl=120)


def test_a_deletion_of_what_is_gone_is_done(cloud: Cloud) -> None:
    made = _record(cloud)
    cloud.delete(made)
    cloud.delete(made)


@pytest.mark.parametrize(
    ("config", "property_"),
    [({"apiToken": "t", "apiKey": "k"}, "apiKey"), ({"apiKey": "k"}, "email")],
)
def test_one_way_to_log_in_is_enough(config: dict[str, str], property_: str) -> None:
    assert [failure.path for failure in Cloudflare().check_config(config)] == [property_]


def test_no_credentials_are_needed() -> None:
    assert Cloudflare().check_config({}) == []
