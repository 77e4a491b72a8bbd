"""The API as an application: its routes, around what they work with."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from kit.web import Lifespan, application
from product.api import attachments, keys, records, sessions, workspaces
from product.api.call import HANDLERS, Services

ROUTES: Sequence[BaseRoute] = (
    *sessions.ROUTES,
    *workspaces.ROUTES,
    *records.ROUTES,
    *attachments.ROUTES,
    *keys.ROUTES,
)


def make_app(
    services: Services | None = None, *, lifespan: Lifespan | None = None, more_routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """`services`, or a lifespan that sets `app.state.services`. `more_routes`: the page's."""

    async def database() -> bool:
        opened: Services = app.state.services
        return await opened.database.ready()

    app = application(
        [*ROUTES, *more_routes],
        checks={"database": database},
        lifespan=lifespan,
        body_limits={attachments.PATH: attachments.MAX_BYTES},
    )
    for error, handler in HANDLERS.items():
        app.add_exception_handler(error, handler)
    if services is not None:
        app.state.services = services
    return app
