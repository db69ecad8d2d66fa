"""Fixtures for the tests of the app.

The bot's tests run in an environment of their own, on an older Python, which has none of the app.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

if find_spec("fastapi"):
    from tests.databases import ON_POSTGRESQL
    from tests.foundation import (  # noqa: F401  (fixtures)
        botless_doors,
        catalogue,
        clock,
        coded,
        databases,
        desk,
        finding_desk,
        house,
        open_doors,
        planted,
        postgresql,
        postgresql_template,
        real_encoder,
        real_finder,
        samtal,
        staffed,
        stocked,
        talk,
        template,
        vector_cache,
    )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(item: pytest.Item) -> None:
        mark = item.get_closest_marker("sqlite_only")
        if mark and ON_POSTGRESQL:
            pytest.skip(f"of SQLite only: {mark.kwargs['reason']}")
