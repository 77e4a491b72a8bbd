"""The provider's functions that are emulated, as the engine invokes them."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from regionctl.sandbox.wire import Bag, marshal, unmarshal
from tests.sandbox.google import PROJECT, Cloud, Refused


def _invoked(gcp: Cloud, token: str, **args: Any) -> dict[str, Any]:
    answer = gcp.call(gcp.stub.Invoke, provider_pb2.InvokeRequest(tok=token, args=marshal(Bag(args))))
    return unmarshal(getattr(answer, "return")).values


def test_storages_agent_is_named_after_the_number_that_another_agent_tells(gcp: Cloud) -> None:
    other = gcp.create("gcp:projects/serviceIdentity:ServiceIdentity", "pubsub", service="pubsub.googleapis.com")
    told = _invoked(gcp, "gcp:storage/getProjectServiceAccount:getProjectServiceAccount", project=PROJECT)
    assert told["member"] == str(other["member"]).replace("gcp-sa-pubsub", "gs-project-accounts")


def test_a_function_that_is_not_emulated_is_refused_by_name(gcp: Cloud) -> None:
    with pytest.raises(Refused, match="does not emulate the function 'gcp:compute/getImage:getImage'"):
        _invoked(gcp, "gcp:compute/getImage:getImage")
