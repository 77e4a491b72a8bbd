from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regions.addresses import NoFreeAddresses, Overlap, carve, next_free, overlaps

RANGES = st.one_of(
    st.integers(0, 255).map(lambda n: IPv4Network(f"10.{n}.0.0/16")),
    st.sampled_from([n for n in range(16, 32) if n != 17]).map(lambda n: IPv4Network(f"172.{n}.0.0/16")),
    st.just(IPv4Network("192.168.0.0/16")),
)
TEN_ONLY = [IPv4Network(f"10.{n}.0.0/16") for n in range(256)]


@given(RANGES)
def test_the_parts_of_a_range_lie_in_it_and_never_overlap(addresses: IPv4Network) -> None:
    parts = carve(addresses)
    networks = (parts.workloads, parts.services, parts.proxy)
    assert all(network.subnet_of(addresses) for network in networks)
    assert not any(a.overlaps(b) for a, b in combinations(networks, 2))


@given(RANGES)
def test_the_parts_are_large_enough_for_what_google_asks_for(addresses: IPv4Network) -> None:
    parts = carve(addresses)
    assert parts.workloads.num_addresses >= 4 * 3 * 1000  # four an instance, at the most instances of three workloads
    assert parts.services.prefixlen <= 20
    assert parts.proxy.prefixlen <= 23


@given(RANGES, RANGES)
def test_two_regions_whose_ranges_are_apart_have_parts_that_are_apart(one: IPv4Network, other: IPv4Network) -> None:
    if one == other:
        return
    mine, theirs = carve(one), carve(other)
    assert not any(
        a.overlaps(b)
        for a in (mine.workloads, mine.services, mine.proxy)
        for b in (theirs.workloads, theirs.services, theirs.proxy)
    )


@given(st.sets(RANGES, max_size=40))
def test_the_next_free_range_overlaps_none_that_is_taken(taken: set[IPv4Network]) -> None:
    free = next_free(taken)
    assert not any(free.overlaps(other) for other in taken)
    assert free.is_private
    assert free.prefixlen == 16


def test_fifty_ranges_handed_out_one_after_the_other_never_overlap() -> None:
    taken: list[IPv4Network] = []
    for _ in range(50):
        taken.append(next_free(taken))
    assert overlaps({str(number): addresses for number, addresses in enumerate(taken)}) == []


def test_a_fleets_ranges_stay_together() -> None:
    assert next_free([IPv4Network("10.128.0.0/16"), IPv4Network("10.129.0.0/16")]) == IPv4Network("10.130.0.0/16")


def test_a_gap_is_filled_first() -> None:
    assert next_free([IPv4Network("10.0.0.0/16"), IPv4Network("10.2.0.0/16")]) == IPv4Network("10.1.0.0/16")


def test_dockers_range_is_never_handed_out() -> None:
    assert next_free([*TEN_ONLY, IPv4Network("172.16.0.0/16")]) == IPv4Network("172.18.0.0/16")


def test_when_all_ranges_are_taken_there_is_none() -> None:
    with pytest.raises(NoFreeAddresses):
        next_free([IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16")])


def test_an_overlap_names_the_one_before_and_the_one_after() -> None:
    ranges = {
        "a": IPv4Network("10.0.0.0/8"),
        "b": IPv4Network("192.168.0.0/16"),
        "c": IPv4Network("10.2.0.0/16"),
    }
    assert overlaps(ranges) == [Overlap("a", "c")]
