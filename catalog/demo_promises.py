"""The promises of the demo, beside those that the catalogue's keepers have given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, selectinload

from catalog.demo_data import PromiseRule
from catalog.demo_rules import Responsible, promise_of
from catalog.models import Promise, PromiseText
from catalog.report import Counts
from catalog.rows import Row, add, remove

type Said = tuple[str, int, str, tuple[tuple[str, str], ...]]  # measure, amount, unit, texts


def bring_promises(
    session: Session, rules: Iterable[PromiseRule], services: Iterable[Responsible]
) -> Counts:
    """Every service has the promise of the first rule that fits it, unless a keeper gave it one."""
    wanted = _wanted(session, tuple(rules), services)
    held = _held(session)
    right = {id_ for id_, (service_id, said) in held.items() if wanted.get(service_id) == said}
    wrong = [id_ for id_ in held if id_ not in right]
    there = {held[id_][0] for id_ in right}
    remove(session, PromiseText.promise_id, wrong)
    remove(session, Promise.id, wrong)
    new = {service_id: said for service_id, said in wanted.items() if service_id not in there}
    _add(session, new)
    return Counts(added=len(new), unchanged=len(right), removed=len(wrong))


def _wanted(
    session: Session, rules: tuple[PromiseRule, ...], services: Iterable[Responsible]
) -> dict[str, Said]:
    given = set(session.scalars(select(Promise.service_id).where(Promise.demo.is_(False))))
    fitting = {one.service_id: promise_of(rules, one) for one in services}
    return {
        service_id: (rule.measure, rule.amount, rule.unit, tuple(sorted(rule.names.items())))
        for service_id, rule in fitting.items()
        if rule is not None and service_id not in given
    }


def _held(session: Session) -> dict[int, tuple[str, Said]]:
    rows = session.scalars(select(Promise).where(Promise.demo).options(selectinload(Promise.texts)))
    return {
        row.id: (
            row.service_id,
            (
                row.measure,
                row.amount,
                row.unit,
                tuple(sorted((text.language, text.text) for text in row.texts)),
            ),
        )
        for row in rows
    }


def _add(session: Session, new: Mapping[str, Said]) -> None:
    if not new:
        return
    rows: list[dict[str, Any]] = [
        {"service_id": service_id, "measure": measure, "amount": amount, "unit": unit, "demo": True}
        for service_id, (measure, amount, unit, _) in new.items()
    ]
    asked = insert(Promise).returning(Promise.id, sort_by_parameter_order=True)
    ids = session.scalars(asked, rows).all()
    texts: list[Row] = [
        {"promise_id": id_, "language": language, "text": text}
        for id_, (_, _, _, told) in zip(ids, new.values(), strict=True)
        for language, text in told
    ]
    add(session, PromiseText, texts)
