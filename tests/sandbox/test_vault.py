from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regionctl.sandbox.sealing import Vault, VaultUnreadable

SAME_PATH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(text=st.binary(max_size=300))
@SAME_PATH
def test_what_was_sealed_opens_again(tmp_path: Path, text: bytes) -> None:
    vault = Vault(tmp_path / "key")
    assert Vault(tmp_path / "key").open(vault.seal(text)) == text


@given(text=st.binary(min_size=16, max_size=300))
@SAME_PATH
def test_what_was_sealed_does_not_show(tmp_path: Path, text: bytes) -> None:
    assert text not in Vault(tmp_path / "key").seal(text)


@given(text=st.binary(max_size=100), data=st.data())
@SAME_PATH
def test_a_single_changed_bit_is_noticed(tmp_path: Path, text: bytes, data: st.DataObject) -> None:
    vault = Vault(tmp_path / "key")
    sealed = bytearray(vault.seal(text))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(VaultUnreadable):
        vault.open(bytes(sealed))


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    sealed = Vault(tmp_path / "one").seal(b"text")
    Vault(tmp_path / "two").seal(b"text")
    with pytest.raises(VaultUnreadable) as unreadable:
        Vault(tmp_path / "two").open(sealed)
    assert unreadable.value.path == tmp_path / "two"


@pytest.mark.parametrize("content", [None, b"", b"short"])
def test_without_its_key_nothing_opens(tmp_path: Path, content: bytes | None) -> None:
    sealed = Vault(tmp_path / "key").seal(b"text")
    (tmp_path / "key").unlink()
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(VaultUnreadable):
        Vault(tmp_path / "key").open(sealed)


def test_a_damaged_key_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(VaultUnreadable):
        Vault(tmp_path / "key").seal(b"text")
    assert (tmp_path / "key").read_bytes() == b"short"


def test_the_key_is_its_owners_alone(tmp_path: Path) -> None:
    Vault(tmp_path / "key").seal(b"text")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_cut_text_is_noticed(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "key")
    sealed = vault.seal(b"a longer text")
    for cut in range(len(sealed)):
        with pytest.raises(VaultUnreadable):
            vault.open(sealed[:cut])
