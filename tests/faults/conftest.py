"""One desk for all faults: starting it takes most of a minute."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import prepared  # noqa: F401  (fixture)
from tests.faults.suffering import Suffering, suffering

LIMIT = 1200  # seconds; the first test of a run may wait for the training and for the desk's start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.bot)
            item.add_marker(pytest.mark.timeout(LIMIT))


@pytest.fixture(scope="session")
def desk(
    prepared: None,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Suffering]:
    beside = tmp_path_factory.mktemp("faults")
    with suffering(beside / "disk", beside) as started:
        yield started
