from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from regionctl.sandbox.cloudflare.deployed import DeployedWorker, NoSuchWorker, deployed_worker
from regionctl.sandbox.sealing import VaultUnreadable
from tests.sandbox.cloudflare.cloud import ACCOUNT, KV, MTLS, SCRIPT, Cloud, Resource, cloudflare, file, script
from tests.sandbox.cloudflare.pem import CERTIFICATE, KEY

CANARY = "canary-5ad1c3b7"


def _deploy(cloud: Cloud) -> Resource:
    certificate = cloud.create(MTLS, "c", accountId=ACCOUNT, ca=False, certificates=CERTIFICATE, privateKey=KEY)
    store = cloud.create(KV, "kv", accountId=ACCOUNT, title="store")
    bindings = [
        {"name": "CERT", "type": "mtls_certificate", "certificateId": certificate.id},
        {"name": "STORE", "type": "kv_namespace", "namespaceId": store.id},
        {"name": "TOKEN", "type": "secret_text", "text": CANARY},
    ]
    content = 'import { a } from "./a.js"\nexport default { fetch() {} }'
    inputs = script(bindings=bindings, content=content, files={"a.js": file("export const a = 1")})
    return cloud.create(SCRIPT, "s", secrets=frozenset({("bindings", 2, "text")}), **inputs)


def _worker(data: Path) -> DeployedWorker:
    return deployed_worker(data, ACCOUNT, "edge")


def test_the_worker_that_was_deployed_can_be_run_with_its_bindings(cloud: Cloud, data: Path) -> None:
    _deploy(cloud)
    worker = _worker(data)
    assert worker.main_module == "index.js"
    assert worker.modules["a.js"].content == b"export const a = 1"
    assert worker.compatibility_date == "2026-04-01"
    bound = {binding.name: binding for binding in worker.bindings}
    assert bound["TOKEN"].properties == {"text": CANARY}
    assert bound["CERT"].certificate is not None
    assert bound["CERT"].certificate.private_key == KEY
    assert bound["STORE"].type == "kv_namespace"


def test_a_new_upload_is_what_is_deployed(cloud: Cloud, data: Path) -> None:
    made = _deploy(cloud)
    cloud.update(made, bindings=[{"name": "TOKEN", "type": "secret_text", "text": "canary-two"}])
    assert [binding.properties for binding in _worker(data).bindings] == [{"text": "canary-two"}]


def test_no_secret_lies_in_plain_in_any_file_of_the_store(tmp_path: Path) -> None:
    with cloudflare(tmp_path / "clouds.db") as cloud:
        cloud.update(_deploy(cloud), compatibilityDate="2026-05-01")
        files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert "clouds.db.key" in files
    for name, content in files.items():
        assert CANARY.encode() not in content, name
        assert KEY.encode() not in content, name


def test_the_key_is_its_owners_alone_and_not_in_the_database(cloud: Cloud, data: Path) -> None:
    _deploy(cloud)
    key = data.with_name("clouds.db.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_bytes() not in data.read_bytes()
    assert key.read_bytes().hex().encode() not in data.read_bytes()


def test_without_the_key_the_secrets_are_not_told(cloud: Cloud, data: Path) -> None:
    _deploy(cloud)
    data.with_name("clouds.db.key").unlink()
    with pytest.raises(VaultUnreadable):
        _worker(data)


def test_what_somebody_changed_in_the_database_is_not_taken_for_a_secret(cloud: Cloud, data: Path) -> None:
    _deploy(cloud)
    with sqlite3.connect(data) as db:
        db.execute("update kept set sealed = zeroblob(length(sealed))")
    db.close()
    with pytest.raises(VaultUnreadable):
        _worker(data)


def test_a_worker_shows_no_secret_when_it_is_printed(cloud: Cloud, data: Path) -> None:
    _deploy(cloud)
    assert CANARY not in repr(_worker(data))
    assert KEY not in repr(_worker(data))


def test_a_worker_that_was_never_deployed_is_named(data: Path) -> None:
    with pytest.raises(NoSuchWorker) as missing:
        _worker(data)
    assert missing.value.script == "edge"
    assert not data.exists()


def test_a_worker_that_was_deleted_leaves_nothing(cloud: Cloud, data: Path) -> None:
    cloud.delete(_deploy(cloud))
    with pytest.raises(NoSuchWorker):
        _worker(data)


def test_the_texts_of_bindings_and_private_keys_are_secret_outputs(cloud: Cloud) -> None:
    made = _deploy(cloud)
    assert ("bindings", 2, "text") in made.outputs.secrets
    certificate = cloud.create(MTLS, "c2", accountId=ACCOUNT, ca=False, certificates=CERTIFICATE, privateKey=KEY)
    assert ("privateKey",) in certificate.outputs.secrets


def test_a_secret_is_never_read_back_by_one_who_did_not_write_it(cloud: Cloud) -> None:
    _deploy(cloud)
    found = cloud.import_(SCRIPT, f"{ACCOUNT}/edge")
    assert found is not None
    assert CANARY not in repr(found)


def test_a_secret_that_did_not_change_is_no_drift(cloud: Cloud) -> None:
    made = _deploy(cloud)
    found = cloud.read(made)
    assert found is not None
    assert found["bindings"] == made["bindings"]
