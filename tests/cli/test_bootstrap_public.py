"""The sample requests of the shipped fleets, public ones among them, tried against the Worker as it is deployed."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from fleet.bootstrap.probes import asked_of, of_request
from fleet.routing import sample_of
from regionctl.engine.secrets.certificates import ClientCertificates
from regionctl.probes.worker import Site, ask_worker
from regionctl.sandbox.cloudflare.deployed import Binding
from regions.load import load_fleet
from regions.requests import load_requests, requests_file
from stacks.programs import REGIONS_DIR
from stacks.public_list import PublicList, public_list
from stacks.public_routing import destination
from stacks.table import table
from stacks.worker_code import WORKER_DIR
from tests.probes.test_worker import REGIONS, SCRIPT, certificates, deployed, host

__all__ = ["certificates"]

pytestmark = pytest.mark.skipif(
    not (WORKER_DIR / "node_modules" / "workerd").is_dir() or shutil.which("node") is None,
    reason="workerd runs the Worker: npm ci --prefix worker",
)


@pytest.mark.parametrize("name", ["prod", "staging"])
def test_public_requests_go_where_the_specs_say(name: str, certificates: ClientCertificates) -> None:
    fleet = load_fleet(REGIONS_DIR, name)
    listed, routes = public_list(fleet.spec), table(fleet.spec, fleet.regions.values())
    samples = {
        one: sample_of(request, one)
        for one, request in load_requests(requests_file(REGIONS_DIR, name), fleet).items()
        if request.path
    }
    assert len(samples) == 8
    worker = deployed(certificates)
    binding = Binding(name="PUBLIC_REQUESTS", type="json", properties={"json": listed.as_json()})
    worker = replace(worker, bindings=(*worker.bindings, binding))
    sites = {region: Site(host=host(region), client_authority=certificates.authority) for region in REGIONS}
    asked = [asked_of(one, sample, listed) for one, sample in samples.items()]
    answers = ask_worker(SCRIPT, worker, sites, asked)
    for one, sample in samples.items():
        probed = of_request(one, destination(routes, listed, sample), answers.requests[one], "look")
        assert probed.passed, probed
    without = destination(routes, PublicList(requests=()), samples["billing-event"])
    assert not of_request("billing-event", without, answers.requests["billing-event"], "look").passed
