"""The API as an application: its routes, around what they work with."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.web import Lifespan, application
from product.api import attachments, keys, records, sessions, workspaces
from product.api.call import HANDLERS, Services
from product.running import has_heard

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

    async def data() -> bool:
        opened: Services = app.state.services
        return await has_heard(opened.database)

    app = application(
        [*ROUTES, *more_routes],
        checks={"database": database, "data": data},
        lifespan=lifespan,
        middleware=[Middleware(_ServedBy)],
        body_limits={attachments.PATH: attachments.MAX_BYTES},
    )
    for error, handler in HANDLERS.items():
        app.add_exception_handler(error, handler)
    if services is not None:
        app.state.services = services
    return app


class _ServedBy:
    """Says on every answer where it came from, for those who operate this; the edge takes its own headers off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                services: Services = scope["app"].state.services
                MutableHeaders(scope=message).setdefault("X-Served-By", services.region)
            await send(message)

        await self._app(scope, receive, sending)
