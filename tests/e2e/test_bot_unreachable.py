"""The bot's old libraries are out of everybody's reach: `docs/held-old.md` leans on this."""

from __future__ import annotations

import ipaddress
import socket

import httpx
import pytest

from tests.e2e import processes
from tests.e2e.running_desk import RunningDesk, bot_key

# Reserved for examples: nothing is ever sent to them, the kernel only says from where it would be.
SOMEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
NONE = "THIS MACHINE HAS NO ADDRESS BUT LOOPBACK: the bot was not tried from another one"
# Doors that a stock Rasa opens; ours has one channel and no API.
STOCK = ("/", "/status", "/version", "/model/parse", "/conversations/x/tracker", "/webhooks/rest")


def own_addresses() -> list[tuple[socket.AddressFamily, str]]:
    """This machine's addresses that others could reach, one of each family at most."""
    found = []
    for family, somewhere in SOMEWHERE.items():
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((somewhere, 9))
            except OSError:
                continue
            address = probe.getsockname()[0]
        if not ipaddress.ip_address(address).is_loopback:
            found.append((family, address))
    return found


def bots_ports(desk: RunningDesk) -> set[tuple[str, int]]:
    """Everything that the bot and what it has started listen on."""
    bot = desk.bot()
    found: set[tuple[str, int]] = set()
    for pid in (bot, *processes.children(bot)):
        found |= processes.listens_on(pid)
    return found


def test_the_bot_takes_connections_on_loopback_alone(desk: RunningDesk) -> None:
    ports = bots_ports(desk)
    assert len(ports) == 1
    assert all(ipaddress.ip_address(address).is_loopback for address, _ in ports)


def test_from_another_address_of_this_machine_bot_and_actions_are_refused(
    desk: RunningDesk,
) -> None:
    addresses = own_addresses()
    if not addresses:
        pytest.skip(NONE)
    ((_, bot_port),) = bots_ports(desk)
    actions_port = httpx.URL(desk.actions_url()).port
    assert actions_port is not None
    with socket.create_connection(("127.0.0.1", bot_port), timeout=5):
        pass  # it is there
    for family, address in addresses:
        for port in (bot_port, actions_port):
            with socket.socket(family, socket.SOCK_STREAM) as outside:
                outside.settimeout(5)
                with pytest.raises(ConnectionRefusedError):
                    outside.connect((address, port))


def test_without_the_key_the_bot_answers_nothing_and_with_it_one_channel_alone(
    desk: RunningDesk,
) -> None:
    ((address, port),) = bots_ports(desk)
    turn = {"sender": "x", "text": "hei", "metadata": {"turn_id": 1, "language": "fi"}}
    with httpx.Client(base_url=f"http://{address}:{port}", trust_env=False, timeout=30) as bot:
        for headers in ({}, {"X-Luukku-Key": ""}, {"X-Luukku-Key": "0" * 64}):
            asked = bot.post("/webhooks/luukku/turn", json=turn, headers=headers)
            assert asked.status_code == 401, headers
            assert "intent" not in asked.text
        key = {"X-Luukku-Key": bot_key(desk.folder)}
        assert bot.get("/webhooks/luukku/ready", headers=key).status_code == 200
        for path in STOCK:
            for method in ("GET", "POST"):
                told = bot.request(method, path, headers=key)
                # Rasa greets on "/" with its name and version, and on nothing else.
                assert told.status_code in (404, 405) or (path == "/" and method == "GET"), path
