"""Fixtures for the tests of the app.

The bot's tests run in an environment of their own, on an older Python, which has none of the app.
"""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("fastapi"):
    from tests.foundation import (  # noqa: F401  (fixtures)
        botless_doors,
        clock,
        desk,
        finding_desk,
        house,
        open_doors,
        planted,
        real_encoder,
        real_finder,
        samtal,
        talk,
        template,
        vector_cache,
    )
