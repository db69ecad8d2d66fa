"""Where webhooks may lead: to the open internet, and by TLS."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address

import pytest

from api.webhook_sender import Addresses, AddressRefused, public


@pytest.mark.parametrize(
    ("number", "open_internet"),
    [
        ("93.184.215.14", True),
        ("2a00:1450:4026:804::200e", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::5db8:d70e", True),
        ("2002:a00:1::1", False),
        ("64:ff9b:1::a00:1", False),
        ("fec0::1", False),
        ("::10.0.0.1", False),
        ("::ffff:0:10.0.0.1", False),
    ],
)
def test_only_numbers_of_the_open_internet_are_public(number: str, open_internet: bool) -> None:
    assert public(ip_address(number)) == open_internet


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://localhost/x", "private"),
        ("https://127.0.0.1/", "private"),
        ("https://2130706433/", "private"),  # 127.0.0.1 as one number
        ("https://[::1]:8080/", "private"),
        ("https://[::ffff:169.254.169.254]/", "private"),
        ("http://example.org/", "plain"),
        ("ftp://example.org/", "form"),
        ("file:///etc/passwd", "form"),
        ("https://user:password@example.org/", "form"),
        ("https://example.org/#x", "form"),
        ("https://example.org/a b", "form"),
        ("https:///x", "form"),
        ("", "form"),
        ("https://" + "a" * 600 + ".fi/", "form"),
        ("https://eiole.invalid/", "nowhere"),
        ("https://" + "a" * 70 + ".fi/", "nowhere"),
    ],
)
def test_an_address_that_leads_inside_or_nowhere_is_refused(url: str, reason: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        asyncio.run(Addresses(private=False).checked(url))
    assert refused.value.reason == reason


def test_a_network_that_is_trusted_may_be_told_without_tls() -> None:
    url, number = asyncio.run(Addresses(private=True).checked("http://127.0.0.1:8099/luukku"))
    assert (str(url), number) == ("http://127.0.0.1:8099/luukku", "127.0.0.1")
