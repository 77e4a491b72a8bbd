"""What works in the end: each region answers, sample requests go where they should, forged contexts get nobody in.

In a sandbox the Worker is the one that the emulated Cloudflare holds, run here; the auth service and the regions behind
it are test doubles, since emulated clouds run no services.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from fleet.bootstrap.verdicts import Probed, What, of_forged, of_origin, of_request
from fleet.context import FleetContext
from fleet.deployed import NotApplied, origin
from fleet.routing import sample_of, samples
from regionctl.model.program import StackKind, StackProgram
from regionctl.probes import Probe
from regionctl.probes.emulated import EmulatedProbe
from regionctl.probes.worker import Asked, Site, ask_worker
from regionctl.sandbox.cloudflare.deployed import deployed_worker
from regions.names import edge_names
from regions.spec import Lifecycle
from stacks.routing import route
from stacks.secret_slots import EDGE_CLIENT_CA
from stacks.table import in_table, table
from stacks.worker_code import WORKER_DIR

SCRIPT = WORKER_DIR / "dev" / "probe.js"


def probe_origins(context: FleetContext, ask: Probe) -> Iterator[Probed]:
    """Whether each region that is not closed answers. Raises DamagedState."""
    for region in context.fleet.regions.values():
        if region.lifecycle is not Lifecycle.CLOSED:
            yield _origin(context, context.one(region.name), ask)


def probe_sandbox(context: FleetContext) -> Iterator[Probed]:
    """Raises NotRun, NoSuchWorker, NotApplied, DamagedState."""
    emulated = EmulatedProbe(context.sandbox_data)
    yield from probe_origins(context, emulated)
    yield from _worker(context, emulated)


def _worker(context: FleetContext, emulated: EmulatedProbe) -> Iterator[Probed]:
    """What the deployed Worker does. Nothing where no region is routed to: then there is none."""
    spec, regions = context.fleet.spec, context.fleet.regions.values()
    routed = [context.one(region.name) for region in in_table(regions)]
    if not routed:
        return
    requests = samples(context)
    worker = deployed_worker(context.sandbox_data, spec.edge.account_id, edge_names(spec).script)
    asked = [Asked(name=name, **request.model_dump()) for name, request in requests.items()]
    origins = {one.region: one for one in (origin(context, program) for program in routed)}
    authorities = _authorities(context, routed)
    sites = {name: Site(host=one.host, client_authority=authorities[name]) for name, one in origins.items()}
    answers = ask_worker(SCRIPT, worker, sites, asked)
    hint = f"see what differs: {context.command('diff', StackKind.EDGE)}"
    routes = table(spec, regions)
    for name, request in requests.items():
        yield of_request(name, route(routes, sample_of(request)), answers.requests[name], hint)
    for region, forged in answers.forged.items():
        gap = emulated.gap(origins[region], authorities[region])
        again = f"apply it again: {context.command('up', region, '--refresh')}"
        yield from of_forged(region, forged, gap, hint, again)


def _origin(context: FleetContext, program: StackProgram, ask: Probe) -> Probed:
    try:
        return of_origin(ask(origin(context, program)))
    except NotApplied as error:
        region = str(program.region)
        return Probed(what=What.ORIGIN, subject=region, passed=False, said=error.what, hint=error.hint)


def _authorities(context: FleetContext, programs: Sequence[StackProgram]) -> dict[str, str]:
    """Whose clients each region lets in, as its stack's config says."""

    def authority(program: StackProgram) -> str:
        return context.records.show_secret(program, EDGE_CLIENT_CA)

    with ThreadPoolExecutor() as pool:  # each is a call of Pulumi's CLI
        found = pool.map(authority, programs)
        return {str(program.region): pem for program, pem in zip(programs, found, strict=True)}
