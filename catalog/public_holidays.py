"""The public holidays of Finland, with Midsummer's and Christmas Eve, by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import holidays

LOCALES = {"fi": "fi", "sv": "sv_FI"}


@lru_cache(maxsize=64)
def public_holidays(year: int, language: str = "fi") -> Mapping[date, str]:
    """The year's days off and their names, in Finnish or Swedish."""
    named = holidays.country_holidays("FI", years=year, language=LOCALES[language])
    return MappingProxyType(dict(named))
