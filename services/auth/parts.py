"""What a process of auth is made of, and who asks it."""

from __future__ import annotations

from dataclasses import dataclass

from auth.credentials import Credentials
from auth.feed import Feed
from auth.keys import Keys
from auth.mail import Mailer
from auth.publishing import Publisher
from auth.routing import Router
from auth.settings import AuthSettings, seed_of
from auth.sign_in import SignIn
from auth.signing import Signer
from auth.store import Store
from auth.updates import Updates
from auth.workspaces import Workspaces
from kit.database import Database


@dataclass(frozen=True, kw_only=True)
class Parts:
    store: Store
    signer: Signer
    publisher: Publisher
    router: Router
    sign_in: SignIn
    credentials: Credentials
    workspaces: Workspaces
    keys: Keys
    updates: Updates
    feed: Feed


def make_parts(settings: AuthSettings, database: Database, publisher: Publisher, mailer: Mailer) -> Parts:
    store = Store(database, publisher)
    seeds = {"a": settings.signing_key_a, "b": settings.signing_key_b}
    signer = Signer({name: seed_of(seed.get_secret_value()) for name, seed in seeds.items()}, settings.signing_key)
    return Parts(
        store=store,
        signer=signer,
        publisher=publisher,
        router=Router(store, signer, settings.route_timeout_s),
        sign_in=SignIn(store, mailer, settings.regions),
        credentials=Credentials(store),
        workspaces=Workspaces(store, mailer),
        keys=Keys(store),
        updates=Updates(store),
        feed=Feed(store, signer),
    )


@dataclass(frozen=True)
class Caller:
    """The region that asks: it speaks of its own workspaces alone."""

    region: str
    parts: Parts
