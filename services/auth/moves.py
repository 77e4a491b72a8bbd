"""The move of a workspace's place. Its data is the regions' affair: they copy first, and call this between."""

from __future__ import annotations

from auth.store import Store


class NoSuchWorkspace(Exception):
    """It is not there, or was never confirmed."""


async def move_workspace(store: Store, workspace_id: str, to_region: str) -> int:
    """The new place's version. To the region where it is: a restore, whose rows win by the higher version from now on.

    The feed tells both regions; the one that is left gets a statement, signed when it reads it. Raises NoSuchWorkspace.
    """
    async with store.writing() as connection:
        place = await connection.fetchrow(
            "SELECT region, place_version FROM auth.workspace WHERE id = $1 AND state = 'confirmed' FOR NO KEY UPDATE",
            workspace_id,
        )
        if place is None:
            raise NoSuchWorkspace(workspace_id)
        version = int(place["place_version"]) + 1
        await connection.execute(
            "UPDATE auth.workspace SET region = $2, place_version = $3 WHERE id = $1", workspace_id, to_region, version
        )
        if place["region"] != to_region:
            await connection.execute(
                """
                INSERT INTO auth.moved (workspace_id, from_region, to_region, place_version) VALUES ($1, $2, $3, $4)
                ON CONFLICT (workspace_id, from_region)
                DO UPDATE SET to_region = excluded.to_region, place_version = excluded.place_version
                """,
                workspace_id,
                place["region"],
                to_region,
                version,
            )
    return version
