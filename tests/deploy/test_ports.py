"""Ports that stay ours from choosing to listening."""

from __future__ import annotations

import socket
import struct

import pytest

from deploy.ports import FIRST, LAST, free_port, held_port

HOST = "127.0.0.1"
IP_LOCAL_PORT_RANGE = 51
"""Linux: from which ports one socket's outgoing connection has its own."""


def connected_from(port: int, target: tuple[str, int]) -> bool:
    """Whether an outgoing connection that has no other port to take is made."""
    with socket.socket() as going:
        going.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, struct.pack("=I", port << 16 | port))
        return going.connect_ex(target) == 0


def kernel_lets_choose() -> bool:
    with socket.socket() as going:
        try:
            going.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, struct.pack("=I", 0))
        except OSError:
            return False
    return True


@pytest.mark.skipif(not kernel_lets_choose(), reason="this kernel chooses the ports of connections by itself")
def test_no_connection_takes_a_port_that_is_held() -> None:
    let_go = []
    with socket.create_server((HOST, 0)) as server:
        for _ in range(5):  # somebody else's connection may take one of them once it is let go
            with socket.socket() as probe:
                probe.bind((HOST, 0))
                port = probe.getsockname()[1]
            with held_port(HOST, port):
                assert not connected_from(port, server.getsockname())
            let_go.append(connected_from(port, server.getsockname()))
    assert any(let_go)


def test_a_port_that_is_held_may_be_listened_on_once() -> None:
    with held_port(HOST, 0) as port, socket.create_server((HOST, port)):
        with pytest.raises(OSError, match="Address already in use"):
            socket.create_server((HOST, port))
        with pytest.raises(OSError, match="Address already in use"), held_port(HOST, port):
            pass


def test_processes_may_share_a_port_that_is_held() -> None:
    with (
        held_port(HOST, 0) as port,
        socket.create_server((HOST, port), reuse_port=True),
        socket.create_server((HOST, port), reuse_port=True),
        socket.create_connection((HOST, port)) as connection,
    ):
        assert connection.getpeername() == (HOST, port)


def test_free_ports_are_in_a_row_and_below_those_of_connections() -> None:
    first = free_port(count=4)
    assert FIRST <= first < first + 4 <= LAST
    with pytest.raises(OSError, match="Cannot assign requested address"):
        free_port("192.0.2.1")
