"""What the organisations' own keepers add to the catalogue: customers' phrases and former names.

Both stand apart from what is loaded, so that no update takes them away.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import CustomerPhrase, EditRight, Service, ServiceLabel
from catalog.personal_data import mask
from catalog.phrases import LONGEST as LONGEST_PHRASE
from catalog.writing import bump

LANGUAGES = ("fi", "sv")
LONGEST_NAME = 300
FORMER = "former"


class NotKept(Exception):
    """The words cannot be kept as they are: `reason` is empty, long, personal, language, there."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotTheirs(Exception):
    """The service's entry is another organisation's to edit."""


@dataclass(frozen=True)
class Kept:
    """The words of a service in one language: the keepers' own, and those that were loaded."""

    phrases: tuple[str, ...]
    shipped: tuple[str, ...]
    former: tuple[str, ...]


def may_edit(session: Session, service: Service, login: str) -> bool:
    """Whether this login may edit the entry: where its organisation has named who may, they alone;
    where it has named nobody, every keeper."""
    named = set(
        session.scalars(
            select(EditRight.login).where(EditRight.organisation_id == service.keeper_id)
        )
    )
    return not named or login.casefold() in {one.casefold() for one in named}


def words_of(session: Session, service_id: str, language: str) -> Kept:
    rows = session.scalars(
        select(CustomerPhrase)
        .where(CustomerPhrase.service_id == service_id, CustomerPhrase.language == language)
        .order_by(CustomerPhrase.text)
    ).all()
    labels = select(ServiceLabel.label).where(
        ServiceLabel.service_id == service_id,
        ServiceLabel.language == language,
        ServiceLabel.kind == FORMER,
    )
    return Kept(
        phrases=tuple(one.text for one in rows if not one.shipped),
        shipped=tuple(one.text for one in rows if one.shipped),
        former=tuple(session.scalars(labels.order_by(ServiceLabel.label))),
    )


def add_phrase(session: Session, service: Service, login: str, language: str, text: str) -> None:
    """Customers who say it so find the service, as soon as the readers have seen the revision.

    Raises NotTheirs, NotKept.
    """
    _refuse_others(session, service, login)
    kept = _clean(text, language, LONGEST_PHRASE)
    known = select(CustomerPhrase.text).where(
        CustomerPhrase.service_id == service.id, CustomerPhrase.language == language
    )
    _refuse_known(kept, session.scalars(known).all())
    session.add(CustomerPhrase(service_id=service.id, language=language, text=kept, shipped=False))
    bump(session)


def remove_phrase(session: Session, service: Service, login: str, language: str, text: str) -> None:
    """One of the keepers' own phrases is no more; a loaded one stays, since a load would bring it
    back. Raises NotTheirs."""
    _refuse_others(session, service, login)
    row = session.get(CustomerPhrase, (service.id, language, text))
    if row is not None and not row.shipped:
        session.delete(row)
        bump(session)


def add_former(session: Session, service: Service, login: str, language: str, name: str) -> None:
    """Who asks by the old name finds the service. Raises NotTheirs, NotKept."""
    _refuse_others(session, service, login)
    kept = _clean(name, language, LONGEST_NAME)
    known = select(ServiceLabel.label).where(
        ServiceLabel.service_id == service.id, ServiceLabel.language == language
    )
    _refuse_known(kept, session.scalars(known).all())
    session.add(ServiceLabel(service_id=service.id, language=language, label=kept, kind=FORMER))
    bump(session)


def remove_former(session: Session, service: Service, login: str, language: str, name: str) -> None:
    """The old name leads here no more. Raises NotTheirs."""
    _refuse_others(session, service, login)
    row = session.get(ServiceLabel, (service.id, language, name))
    if row is not None and row.kind == FORMER:
        session.delete(row)
        bump(session)


def _refuse_others(session: Session, service: Service, login: str) -> None:
    if not may_edit(session, service, login):
        raise NotTheirs(service.keeper_id)


def _refuse_known(text: str, known: Collection[str]) -> None:
    if text.casefold() in {one.casefold() for one in known}:
        raise NotKept("there")


def _clean(text: str, language: str, longest: int) -> str:
    """One line, trimmed; what tells of one person is no word for a service."""
    kept = " ".join(text.split())
    if language not in LANGUAGES:
        raise NotKept("language")
    if not any(letter.isalnum() for letter in kept):
        raise NotKept("empty")
    if len(kept) > longest:
        raise NotKept("long")
    if mask(kept).text != kept:
        raise NotKept("personal")
    return kept
