"""The catalogue's texts as the search reads them: one row per text, each with its service."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.areas import municipalities
from catalog.language import Language
from catalog.models import CustomerPhrase, Service, ServiceLabel, ServiceText
from catalog.places import Municipalities

WORD = re.compile(r"[^\W\d_]{3,}")
RowKind = Literal["name", "summary", "labels", "description", "phrase"]


@dataclass(frozen=True, slots=True)  # kept as long as the index, by the ten thousand
class Row:
    service: int  # position of the service in `Rows.service_ids`
    language: str
    kind: RowKind
    text: str


@dataclass(frozen=True)
class Rows:
    service_ids: tuple[str, ...]
    rows: tuple[Row, ...]
    places: Municipalities

    def of(self, *kinds: RowKind) -> list[Row]:
        return [row for row in self.rows if row.kind in kinds]

    def only(self, *kinds: RowKind) -> Rows:
        """The same services with the rows of these kinds alone."""
        return replace(self, rows=tuple(self.of(*kinds)))

    def of_service(self, service: int) -> list[Row]:
        return [row for row in self.rows if row.service == service]

    def words(self, language: Language) -> frozenset[str]:
        """The language's words in names and labels: what its compounds are split by."""
        texts = (row.text for row in self.of("name", "labels") if row.language == language)
        return frozenset(word for text in texts for word in WORD.findall(text.lower()))

    def documents(self, *kinds: RowKind) -> list[str]:
        """One text per service, of the rows of these kinds in every language."""
        documents: list[list[str]] = [[] for _ in self.service_ids]
        for row in self.of(*kinds):
            documents[row.service].append(row.text)
        return [" ".join(texts) for texts in documents]


def read(session: Session) -> Rows:
    """Every service that can be found, with its texts, labels and customers' phrases.

    Ended services are among them: their old names must still lead somewhere.
    """
    ids = tuple(session.scalars(select(Service.id).order_by(Service.id)))
    position = {service_id: index for index, service_id in enumerate(ids)}
    rows = [*_texts(session, position), *_labels(session, position), *_phrases(session, position)]
    return Rows(ids, tuple(rows), municipalities(session))


def _texts(session: Session, position: dict[str, int]) -> Iterable[Row]:
    for text in session.scalars(select(ServiceText).order_by(ServiceText.service_id)):
        service, language = position[text.service_id], text.language
        yield Row(service, language, "name", text.name)
        if text.summary:
            yield Row(service, language, "summary", text.summary)
        if text.description:
            yield Row(service, language, "description", text.description)


def _labels(session: Session, position: dict[str, int]) -> Iterable[Row]:
    gathered: dict[tuple[str, str], list[str]] = {}
    ordered = select(ServiceLabel).order_by(
        ServiceLabel.service_id, ServiceLabel.language, ServiceLabel.label
    )
    for label in session.scalars(ordered):
        gathered.setdefault((label.service_id, label.language), []).append(label.label)
    for (service_id, language), labels in gathered.items():
        yield Row(position[service_id], language, "labels", ", ".join(labels))


def _phrases(session: Session, position: dict[str, int]) -> Iterable[Row]:
    # Columns, not objects: there are tens of thousands.
    ordered = select(
        CustomerPhrase.service_id, CustomerPhrase.language, CustomerPhrase.text
    ).order_by(CustomerPhrase.service_id, CustomerPhrase.language, CustomerPhrase.text)
    for service_id, language, text in session.execute(ordered):
        yield Row(position[service_id], language, "phrase", text)
