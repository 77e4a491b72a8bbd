"""Google Cloud's regions and the jurisdiction that each lies in."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from regionctl.model.hints import did_you_mean


class Jurisdiction(StrEnum):
    """Whose law the data of a region rests under. A region's data never leaves it."""

    EU = "eu"
    UK = "uk"
    CH = "ch"
    US = "us"
    CA = "ca"
    LATAM = "latam"
    APAC = "apac"
    ME = "me"
    AFRICA = "africa"


# https://cloud.google.com/compute/docs/regions-zones. London and Zurich lie in Europe, but not in the European Union.
LOCATIONS_IN: dict[Jurisdiction, tuple[str, ...]] = {
    Jurisdiction.EU: (
        "europe-central2",
        "europe-north1",
        "europe-north2",
        "europe-southwest1",
        "europe-west1",
        "europe-west10",
        "europe-west12",
        "europe-west3",
        "europe-west4",
        "europe-west8",
        "europe-west9",
    ),
    Jurisdiction.UK: ("europe-west2",),
    Jurisdiction.CH: ("europe-west6",),
    Jurisdiction.US: (
        "us-central1",
        "us-east1",
        "us-east4",
        "us-east5",
        "us-south1",
        "us-west1",
        "us-west2",
        "us-west3",
        "us-west4",
    ),
    Jurisdiction.CA: ("northamerica-northeast1", "northamerica-northeast2"),
    Jurisdiction.LATAM: ("northamerica-south1", "southamerica-east1", "southamerica-west1"),
    Jurisdiction.APAC: (
        "asia-east1",
        "asia-east2",
        "asia-northeast1",
        "asia-northeast2",
        "asia-northeast3",
        "asia-south1",
        "asia-south2",
        "asia-southeast1",
        "asia-southeast2",
        "asia-southeast3",
        "australia-southeast1",
        "australia-southeast2",
    ),
    Jurisdiction.ME: ("me-central1", "me-central2", "me-west1"),
    Jurisdiction.AFRICA: ("africa-south1",),
}

JURISDICTION_OF = MappingProxyType({place: law for law, places in LOCATIONS_IN.items() for place in places})

# Names of several regions of one jurisdiction at once, as Cloud SQL's backups and Cloud Storage take them.
# https://cloud.google.com/storage/docs/locations#location-mr. The multi-region eu leaves out London and Zurich.
MULTI_REGIONS = MappingProxyType({"asia": Jurisdiction.APAC, "eu": Jurisdiction.EU, "us": Jurisdiction.US})


def known_location(location: str, *also: str) -> str:
    """The location, when it is a Google Cloud region or one of `also`. Raises ValueError, with the nearest."""
    known = (*JURISDICTION_OF, *also)
    if location not in known:
        hint = did_you_mean(location, known, most=1)
        raise ValueError("not a region of Google Cloud" + (f"; {hint}" if hint else ""))
    return location
