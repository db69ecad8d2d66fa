from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.doors import Doors
from tests.phone.caller import PUBLIC, TOKEN, Caller

type Opened = Callable[..., TestClient]


def with_phone(doors: Doors, **more: Any) -> Doors:
    """The doors with the telephone's settings."""
    update = {
        "public_url": PUBLIC,
        "twilio_auth_token": TOKEN,
        "jambonz_secret": TOKEN,
        **more,
    }
    kept = doors.settings.model_dump(exclude_unset=True)
    return replace(doors, settings=type(doors.settings)(**{**kept, **update}))


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Opens an application over doors, with settings of the test's own."""
    with ExitStack() as clients:

        def open_over(doors: Doors, **more: Any) -> TestClient:
            return clients.enter_context(TestClient(create_app(with_phone(doors, **more))))

        yield open_over


@pytest.fixture
def phone(open_doors: Doors, opened: Opened) -> TestClient:
    """A bot that takes every message for a question."""
    return opened(open_doors)


@pytest.fixture
def caller(phone: TestClient) -> Caller:
    return Caller(phone)
