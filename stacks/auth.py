"""The auth service's home: HTTP, a database, and the topic on which it tells every region what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pulumi
from pulumi import Input, Output

from components.firewall import EgressArgs
from components.identity import AccountArgs, Identity, IdentityArgs
from components.messaging import Topic, TopicArgs
from components.secrets import SecretArgs, Secrets
from components.service import Service, ServiceArgs
from regions.names import AuthNames, auth_names, region_names
from regions.spec import AUTH, AuthSpec, FleetSpec, Lifecycle, RegionSpec
from stacks.foundation import Site, make_site
from stacks.origin import make_origin
from stacks.outputs import Out
from stacks.secret_slots import EDGE_TOKEN, SIGNING_KEYS, SMTP_PASSWORD
from stacks.site_network import SiteNetwork, inner_egress, make_network
from stacks.stores import account_args, make_database, make_logs, make_registry, make_secrets
from stacks.watch import common_alerts, common_charts, make_watch
from stacks.workloads import Runtime, make_migration, runners

SERVICES = (
    "artifactregistry",
    "certificatemanager",
    "cloudkms",
    "compute",
    "dns",
    "pubsub",
    "run",
    "secretmanager",
    "servicenetworking",
    "sqladmin",
)

# The service whose agent encrypts with each key.
KEY_USERS = {
    "database": "sqladmin",
    "images": "artifactregistry",
    "messages": "pubsub",
    "secrets": "secretmanager",
}

_SECRETS = (EDGE_TOKEN, *SIGNING_KEYS, SMTP_PASSWORD)  # of the service

_Auth = Site[AuthSpec, AuthNames]


def auth(fleet: FleetSpec, regions: Sequence[RegionSpec]) -> None:
    """Declares the auth service's resources and exports its outputs. Reads its secrets from the stack's config.

    No client certificate is asked for at its origin: regions call it too, and every caller shows a token.
    """
    names = auth_names(fleet)
    at = make_site(fleet, fleet.auth, names, services=SERVICES, key_users=KEY_USERS)
    site_network = make_network(at, _egress(fleet.auth))
    workloads = Identity(
        "workloads", IdentityArgs(project=at.project.using("iam"), accounts=account_args(names, [AUTH]))
    )
    open_regions = [region for region in regions if region.lifecycle is not Lifecycle.CLOSED]
    listening = [region.name for region in open_regions]
    topic = _topic(at, workloads, listening)
    runtime = _runtime(at, site_network, workloads)
    service = _service(at, runtime, {**_callers_env(fleet, open_regions), "EVENTS_TOPIC": topic.topic_id})
    origin = make_origin(at, site_network.network, {AUTH: service}, default=AUTH, client_ca_pem=None)
    logs = make_logs(at)
    make_watch(at, fleet.auth.alerts, fleet.auth.budget, common_alerts(names), common_charts())
    pulumi.export(Out.PROJECT_ID, at.project.project_id)
    pulumi.export(Out.PROJECT_NUMBER, at.project.number)
    pulumi.export(Out.TOPIC_ID, topic.topic_id)
    pulumi.export(Out.ORIGIN_HOST, names.origin_host)
    pulumi.export(Out.ORIGIN_ADDRESS, origin.address)
    pulumi.export(Out.CERTIFICATE_DNS_RECORD, origin.dns_record)
    pulumi.export(Out.SERVICE_URL, service.url)
    pulumi.export(Out.DATABASE_CONNECTION_NAME, runtime.database.connection_name)
    pulumi.export(Out.IMAGE_PREFIX, runtime.registry.image_prefix)
    pulumi.export(Out.LOG_BUCKET, logs.bucket_name)
    pulumi.export(Out.EDGE_TOKEN, _edge_token())
    pulumi.export(Out.LISTENING, sorted(listening))


def _egress(home: AuthSpec) -> dict[str, EgressArgs]:
    """Nowhere but to what a site has inside, and to the mail relay: it calls no region."""
    mail = EgressArgs(rank=20, hosts=[home.mail.host], ports=[str(home.mail.port)])
    return {**inner_egress(home), "mail": mail}


def _callers_env(fleet: FleetSpec, regions: Sequence[RegionSpec]) -> dict[str, str]:
    """Whom it takes for which region, by their accounts' emails, and for whom their tokens must be made out."""
    callers = {
        region_names(fleet, region).account_email(key): region.name for region in regions for key in runners(region)
    }
    return {
        "CALLERS": json.dumps(callers, sort_keys=True),
        "AUDIENCE": f"https://{auth_names(fleet).origin_host}",
    }


def _edge_token() -> Output[str]:
    """Made for this stack, and an output of it, so that the edge's stack has the same one."""
    return pulumi.Config().require_secret(EDGE_TOKEN)


def _topic(at: _Auth, workloads: Identity, listening: Sequence[str]) -> Topic:
    """Each region has an account here, which may attach a subscription to the topic: a grant can only name an account
    that exists, and the accounts of a region's own project come later than this stack."""
    stand_ins = Identity(
        "identity",
        IdentityArgs(
            project=at.project.using("iam"),
            accounts={
                region: AccountArgs(account_id=at.names.region_account(region), purpose=f"Stands for region {region}.")
                for region in listening
            },
        ),
    )
    return Topic(
        "events",
        TopicArgs(
            project=at.project.using("pubsub"),
            name=at.names.topic,
            locations=[at.home.location],
            key_id=at.keys.key_ids["messages"],
            publishers={AUTH: workloads.members[AUTH]},
            subscribers={region: stand_ins.members[region] for region in listening},
            labels=at.labels,
        ),
    )


def _runtime(at: _Auth, site_network: SiteNetwork, workloads: Identity) -> Runtime:
    return Runtime(
        site_network=site_network,
        identity=workloads,
        database=make_database(at, at.home.database, site_network.network, {AUTH: workloads.emails[AUTH]}),
        secrets=_secrets(at, workloads),
        registry=make_registry(at),
    )


def _secrets(at: _Auth, workloads: Identity) -> Secrets:
    config = pulumi.Config()
    declared = {
        key: SecretArgs(
            secret_id=at.names.secret(key),
            value=config.require_secret(key),
            accessors={AUTH: workloads.members[AUTH]},
        )
        for key in _SECRETS
    }
    return make_secrets(at, workloads, declared)


def _service(at: _Auth, runtime: Runtime, env: Mapping[str, Input[str]]) -> Service:
    """HTTP only. `SIGNING_KEY` says which of `SIGNING_KEY_A` and `SIGNING_KEY_B` signs; both are published."""
    spec = at.home.service
    job = make_migration(at, runtime, at.home.release, [AUTH])
    return Service(
        AUTH,
        ServiceArgs(
            **runtime.place(AUTH, at),
            name=at.names.service(AUTH),
            image=job.once_run(runtime.image(AUTH, at.home.release)),
            cpu=str(spec.cpu),
            memory=f"{spec.memory_mib}Mi",
            min_instances=spec.min_instances,
            max_instances=spec.max_instances,
            concurrency=spec.concurrency,
            timeout_s=spec.timeout_s,
            env={
                **runtime.own_database_env(AUTH),
                **env,
                "SIGNING_KEY": str(at.home.signing_key),
                "MAIL_HOST": at.home.mail.host,
                "MAIL_PORT": str(at.home.mail.port),
                "MAIL_USER": at.home.mail.user,
                "MAIL_SENDER": at.home.mail.sender,
            },
            secret_env=runtime.secret_env(_SECRETS),
        ),
    )
