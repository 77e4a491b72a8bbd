"""The auth service's home: its project, and the topic on which it tells every region what changed."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.identity import AccountArgs, Identity, IdentityArgs
from components.messaging import Topic, TopicArgs
from regions.names import auth_names
from regions.spec import FleetSpec, Lifecycle, RegionSpec
from stacks.foundation import labels, make_keys, make_project


def auth(fleet: FleetSpec, regions: Sequence[RegionSpec]) -> None:
    """Declares the auth service's resources and exports its outputs.

    Each region that is not closed has an account here, which may attach a subscription to the topic: a grant can only
    name an account that exists, and the accounts of a region's own project come later than this stack.
    """
    names = auth_names(fleet)
    project = make_project(fleet, fleet.auth, names, services=("cloudkms", "pubsub"), agents=("pubsub",))
    keys = make_keys(project, fleet.auth, names, {"messages": "pubsub"})
    listening = [region.name for region in regions if region.lifecycle is not Lifecycle.CLOSED]
    identity = Identity(
        "identity",
        IdentityArgs(
            project=project.using("iam"),
            accounts={
                region: AccountArgs(account_id=names.region_account(region), purpose=f"Stands for region {region}.")
                for region in listening
            },
        ),
    )
    topic = Topic(
        "events",
        TopicArgs(
            project=project.using("pubsub"),
            name=names.topic,
            locations=[fleet.auth.location],
            key_id=keys.key_ids["messages"],
            subscribers={region: identity.members[region] for region in listening},
            labels=labels(names),
        ),
    )
    pulumi.export("project_id", project.project_id)
    pulumi.export("topic_id", topic.topic_id)
