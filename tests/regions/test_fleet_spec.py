"""What only the fleet's file says."""

import pytest

from regionctl.model.program import Target
from tests.regions.conftest import Folder


def test_without_a_state_section_state_is_kept_in_files_under_a_passphrase(prod: Folder) -> None:
    spec = prod.load().spec
    assert (spec.state.backend, spec.state.secrets_provider, spec.target) == (None, "passphrase", Target.SANDBOX)


def test_an_organisation_is_a_number_and_a_billing_account(prod: Folder) -> None:
    prod.append("fleet.yaml", 'organisation: {id: "123456789012", billing_account: 01AB23-CD45EF-678901}\n')
    organisation = prod.load().spec.organisation
    assert organisation
    assert (organisation.id, organisation.folder) == ("123456789012", None)


def test_an_organisations_number_without_quotes_is_answered_with_what_to_do(prod: Folder) -> None:
    prod.append("fleet.yaml", "organisation: {id: 123456789012, billing_account: 01AB23-CD45EF-678901}\n")
    assert prod.problem().hint == "put the value in quotes"


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("company: acme ", "company: acme-inc ", "company"),
        ("company: acme ", "company: goog ", "company"),
        ("company: acme ", "company: a ", "company"),
        ("domain: app.example.com", "domain: App.example.com", "domain"),
        ("domain: app.example.com", "domain: https://app.example.com", "domain"),
        ("domain: app.example.com", f"domain: {'a' * 40}.com", "domain"),
        ("target: sandbox", "target: sandbocks", "target"),
        ("  project: acme-releases", "  project: acme", "release_registry.project"),
        ("  repository: product", "  repository: Product", "release_registry.repository"),
        ("  location: us\n", "  location: mars\n", "release_registry.location"),
    ],
)
def test_a_wrong_value_of_the_fleet_is_told(prod: Folder, old: str, new: str, path: str) -> None:
    prod.replace("fleet.yaml", old, new)
    assert prod.problem().what.startswith(f"{path}: ")


@pytest.mark.parametrize("backend", ["gs://acme-state", "s3://acme-state?region=eu-west-1", "file:///srv/state"])
def test_any_backend_of_pulumi_will_do(prod: Folder, backend: str) -> None:
    prod.append("fleet.yaml", f"state: {{backend: '{backend}', secrets_provider: 'gcpkms://projects/p/x'}}\n")
    assert prod.load().spec.state.backend == backend


@pytest.mark.parametrize("backend", ["acme-state", "ftp://x", "gs://"])
def test_a_backend_that_pulumi_does_not_have_is_told(prod: Folder, backend: str) -> None:
    prod.append("fleet.yaml", f"state: {{backend: '{backend}'}}\n")
    assert prod.problem().what.startswith("state.backend: ")


def test_the_auth_services_home_lies_in_its_jurisdiction(prod: Folder) -> None:
    prod.replace("fleet.yaml", "us-east1\n  jurisdiction: us", "us-east1\n  jurisdiction: eu")
    assert prod.problem().what == "auth.jurisdiction: us-east1 lies in jurisdiction us, not eu"


def test_every_range_in_use_has_an_owner(prod: Folder) -> None:
    assert list(prod.load().ranges) == ["auth", "ap-south", "eu-west", "us-east"]
