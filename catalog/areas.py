"""Areas as the database holds them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Area, AreaText
from catalog.places import Municipalities


def municipalities(session: Session) -> Municipalities:
    """Every municipality of the catalogue with its Finnish and Swedish name."""
    named: dict[str, dict[str, str]] = {}
    rows = session.execute(
        select(Area.code, AreaText.language, AreaText.name)
        .join(AreaText)
        .where(Area.kind == "municipality")
    )
    for code, language, name in rows:
        named.setdefault(code, {})[language] = name
    return Municipalities.from_rows(
        (code, names.get("fi") or names["sv"], names.get("sv") or names["fi"])
        for code, names in named.items()
        if names.keys() & {"fi", "sv"}
    )
