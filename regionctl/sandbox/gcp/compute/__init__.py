"""Compute Engine: networks, firewalls, a regional load balancer, machines."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.gcp.compute import balancing, firewall, instances, network

EMULATIONS: Final = (*network.EMULATIONS, *firewall.EMULATIONS, *balancing.EMULATIONS, *instances.EMULATIONS)
