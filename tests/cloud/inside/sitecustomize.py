"""Read at its start by every Python whose PYTHONPATH has this folder."""

from tests.cloud.network import keep_inside

keep_inside(setattr, [])
