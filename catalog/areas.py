"""Areas as the database holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.demo_data import MARK
from catalog.models import Area, AreaText
from catalog.places import Municipalities

CODE = re.compile(r"\d{3}", re.ASCII)


def area_names(session: Session, area_ids: Iterable[str], language: str) -> dict[str, str]:
    """The areas' names in the language, else in Finnish, by id and in the order of the names."""
    rows = session.scalars(select(AreaText).where(AreaText.area_id.in_(area_ids)))
    preferred = sorted(rows, key=lambda row: (row.language == language, row.language == "fi"))
    names = {row.area_id: row.name for row in preferred}
    return dict(sorted(names.items(), key=lambda item: item[1]))


def municipality_id(session: Session, places: Municipalities, given: str) -> str | None:
    """The area id of the one municipality that a code or a name stands for; none where not one."""
    codes = (given,) if CODE.fullmatch(given) else places.answer(given)
    return known_municipality(session, codes)


def known_municipality(session: Session, codes: Sequence[str]) -> str | None:
    """The area id of the code, where it is one alone and the catalogue knows it."""
    area_id = f"municipality:{codes[0]}" if len(codes) == 1 else None
    return area_id if area_id and session.get(Area, area_id) else None


def municipalities(session: Session) -> Municipalities:
    """Every municipality of the catalogue with its Finnish and Swedish name, as people say it."""
    named: dict[str, dict[str, str]] = {}
    rows = session.execute(
        select(Area.code, AreaText.language, AreaText.name)
        .join(AreaText)
        .where(Area.kind == "municipality")
    )
    for code, language, name in rows:
        named.setdefault(code, {})[language] = name.removesuffix(MARK).strip()
    return Municipalities.from_rows(
        (code, names.get("fi") or names["sv"], names.get("sv") or names["fi"])
        for code, names in named.items()
        if names.keys() & {"fi", "sv"}
    )
