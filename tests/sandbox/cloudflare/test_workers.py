from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.cloudflare.cloud import ACCOUNT, KV, MTLS, OTHER_ACCOUNT, SCRIPT, Cloud, Refused, file, script
from tests.sandbox.cloudflare.pem import CERTIFICATE, KEY


def _binding(name: str, kind: str, **more: str) -> dict[str, str]:
    return {"name": name, "type": kind, **more}


def test_a_script_is_named_by_its_own_name_and_tells_what_was_uploaded(cloud: Cloud) -> None:
    made = cloud.create(SCRIPT, "s", **script())
    assert made.id == "edge"
    assert (made["hasModules"], made["hasAssets"], made["handlers"]) == (True, False, ["fetch"])
    assert (made["usageModel"], made["logpush"]) == ("standard", False)


def test_an_upload_of_other_code_has_another_etag(cloud: Cloud) -> None:
    made = cloud.create(SCRIPT, "s", **script(files={"a.js": file("export const a = 1")}))
    changed = cloud.update(made, files={"a.js": file("export const a = 2")})
    assert len(made["etag"]) == 64
    assert changed["etag"] != made["etag"]
    assert changed["createdOn"] == made["createdOn"]


def test_the_same_code_has_the_same_etag_whoever_uploads_it(cloud: Cloud) -> None:
    one, two = cloud.create(SCRIPT, "a", **script()), cloud.create(SCRIPT, "b", **script(scriptName="other"))
    assert one["etag"] == two["etag"]


def test_another_name_or_account_replaces_a_script_and_other_code_does_not(cloud: Cloud) -> None:
    made = cloud.create(SCRIPT, "s", **script())
    assert cloud.replaces(made, scriptName="other") == ["scriptName"]
    assert cloud.replaces(made, accountId=OTHER_ACCOUNT) == ["accountId"]
    assert cloud.replaces(made, content="export default {}") == []


def test_a_module_that_imports_what_was_not_uploaded_is_refused(cloud: Cloud) -> None:
    content = 'import {\n  a,\n} from "./lib/a.js";\nexport default {}'
    with pytest.raises(Refused) as refused:
        cloud.create(SCRIPT, "s", **script(content=content))
    assert refused.value.code == 10021
    assert "lib/a.js" in refused.value.message
    cloud.create(SCRIPT, "s", **script(content=content, files={"lib/a.js": file("export const a = 1")}))


def test_imports_are_resolved_from_the_module_that_has_them(cloud: Cloud) -> None:
    files = {"lib/a.js": file('export * from "./b.js"'), "lib/b.js": file("")}
    cloud.create(SCRIPT, "s", **script(content='import "./lib/a.js"', files=files))


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        ("kv_namespace", "namespaceId"),
        ("mtls_certificate", "certificateId"),
        ("secret_text", "text"),
        ("plain_text", "text"),
        ("json", "json"),
        ("service", "service"),
    ],
)
def test_a_binding_must_say_what_it_is_bound_to(cloud: Cloud, kind: str, needed: str) -> None:
    failures = cloud.failures(SCRIPT, **script(bindings=[_binding("B", kind)]))
    assert list(failures) == [f"bindings[0].{needed}"]


def test_an_unknown_type_of_binding_is_refused(cloud: Cloud) -> None:
    assert list(cloud.failures(SCRIPT, **script(bindings=[_binding("B", "secret", text="t")]))) == ["bindings[0].type"]


def test_two_bindings_cannot_have_one_name(cloud: Cloud) -> None:
    both = [_binding("B", "plain_text", text="1"), _binding("B", "plain_text", text="2")]
    assert list(cloud.failures(SCRIPT, **script(bindings=both))) == ["bindings[1].name"]


def test_a_json_binding_must_be_json(cloud: Cloud) -> None:
    assert list(cloud.failures(SCRIPT, **script(bindings=[_binding("B", "json", json="{")]))) == ["bindings[0].json"]


def test_a_misspelled_property_is_named_with_the_closest_one(cloud: Cloud) -> None:
    warnings = cloud.warnings(SCRIPT, **script(compatibility_date="2026-04-01"))
    assert 'did you mean "compatibilityDate"?' in warnings["compatibility_date"]


def test_a_malformed_account_is_refused(cloud: Cloud) -> None:
    assert list(cloud.failures(SCRIPT, **script(accountId="mine"))) == ["accountId"]


def test_content_and_a_file_of_it_exclude_each_other(cloud: Cloud) -> None:
    assert cloud.failures(SCRIPT, **script(contentFile="index.js"))


def test_a_binding_to_a_namespace_of_another_account_is_refused(cloud: Cloud) -> None:
    foreign = cloud.create(KV, "kv", accountId=OTHER_ACCOUNT, title="store")
    with pytest.raises(Refused) as refused:
        cloud.create(SCRIPT, "s", **script(bindings=[_binding("B", "kv_namespace", namespaceId=foreign.id)]))
    assert refused.value.code == 10041


def test_a_binding_to_a_certificate_that_is_gone_is_refused_at_the_next_upload(cloud: Cloud) -> None:
    certificate = cloud.create(MTLS, "c", accountId=ACCOUNT, ca=False, certificates=CERTIFICATE, privateKey=KEY)
    bound = script(bindings=[_binding("B", "mtls_certificate", certificateId=certificate.id)])
    made = cloud.create(SCRIPT, "s", **bound)
    cloud.delete(certificate)
    with pytest.raises(Refused, match="mTLS certificate"):
        cloud.update(made, content="export default {}")


def test_a_worker_that_another_one_calls_cannot_be_deleted(cloud: Cloud) -> None:
    called = cloud.create(SCRIPT, "called", **script(scriptName="called"))
    caller = cloud.create(SCRIPT, "s", **script(bindings=[_binding("B", "service", service="called")]))
    with pytest.raises(Refused, match="edge"):
        cloud.delete(called)
    cloud.delete(caller)
    cloud.delete(called)
    assert cloud.read(called) is None


def test_a_worker_that_is_to_be_deleted_by_force_goes_though_another_one_calls_it(cloud: Cloud) -> None:
    called = cloud.create(SCRIPT, "called", **script(scriptName="called", force=True))
    cloud.create(SCRIPT, "s", **script(bindings=[_binding("B", "service", service="called")]))
    cloud.delete(called)


def test_the_switch_for_workers_dev_goes_with_its_script(cloud: Cloud) -> None:
    made = cloud.create(SCRIPT, "s", **script())
    switch = cloud.create("WorkersScriptSubdomain", "d", accountId=ACCOUNT, scriptName="edge", enabled=False)
    assert switch.id == ACCOUNT
    cloud.delete(made)
    assert cloud.read(switch) is None


def test_a_script_is_imported_by_account_and_name(cloud: Cloud) -> None:
    cloud.create(SCRIPT, "s", **script())
    found = cloud.import_(SCRIPT, f"{ACCOUNT}/edge")
    assert found is not None
    assert (found.id, found["scriptName"]) == ("edge", "edge")
    assert cloud.import_(SCRIPT, f"{OTHER_ACCOUNT}/edge") is None


def test_an_upload_over_a_script_that_is_there_wins(cloud: Cloud, data: Path) -> None:
    cloud.create(SCRIPT, "first", **script())
    second = cloud.create(SCRIPT, "second", **script(content="export default { scheduled() {} }"))
    assert second["handlers"] == ["scheduled"]


def test_bindings_that_a_program_no_longer_gives_change(cloud: Cloud) -> None:
    made = cloud.create(SCRIPT, "s", **script(bindings=[_binding("A", "plain_text", text="x")]))
    assert list(cloud.diff(made, bindings=None).detailedDiff) == ["bindings"]
    changed = cloud.update(made, bindings=None)
    assert list(cloud.diff(changed).detailedDiff) == []


def test_what_only_the_cloud_chose_stays(cloud: Cloud) -> None:
    made = cloud.create(SCRIPT, "s", **script(usageModel="standard", compatibilityFlags=["nodejs_compat"]))
    assert list(cloud.diff(made, usageModel=None, compatibilityFlags=None).detailedDiff) == []


def test_a_set_has_no_element_twice(cloud: Cloud) -> None:
    failures = cloud.failures(SCRIPT, **script(compatibilityFlags=["nodejs_compat", "nodejs_compat"]))
    assert list(failures) == ["compatibilityFlags[1]"]


def test_cloudflares_provider_converts_less_than_googles(cloud: Cloud) -> None:
    assert list(cloud.failures(SCRIPT, **script(logpush="true"))) == ["logpush"]
    assert list(cloud.failures(SCRIPT, **script(compatibilityFlags="nodejs_compat"))) == ["compatibilityFlags"]
    assert list(cloud.warnings(SCRIPT, **script(limits={"cpuMs": "10"}))) == ["limits.cpuMs"]


def test_what_the_cloud_alone_sets_in_a_block_cannot_be_given(cloud: Cloud) -> None:
    assert list(cloud.failures(SCRIPT, **script(annotations={"workersTriggeredBy": "me"}))) == [
        "annotations.workersTriggeredBy"
    ]


def test_a_value_of_an_open_kind_is_one_of_those_that_the_provider_takes(cloud: Cloud) -> None:
    for value, refused in ((True, []), (["/api/*"], []), ("always", ["assets.config.runWorkerFirst"])):
        assert list(cloud.failures(SCRIPT, **script(assets={"config": {"runWorkerFirst": value}}))) == refused
