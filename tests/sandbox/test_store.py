"""The file of the emulated clouds: what is no such file, or is damaged, gets one line that says so."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from regionctl.engine.attached import attached
from regionctl.model.errors import EngineError
from regionctl.sandbox import clouds, store
from regionctl.sandbox.store import Store, StoreBusy, StoreUnreadable
from tests.sandbox.google import KEY_RING, NETWORK, SUBNET, Refused, google

_GRANT = "gcp:projects/iAMMember:IAMMember"


def _text(path: Path) -> None:
    path.write_text("this is no database, whatever its name says\n" * 200)


def _folder(path: Path) -> None:
    path.mkdir()


def _another_programs(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table bookmark (url text)")


def _another_programs_of_our_version(path: Path) -> None:
    _another_programs(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"pragma user_version = {store.FORMAT}")


def _of_a_later_version(path: Path) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"pragma user_version = {store.FORMAT + 1}")


def _without_its_key(path: Path) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("delete from meta")


_WRONG = [
    _text,
    _folder,
    _another_programs,
    _another_programs_of_our_version,
    _of_a_later_version,
    _without_its_key,
]


def _damage(data: Path) -> None:
    """Overwrites all but the first two pages of a file that holds enough to have more."""
    with google(data) as gcp:
        for i in range(40):
            gcp.create(NETWORK, f"net{i}")
    content = bytearray(data.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    data.write_bytes(content)


@pytest.mark.parametrize("make", _WRONG)
def test_what_is_no_file_of_ours_is_refused_by_name(data: Path, make: Callable[[Path], None]) -> None:
    make(data)
    with pytest.raises(StoreUnreadable) as caught:
        clouds.status(data)
    assert caught.value.path == data
    assert "\n" not in str(caught.value)


def test_another_programs_database_is_left_as_it_is(data: Path) -> None:
    _another_programs(data)
    before = data.read_bytes()
    with pytest.raises(StoreUnreadable, match="another program"):
        clouds.status(data)
    assert data.read_bytes() == before


def test_a_damaged_file_is_refused_in_one_line(data: Path) -> None:
    _damage(data)
    for look in (lambda: clouds.status(data), lambda: clouds.edit(data, "net1", "mtu", 1400)):
        with pytest.raises(StoreUnreadable, match="malformed"):
            look()


def test_a_provider_says_that_its_file_is_damaged(data: Path) -> None:
    _damage(data)
    with google(data) as gcp, pytest.raises(Refused, match="the emulated clouds cannot be read") as caught:
        gcp.create(NETWORK, "one-more")
    assert str(data) in caught.value.message


@pytest.mark.parametrize("stored", ["'{'", "cast(x'ff' as text)"])
def test_a_row_that_cannot_be_read_is_told(data: Path, stored: str) -> None:
    with google(data) as gcp:
        gcp.create(NETWORK, "main")
    with closing(sqlite3.connect(data)) as db, db:
        db.execute(f"update resource set inputs = {stored}")
    with pytest.raises(StoreUnreadable):
        clouds.status(data)


@pytest.mark.parametrize("make", [_text, _of_a_later_version, _without_its_key, _damage])
def test_a_reset_starts_over_where_nothing_can_be_read(data: Path, make: Callable[[Path], None]) -> None:
    make(data)
    assert clouds.reset(data) is None
    assert clouds.status(data).types == {}


def test_a_reset_leaves_another_programs_database_alone(data: Path) -> None:
    _another_programs(data)
    with pytest.raises(StoreUnreadable):
        clouds.reset(data)
    with closing(sqlite3.connect(data)) as db:
        assert db.execute("select count(*) from bookmark").fetchone() == (0,)


def test_a_file_that_another_process_holds_is_busy(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_TIMEOUT_S", 0.01)
    Store(data).close()
    with closing(sqlite3.connect(data)) as other:
        other.execute("begin immediate")
        with pytest.raises(StoreBusy) as caught:
            clouds.status(data)
    assert caught.value.path == data


def test_a_file_that_is_gone_while_it_is_served_is_told(data: Path) -> None:
    with google(data) as gcp:
        gcp.create(NETWORK, "main")
        shutil.copy(data, data.with_suffix(".copy"))
        with closing(sqlite3.connect(data)) as db, db:
            db.execute("drop table resource")
        with pytest.raises(Refused, match="the emulated clouds cannot be read: no such table"):
            gcp.create(NETWORK, "other")


def test_a_file_that_holds_everything_is_sound(data: Path) -> None:
    with google(data) as gcp:
        network = gcp.create(NETWORK, "main")
        gcp.create(SUBNET, "nodes", network=network.id, ipCidrRange="10.0.0.0/20")
        ring = gcp.create(KEY_RING, "keys", location="europe-west1")
        gcp.delete(ring)
        gcp.create(_GRANT, "grant", member="group:ops@example.com", role="roles/viewer", project="acme-prod")
    with closing(Store(data)) as opened:
        opened.verify()


@pytest.mark.parametrize(("make", "why"), [(_of_a_later_version, "it has format"), (_damage, "malformed")])
def test_a_run_says_in_one_line_why_its_clouds_do_not_start(
    data: Path, capfd: pytest.CaptureFixture[str], make: Callable[[Path], None], why: str
) -> None:
    make(data)
    with pytest.raises(EngineError, match=why) as caught, attached(data):
        pass
    assert str(data) in str(caught.value)
    assert "\n" not in str(caught.value)
    # gRPC's own log of a channel that an earlier test closed may come in between: `I1127 12:19:08.960777 ...`.
    said = [line for line in capfd.readouterr().err.splitlines() if not re.match(r"[IWE]\d{4} ", line)]
    assert said == []
