"""Compute Engine: networking."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.gcp.compute import network

EMULATIONS: Final = (*network.EMULATIONS,)
