"""Damaged files of the emulated clouds: each is read, or refused in a line that names it. Never a traceback."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from regionctl.model.errors import RegionctlError
from regionctl.sandbox import clouds
from regionctl.sandbox.faults import FaultKind
from tests.mutants import ODD, in_bytes
from tests.sandbox.google import KEY_RING, NETWORK, SECRET, SECRET_VERSION, SUBNET, google

MUTANTS = 250
TABLES = ("meta", "resource", "use", "grant_", "address_range", "tombstone", "fault", "hidden", "kept")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with something in every table that a call reads."""
    data = tmp_path_factory.mktemp("whole") / "clouds.db"
    with google(data) as gcp:
        net = gcp.create(NETWORK, "main", autoCreateSubnetworks=False)
        link = net.outputs.values["selfLink"]
        gcp.create(SUBNET, "first", ipCidrRange="10.0.0.0/24", network=link, region="europe-west1")
        gcp.create(KEY_RING, "ring", location="europe-west1")
        secret = gcp.create(SECRET, "blob", secretId="blob", replication={"auto": {}})
        gcp.create(SECRET_VERSION, "blob", secret=secret.id, secretData="hidden")
    clouds.add_fault(data, FaultKind.QUOTA, count=3)
    with closing(sqlite3.connect(data)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
        db.execute("pragma journal_mode = delete")
    return data.read_bytes()


def look(data: Path) -> None:
    """What commands do with the file."""
    clouds.status(data)
    clouds.resources(data)
    clouds.faults(data)
    clouds.edit(data, "main", "description", "by hand")


def read_or_refused(data: Path, what: Any) -> bool:
    """Whether it was refused."""
    try:
        look(data)
    except RegionctlError as error:
        said = str(error)
    except Exception as error:  # what must not be, with the mutant that did it
        raise AssertionError(what) from error
    else:
        return False
    assert "\n" not in said
    return True


def test_a_damaged_file_is_read_or_refused_in_a_line(data: Path, whole: bytes) -> None:
    refused = 0
    for seed in range(MUTANTS):
        chance = random.Random(f"pages{seed}")
        content = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(content))
            piece = bytes(content[at : at + chance.choice([1, 16, 500])])
            content[at : at + len(piece)] = in_bytes("x" * len(piece), chance)[: len(piece)].ljust(len(piece), b"\0")
        data.write_bytes(content[: chance.choice([len(content), len(content), chance.randrange(len(content))])])
        refused += read_or_refused(data, f"mutant {seed}")
        for beside in data.parent.glob(f"{data.name}-*"):
            beside.unlink()
    assert 0 < refused < MUTANTS


def test_a_damaged_row_is_read_or_refused_in_a_line(data: Path, whole: bytes) -> None:
    for seed in range(MUTANTS):
        chance = random.Random(f"rows{seed}")
        data.write_bytes(whole)
        with closing(sqlite3.connect(data)) as db, db:
            table = chance.choice(TABLES)
            column = chance.choice([row[1] for row in db.execute(f"pragma table_info({table})")])
            before = db.execute(f"select {column} from {table} limit 1").fetchone()
            value = odd(before[0] if before else "", chance)
            try:
                db.execute(f"update {table} set {column} = ?", (value,))
            except sqlite3.IntegrityError:
                continue
        read_or_refused(data, f"{table}.{column} = {value!r}")
        for beside in data.parent.glob(f"{data.name}-*"):
            beside.unlink()


def odd(before: object, chance: random.Random) -> object:
    """What a cell becomes: its text damaged, or something else."""
    if isinstance(before, str) and chance.random() < 0.5:
        return in_bytes(before, chance).decode(errors="replace")
    value = chance.choice(ODD)
    if isinstance(value, int | float) and abs(value) > 2**60:
        return str(value)
    return value if isinstance(value, str | int | float | None) else repr(value).encode()
