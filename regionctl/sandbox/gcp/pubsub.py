"""Pub/Sub: topics and subscriptions."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Emulation, Reference, constant
from regionctl.sandbox.gcp import formats, policies
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.kms import encrypted_with

TOPIC: Final = "gcp:pubsub/topic:Topic"
SUBSCRIPTION: Final = "gcp:pubsub/subscription:Subscription"

# "Resource already exists in the project (resource=events)." and "Resource not found (resource=events).":
# https://cloud.google.com/pubsub/docs/reference/error-codes
_WORDS: Final = ONE_PLATFORM.but(
    exists="Resource already exists in the project (resource={name}).",
    missing="Resource not found (resource={target}).",
)

EMULATIONS: Final = (
    Emulation(
        token=TOPIC,
        title="Topic",
        words=_WORDS,
        formats={"name": formats.PUBSUB, "messageRetentionDuration": formats.DURATION},
        references=(encrypted_with("kmsKeyName", "gcp-sa-pubsub"),),
        outputs={"messageStoragePolicy": constant({"allowedPersistenceRegions": []})},
    ),
    Emulation(
        token=SUBSCRIPTION,
        title="Subscription",
        words=_WORDS,
        formats={"name": formats.PUBSUB, "messageRetentionDuration": formats.DURATION},
        # A topic may go while its subscriptions stay: their topic then reads `_deleted-topic_`.
        references=(
            Reference(path="topic", to=(TOPIC,)),
            Reference(path="deadLetterPolicy.deadLetterTopic", to=(TOPIC,)),
        ),
        outputs={"ackDeadlineSeconds": constant(10), "expirationPolicy": constant({"ttl": "2678400s"})},
    ),
    policies.member("gcp:pubsub/topicIAMMember:TopicIAMMember", "topic", TOPIC),
    policies.binding("gcp:pubsub/topicIAMBinding:TopicIAMBinding", "topic", TOPIC),
    policies.member("gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember", "subscription", SUBSCRIPTION),
)
