"""What a data directory keeps besides the servers' data."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest

from deploy.embedded.data_dir import (
    Servers,
    forget_servers,
    keep_secret_key,
    locked,
    read_secret_key,
    read_servers,
    settle_secret_key,
    write_servers,
)
from deploy.trouble import Trouble


def test_one_kasir_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(Trouble, match=f"in use by another kasir .pid {os.getpid()}.*--data-dir"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="cannot be used"), locked(tmp_path / "file" / "below"):
        pass


def test_the_secret_key_is_made_once_and_only_ours_to_read(tmp_path: Path) -> None:
    assert read_secret_key(tmp_path) == ""
    key = keep_secret_key(tmp_path)
    assert len(base64.urlsafe_b64decode(key)) == 32
    assert keep_secret_key(tmp_path) == key == read_secret_key(tmp_path)
    assert not (tmp_path / "secret.key").exists()
    settle_secret_key(tmp_path)
    settle_secret_key(tmp_path)
    assert keep_secret_key(tmp_path) == key == read_secret_key(tmp_path)
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_a_key_that_is_put_back_is_the_one(tmp_path: Path) -> None:
    """In the meantime one was made that the database has refused."""
    keep_secret_key(tmp_path)
    theirs = base64.urlsafe_b64encode(bytes(32)).decode()
    (tmp_path / "secret.key").write_text(theirs + "\n")
    assert keep_secret_key(tmp_path) == theirs
    settle_secret_key(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    assert read_secret_key(tmp_path) == theirs


@pytest.mark.parametrize("rubbish", ["x", "not a key at all", "QUJD"])
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, rubbish: str) -> None:
    (tmp_path / "secret.key").write_text(rubbish)
    with pytest.raises(Trouble, match=r"secret\.key does not hold a key"):
        keep_secret_key(tmp_path)


def test_servers_are_found_while_they_run(tmp_path: Path) -> None:
    servers = Servers(nats_url="nats://x", database_url="postgresql://y", alone=True)
    assert read_servers(tmp_path) is None
    write_servers(tmp_path, servers)
    assert read_servers(tmp_path) == servers
    assert stat.S_IMODE((tmp_path / "servers.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["servers.json"]
    forget_servers(tmp_path)
    assert read_servers(tmp_path) is None
