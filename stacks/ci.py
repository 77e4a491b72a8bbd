"""As whom the company's CI plans and deploys this fleet, and other fleets of the repository if they are named.

A person brings this stack up by its name: `--all` leaves it out, and so does the pipeline, which must not decide who it
is itself.
"""

from __future__ import annotations

import pulumi

from components.budget import Budget, BudgetArgs, MailArgs
from components.ci_identities import CiIdentities, CiIdentitiesArgs, PipelineAccountArgs
from components.logs import Logs, LogsArgs
from regions.names import ci_names
from regions.spec import CiSpec, FleetSpec
from stacks.foundation import make_project
from stacks.outputs import Out

SERVICES = ("iam", "iamcredentials", "sts")
MOST_EXPECTED = 10  # a month, in the account's currency: logs are all that costs something there
PLAN, DEPLOY = "plan", "deploy"


def ci(fleet: FleetSpec, spec: CiSpec) -> None:
    """Declares the identities, keeps who became which of them, and exports the values of the workflows' variables.

    Its project lies where the auth service's does.
    """
    names = ci_names(fleet, spec)
    project = make_project(fleet, fleet.auth, names, services=SERVICES, agents=())
    identities = CiIdentities(
        "ci",
        CiIdentitiesArgs(
            project=project.using(*SERVICES),
            pool_id=names.identity_pool,
            provider_id=names.identity_provider,
            repository=spec.repository,
            repository_id=spec.repository_id,
            owner_id=spec.owner_id,
            accounts={
                PLAN: PipelineAccountArgs(
                    account_id=names.service_account(PLAN),
                    purpose="Plans and looks for drift: reads alone.",
                    environments=spec.plan_environments,
                ),
                DEPLOY: PipelineAccountArgs(
                    account_id=names.service_account(DEPLOY),
                    purpose="Applies what was approved.",
                    environments=spec.deploy_environments or (fleet.name,),
                ),
            },
        ),
    )
    logs = Logs(
        "logs",
        LogsArgs(
            project=project.using("logging"),
            location=fleet.auth.location,
            bucket_id=names.log_bucket,
            sink_name=names.log_sink,
        ),
    )
    if fleet.organisation:
        Budget(
            "budget",
            BudgetArgs(
                billing_account=fleet.organisation.billing_account,
                project_number=project.number,
                title=names.stack,
                monthly=MOST_EXPECTED,
                currency=fleet.auth.budget.currency,
                thresholds_percent=(50, 100),
                channel=MailArgs(project=project.using("monitoring"), address=fleet.auth.alerts.email),
            ),
        )
    pulumi.export(Out.PROJECT_ID, project.project_id)
    pulumi.export(Out.LOG_BUCKET, logs.bucket_name)
    pulumi.export(Out.WORKLOAD_IDENTITY_PROVIDER, identities.provider_name)
    pulumi.export(Out.READ_ONLY_ACCOUNT, identities.emails[PLAN])
    pulumi.export(Out.DEPLOY_ACCOUNT, identities.emails[DEPLOY])
