"""Messages on Pub/Sub: topics that keep to their jurisdiction, and subscriptions that lose nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child, ready

PUBLISH = "roles/pubsub.publisher"
SUBSCRIBE = "roles/pubsub.subscriber"  # on a topic: to attach a subscription to it, from another project too

KEPT_FOR = f"{7 * 24 * 60 * 60}s"


@dataclass(frozen=True, kw_only=True)
class TopicArgs:
    """`locations` is where messages may rest. `publishers` and `subscribers` map a stable key to an IAM member."""

    project: Input[str]
    name: Input[str]
    locations: Sequence[Input[str]]
    key_id: Input[str]
    publishers: Mapping[str, Input[str]] = field(default_factory=dict)
    subscribers: Mapping[str, Input[str]] = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)


class Topic(pulumi.ComponentResource):
    """A topic under a key of one's own, whose messages rest in the named locations only and are kept for seven days.

    `topic_id` implies readiness: it waits for the grants. Does not make subscriptions: those belong to who listens.
    """

    topic_id: Output[str]
    topic_name: Output[str]

    def __init__(self, name: str, args: TopicArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:messaging:Topic", name, None, opts)
        topic = gcp.pubsub.Topic(
            f"{name}-topic",
            project=args.project,
            name=args.name,
            kms_key_name=args.key_id,  # CKV_GCP_83
            message_retention_duration=KEPT_FOR,
            message_storage_policy=gcp.pubsub.TopicMessageStoragePolicyArgs(
                # Not enforced in transit: then nobody could subscribe from a region outside of the list.
                allowed_persistence_regions=list(args.locations),
                enforce_in_transit=False,
            ),
            labels=args.labels,
            opts=child(self),
        )
        grants = [  # CKV_GCP_99: to named accounts only
            gcp.pubsub.TopicIAMMember(
                f"{name}-{kind}-{key}",
                project=args.project,
                topic=topic.name,
                role=role,
                member=member,
                opts=child(self),
            )
            for kind, role, members in (
                ("publisher", PUBLISH, args.publishers),
                ("subscriber", SUBSCRIBE, args.subscribers),
            )
            for key, member in members.items()
        ]
        self.topic_id = ready(topic.id, *grants)
        self.topic_name = ready(topic.name, *grants)
        self.register_outputs({"topicId": self.topic_id, "topicName": self.topic_name})


@dataclass(frozen=True, kw_only=True)
class SubscriptionArgs:
    """`topic_id` may be in another project. `subscribers` maps a stable key to an IAM member that takes messages.

    `agent` is the IAM member of this project's Pub/Sub agent, which moves what cannot be delivered to the topic named
    `dead_letter_name`, in `locations` and under `key_id`.
    """

    project: Input[str]
    name: Input[str]
    topic_id: Input[str]
    subscribers: Mapping[str, Input[str]]
    agent: Input[str]
    dead_letter_name: Input[str]
    locations: Sequence[Input[str]]
    key_id: Input[str]
    ack_deadline_s: Input[int] = 60
    delivery_attempts: Input[int] = 10
    labels: Labels = field(default_factory=dict)


class Subscription(pulumi.ComponentResource):
    """A subscription in the order of publishing that never expires, and a dead-letter topic with one of its own, so
    that what could not be handled waits for seven days to be looked at.

    Does not make the topic, nor the grant to attach to it: whoever owns the topic does.
    """

    subscription_id: Output[str]
    dead_letter_subscription_name: Output[str]

    def __init__(self, name: str, args: SubscriptionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:messaging:Subscription", name, None, opts)
        dead_letters = Topic(
            f"{name}-dead-letter",
            TopicArgs(
                project=args.project,
                name=args.dead_letter_name,
                locations=args.locations,
                key_id=args.key_id,
                publishers={"agent": args.agent},
                labels=args.labels,
            ),
            ResourceOptions(parent=self),
        )
        kept = self._make_subscription(f"{name}-dead-letter", args.dead_letter_name, dead_letters.topic_id, args)
        policy = gcp.pubsub.SubscriptionDeadLetterPolicyArgs(
            dead_letter_topic=ready(dead_letters.topic_id, kept), max_delivery_attempts=args.delivery_attempts
        )
        subscription = self._make_subscription(name, args.name, args.topic_id, args, policy)
        grants = [
            gcp.pubsub.SubscriptionIAMMember(
                f"{name}-subscriber-{key}",
                project=args.project,
                subscription=subscription.name,
                role=SUBSCRIBE,
                member=member,
                opts=child(self),
            )
            for key, member in {"agent": args.agent, **args.subscribers}.items()
        ]
        self.subscription_id = ready(subscription.id, *grants)
        self.dead_letter_subscription_name = kept.name
        self.register_outputs(
            {
                "subscriptionId": self.subscription_id,
                "deadLetterSubscriptionName": self.dead_letter_subscription_name,
            }
        )

    def _make_subscription(
        self,
        name: str,
        cloud_name: Input[str],
        topic_id: Input[str],
        args: SubscriptionArgs,
        dead_letter_policy: gcp.pubsub.SubscriptionDeadLetterPolicyArgs | None = None,
    ) -> gcp.pubsub.Subscription:
        return gcp.pubsub.Subscription(
            f"{name}-subscription",
            project=args.project,
            name=cloud_name,
            topic=topic_id,
            ack_deadline_seconds=args.ack_deadline_s,
            message_retention_duration=KEPT_FOR,
            enable_message_ordering=True,
            expiration_policy=gcp.pubsub.SubscriptionExpirationPolicyArgs(ttl=""),  # never
            retry_policy=gcp.pubsub.SubscriptionRetryPolicyArgs(minimum_backoff="10s", maximum_backoff="600s"),
            dead_letter_policy=dead_letter_policy,
            labels=args.labels,
            opts=child(self),
        )
