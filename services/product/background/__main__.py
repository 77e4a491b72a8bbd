"""The background worker's program. On `PORT` it answers whether it runs and whether its database does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from google.cloud import storage
from starlette.applications import Starlette

from kit.database import Database
from kit.pubsub import Subscriber
from kit.serve import run
from kit.web import application
from product.background.deliveries import BILLING, Deliveries, Sender, event_id, take_billing
from product.background.feed import Feed
from product.background.messages import Messages
from product.background.outbox import Outbox
from product.background.running import Task, run_for_ever
from product.background.sweeping import Sweeper
from product.bucket import Bucket
from product.running import open_auth, open_database, open_hints
from product.settings import BackgroundSettings

POLL_S = 5.0  # whatever messages say
OUTBOX_S = 1.0
SWEEP_S = 60.0
PURGE_S = 300.0
STATEMENTS_S = 3600.0


def main() -> None:
    settings = BackgroundSettings.model_validate({})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.database = await _start(stack, settings)
            yield

    async def database() -> bool:
        opened: Database = app.state.database
        return await opened.ready()

    app = application([], checks={"database": database}, lifespan=lifespan)
    run(app, settings)


async def _start(stack: AsyncExitStack, settings: BackgroundSettings) -> Database:
    """Tasks end before what they work with is closed; what one of them was at is rolled back and done again."""
    database = await open_database(stack, settings, "product-background")
    auth, hints = await open_auth(stack, settings), await open_hints(stack, settings)
    feed = Feed(auth=auth, database=database, hints=hints)
    outbox = Outbox(auth=auth, database=database)
    bucket = Bucket(storage.Client(), settings.bucket_uploads)
    sweeper = Sweeper(database=database, bucket=bucket, grace=timedelta(seconds=settings.deletion_grace_s))
    wake = asyncio.Event()
    messages = Messages(region=settings.region, database=database, deliveries=_deliveries(settings), wake=wake)
    subscriber = Subscriber(settings.auth_events_subscription)
    stack.push_async_callback(subscriber.close)
    tasks = [
        Task(name="feed", run=feed.poll, every_s=POLL_S, wake=wake),
        Task(name="set aside", run=feed.try_again, every_s=POLL_S),
        Task(name="statements", run=feed.renew_statements, every_s=STATEMENTS_S),
        Task(name="updates", run=outbox.send_updates, every_s=OUTBOX_S),
        Task(name="deletions", run=outbox.send_deletions, every_s=POLL_S),
        Task(name="sweeping", run=sweeper.sweep, every_s=SWEEP_S),
        Task(name="purging", run=sweeper.purge, every_s=PURGE_S),
    ]
    running = [asyncio.create_task(run_for_ever(task), name=task.name) for task in tasks]
    running.append(asyncio.create_task(subscriber.run(messages.handle), name="messages"))
    stack.push_async_callback(_end, running)
    return database


async def _end(running: list[asyncio.Task[None]]) -> None:
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def _deliveries(settings: BackgroundSettings) -> Deliveries:
    """A kind whose secret this deployment was not given is not taken."""
    secret = settings.billing_webhook_secret
    if secret is None:
        return Deliveries(senders={})
    return Deliveries(senders={BILLING.kind: Sender(secret=secret, take=take_billing, delivery_id=event_id)})


if __name__ == "__main__":
    main()
