"""The way from an email address to a workspace that is served."""

from __future__ import annotations

from .harness import Running


async def test_somebody_signs_in_creates_a_workspace_and_is_routed_to_it(auth: Running) -> None:
    ann = await auth.sign_in("ann@example.com")
    homeless = (await auth.route("cookie", ann.token, placement="us-east")).json()
    assert (homeless["region"], homeless["workspace"], homeless["version"]) == ("eu-west", None, 0)
    workspace = await auth.workspace(ann, "acme")
    for named in ("", "acme"):
        answer = await auth.route("cookie", ann.token, workspace=named, placement="us-east")
        assert answer.status_code == 200
        assert (answer.json()["region"], answer.json()["workspace"]) == ("eu-west", workspace)
