"""Desks for the end-to-end tests: starting one takes most of a minute, so each serves many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.prepare import train
from api.settings import PROJECT, Settings
from catalog import encoder, encoder_build
from tests.e2e.running_desk import RunningDesk, scratch_folder, start

# Seconds. The first test of a run may wait for the training and for the desk's start.
LIMIT = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.bot)
            item.add_marker(pytest.mark.timeout(LIMIT))


@pytest.fixture(scope="session")
def prepared() -> None:
    """The project's own model and encoder, made where they are missing, as `make run` does."""
    settings = Settings(data_dir=PROJECT / "var", database_url=None)
    if not encoder.is_fresh(settings.encoder):
        encoder_build.build(settings.encoder, print)
    train(settings, print)


@pytest.fixture(scope="session")
def desk(prepared: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """One desk with its bot answering, for every test that only talks."""
    started = start(scratch_folder(tmp_path_factory.mktemp("desk")))
    try:
        started.wait_for_doors()
        started.wait_for_bot()
        yield started
    finally:
        started.stop()
