"""The API's program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from google.cloud import storage
from starlette.applications import Starlette

from kit.serve import run
from product.api.app import make_app
from product.api.call import Services
from product.bucket import Bucket
from product.page import routes
from product.running import open_auth, open_authenticator, open_database, open_hints
from product.settings import ApiSettings


def main() -> None:
    settings = ApiSettings.model_validate({})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = await open_database(stack, settings, "product-api")
            app.state.services = Services(
                region=settings.region,
                database=database,
                auth=await open_auth(stack, settings),
                authenticator=await open_authenticator(stack, settings, database),
                bucket=Bucket(storage.Client(), settings.bucket_uploads),
                hints=await open_hints(stack, settings),
            )
            yield

    page = routes(localities=settings.localities)
    run(make_app(lifespan=lifespan, more_routes=page), settings)


if __name__ == "__main__":
    main()
