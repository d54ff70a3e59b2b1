"""nats-server as our child: behind a password, at the same port, never left behind."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import stat
import sysconfig
from pathlib import Path

import nats
import nats.errors
import pytest

from deploy.embedded.nats import Nats, start_nats
from deploy.trouble import Trouble
from tests.deploy.support import processes_of
from tests.support import eventually


async def stream_names(url: str) -> list[str]:
    connection = await nats.connect(url)
    try:
        return [stream.config.name or "" for stream in await connection.jetstream().streams_info()]
    finally:
        await connection.close()


async def add_stream(url: str, name: str) -> None:
    connection = await nats.connect(url)
    await connection.jetstream().add_stream(name=name, subjects=[name])
    await connection.close()


async def test_it_keeps_its_streams_and_its_address(tmp_path: Path) -> None:
    async with await start_nats(tmp_path) as server:
        await add_stream(server.url, "kept")
        before = server.url
    assert processes_of(tmp_path) == []
    async with await start_nats(tmp_path) as server:
        assert server.url == before
        assert await stream_names(server.url) == ["kept"]


async def test_messages_may_be_as_big_as_a_batch(tmp_path: Path) -> None:
    async with await start_nats(tmp_path) as server:
        connection = await nats.connect(server.url)
        assert connection.max_payload == 8 * 2**20
        await connection.close()


async def test_by_itself_it_takes_less(tmp_path: Path) -> None:
    """Whoever brings a NATS of their own has to say so."""
    program = shutil.which("nats-server", path=sysconfig.get_path("scripts")) or "nats-server"
    argv = (program, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", str(tmp_path))
    server = await asyncio.create_subprocess_exec(*argv, stderr=asyncio.subprocess.DEVNULL)
    try:
        [ports] = await eventually(lambda: [file for file in tmp_path.glob("*.ports") if file.read_text()])
        connection = await nats.connect(json.loads(ports.read_text())["nats"][0])
        assert connection.max_payload == 2**20
        await connection.close()
    finally:
        server.terminate()
        await server.wait()


async def test_others_on_this_machine_are_not_let_in(tmp_path: Path) -> None:
    async with await start_nats(tmp_path) as server:
        with pytest.raises(nats.errors.Error, match="Authorization"):
            await nats.connect(f"nats://127.0.0.1:{server.port}", allow_reconnect=False)
    for file in ("identity.json", "nats.conf", "nats.log"):
        assert stat.S_IMODE((tmp_path / "nats" / file).stat().st_mode) == 0o600


async def test_accounts_do_not_see_each_other(tmp_path: Path) -> None:
    async with await start_nats(tmp_path, accounts=["one", "two"]) as server:
        await add_stream(server.url_of("one"), "mine")
        assert await stream_names(server.url_of("one")) == ["mine"]
        assert await stream_names(server.url_of("two")) == []


async def test_a_server_that_was_left_behind_is_stopped_first(tmp_path: Path) -> None:
    left = await start_nats(tmp_path)
    async with await start_nats(tmp_path) as server:
        assert not left.child.running
        assert await stream_names(server.url) == []


async def test_somebody_elses_port_is_left_to_them(tmp_path: Path) -> None:
    async with await start_nats(tmp_path) as server:
        before = server.port
    with socket.create_server(("127.0.0.1", before)):
        async with await start_nats(tmp_path) as server:
            assert isinstance(server, Nats)
            assert server.port != before
        with pytest.raises(Trouble, match=r"NATS did not start: .*address already in use"):
            await start_nats(tmp_path, port=before)
