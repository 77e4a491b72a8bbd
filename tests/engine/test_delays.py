"""How long an update goes on while Google refuses what it has only just allowed."""

from __future__ import annotations

import pytest

from regionctl.engine import Diagnostic, Op, Severity, Status, Step
from regionctl.engine.runs.failures import PAUSES_S, Patience
from regionctl.model.program import Target

URN = "urn:pulumi:prod.eu-west::regionctl::{type}::{name}"
GRANT = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
BUCKET = "gcp:storage/bucket:Bucket"

# What the services answer, as the provider passes it on.
ON_A_KEY = (
    "Error creating Topic: googleapi: Error 403: Cloud Pub/Sub did not have the necessary permissions configured to"
    " support this operation. Please verify that the service account service-1@gcp-sa-pubsub.iam.gserviceaccount.com"
    " was granted the Cloud KMS CryptoKey Encrypter/Decrypter role for the project containing the CryptoKey"
)
BY_STORAGE = (
    "googleapi: Error 403: Permission denied on Cloud KMS key. Please ensure that your Cloud Storage service account"
    " has been authorized to use this key."
)
NOT_ENABLED = "Error 403: Cloud Pub/Sub API has not been used in project 1 before or it is disabled"
NO_ACCOUNT = "Error 400: Service account sync@acme.iam.gserviceaccount.com does not exist."
NOT_ADMITTED = "Error applying IAM policy for storage bucket: too many concurrent policy changes"
NO_QUOTA = "Error 403: Quota 'CPUS' exceeded. Limit: 24.0 in region europe-west1., quotaExceeded"
KEY_EXISTS = "Error 409: CryptoKey projects/p/locations/l/keyRings/r/cryptoKeys/k already exists."


def step(type_: str, name: str, status: Status = Status.DONE) -> Step:
    return Step(op=Op.CREATE, urn=URN.format(type=type_, name=name), type=type_, name=name, status=status)


def refused(*messages: str) -> list[Diagnostic]:
    urns = [URN.format(type=BUCKET, name=f"refused-{i}") for i in range(len(messages))]
    return [
        Diagnostic(stack="prod.eu-west", severity=Severity.ERROR, message=text, urn=urn)
        for text, urn in zip(messages, urns, strict=True)
    ]


@pytest.mark.parametrize("message", [ON_A_KEY, BY_STORAGE, NOT_ENABLED, NO_ACCOUNT, NOT_ADMITTED])
def test_it_goes_on_after_a_refusal_that_passes_by_itself(message: str) -> None:
    assert Patience(Target.CLOUD).pause_s(refused(message), [step(GRANT, "grant")]) == PAUSES_S[0]


@pytest.mark.parametrize("message", [NO_QUOTA, KEY_EXISTS])
def test_it_ends_at_a_refusal_that_stays(message: str) -> None:
    assert Patience(Target.CLOUD).pause_s(refused(message), [step(GRANT, "grant")]) is None


def test_it_ends_where_something_else_failed_too() -> None:
    assert Patience(Target.CLOUD).pause_s(refused(ON_A_KEY, NO_QUOTA), [step(GRANT, "grant")]) is None


def test_a_permission_that_this_run_did_not_give_is_missing_for_good() -> None:
    steps = [step(BUCKET, "bucket"), step(GRANT, "grant", Status.FAILED)]
    assert Patience(Target.CLOUD).pause_s(refused(ON_A_KEY), steps) is None


def test_it_waits_for_about_a_quarter_of_an_hour_in_which_nothing_comes_of_it() -> None:
    patience, pauses = Patience(Target.CLOUD), []
    while (pause_s := patience.pause_s(refused(ON_A_KEY), [step(GRANT, "grant")])) is not None:
        pauses.append(pause_s)
    assert pauses == list(PAUSES_S)
    assert 15 * 60 <= sum(pauses) <= 20 * 60


def test_a_try_that_made_something_begins_the_pauses_again() -> None:
    patience, steps = Patience(Target.CLOUD), [step(GRANT, "grant")]
    pauses = [patience.pause_s(refused(ON_A_KEY), steps) for _ in range(3)]
    pauses.append(patience.pause_s(refused(ON_A_KEY), [*steps, step(BUCKET, "bucket")]))
    assert pauses == [*PAUSES_S[:3], PAUSES_S[0]]


def test_in_a_sandbox_no_time_passes() -> None:
    assert Patience(Target.SANDBOX).pause_s(refused(ON_A_KEY), [step(GRANT, "grant")]) == 0
