from __future__ import annotations

from components.messaging import Subscription, SubscriptionArgs, Topic, TopicArgs
from regionctl.render import Declaration
from tests.components.alone import at, declared, every, named, only, waits_for


def topic() -> Declaration:
    args = TopicArgs(
        project="p", name="events", locations=["europe-west1"], key_id="k", subscribers={"eu": "serviceAccount:eu"}
    )
    return declared(lambda: Topic("events", args))


def subscription() -> Declaration:
    args = SubscriptionArgs(
        project="p",
        name="events",
        topic_id="projects/auth/topics/events",
        subscribers={"worker": "serviceAccount:worker"},
        agent="serviceAccount:agent",
        dead_letter_name="dead",
        locations=["europe-west1"],
        key_id="k",
    )
    return declared(lambda: Subscription("events", args))


def test_messages_rest_in_the_named_locations_under_a_key_of_ones_own() -> None:
    made = only(topic(), "TopicIAMMember")
    assert at(made, "member") == "serviceAccount:eu"
    made = named(topic(), "events-topic")
    assert at(made, "messageStoragePolicy.allowedPersistenceRegions") == ["europe-west1"]
    assert at(made, "kmsKeyName") == "k"


def test_dead_letters_keep_to_the_region_too() -> None:
    dead = named(subscription(), "events-dead-letter-topic")
    assert at(dead, "messageStoragePolicy.allowedPersistenceRegions") == ["europe-west1"]
    assert at(dead, "kmsKeyName") == "k"


def test_a_subscription_never_expires_and_keeps_the_order() -> None:
    for made in (named(subscription(), name) for name in ("events-subscription", "events-dead-letter-subscription")):
        assert at(made, "expirationPolicy.ttl") == ""
        assert at(made, "enableMessageOrdering") is True


def test_dead_letters_have_somebody_to_keep_them_before_the_first_is_sent() -> None:
    declaration = subscription()
    made = named(declaration, "events-subscription")
    assert waits_for(declaration, made, named(declaration, "events-dead-letter-subscription"))
    assert waits_for(declaration, made, named(declaration, "events-dead-letter-publisher-agent"))


def test_the_agent_may_take_what_it_moves_to_the_dead_letters() -> None:
    grants = every(subscription(), "SubscriptionIAMMember")
    assert {at(g, "member") for g in grants} == {"serviceAccount:agent", "serviceAccount:worker"}
    assert {at(g, "role") for g in grants} == {"roles/pubsub.subscriber"}
