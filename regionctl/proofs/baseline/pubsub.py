"""Pub/Sub: who hears a topic, and where its messages rest."""

from __future__ import annotations

from collections.abc import Iterator

from regionctl.model.path import join
from regionctl.proofs.graph import Graph
from regionctl.proofs.values import at, is_known, items, shown
from regionctl.render import Resource

from .grants import each, not_public, on
from .rule import Objection, Rule, of, present, wrong

AREA = "Pub/Sub"
TOPIC = "gcp:pubsub/topic:Topic"
PLACES = "messageStoragePolicy.allowedPersistenceRegions"


def _in_the_jurisdiction(topic: Resource, graph: Graph) -> Iterator[Objection]:
    places = items(at(topic, PLACES))
    if not places:
        yield wrong(PLACES, at(topic, PLACES), "a list of locations: without one, messages rest anywhere")
    for index, place in enumerate(places):
        if not is_known(place) or not graph.inside(str(place)):
            path = join(PLACES, index)
            yield Objection(path=path, message=f"{shown(place)} is not in jurisdiction {graph.facts.jurisdiction}")


RULES_OF_PUBSUB = (
    Rule(
        id="CKV_GCP_83",
        area=AREA,
        claim="a topic is encrypted with a key of one's own",
        mend="set kms_key_name",
        subjects=of(TOPIC),
        objections=present("kmsKeyName", "the id of a key"),
    ),
    Rule(
        id="CKV_GCP_99",
        area=AREA,
        claim="topics and subscriptions are granted to nobody public",
        mend="grant them to the accounts that publish and listen",
        subjects=on("pubsub"),
        objections=each(not_public),
    ),
    Rule(
        id="baseline/message-storage",
        area=AREA,
        claim="messages rest within the jurisdiction",
        mend="set message_storage_policy with locations of the jurisdiction",
        subjects=of(TOPIC),
        objections=_in_the_jurisdiction,
    ),
)
