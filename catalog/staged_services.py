"""A PTV service as rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from catalog import ptv
from catalog.codes import DESK_ORGANISATION, AreaCodes
from catalog.desk_facts import DeskFacts, Standing
from catalog.models import (
    Channel,
    Classification,
    Organisation,
    Service,
    ServiceArea,
    ServiceClassification,
    ServiceLabel,
    ServiceStatusText,
    ServiceTask,
    ServiceText,
)
from catalog.rows import Row
from catalog.staging import (
    Children,
    Need,
    Staged,
    Unfit,
    area_ids,
    area_needs,
    by_language,
    of_type,
    source,
    staged,
)

# The words of PTV's version 7, said in those of version 11.
KINDS = {
    "PermissionAndObligation": "PermitOrObligation",
    "ProfessionalQualifications": "ProfessionalQualification",
}
CHARGES = {"Charged": "Chargeable", "Free": "FreeOfCharge"}
COMPANIES, AUTHORITIES = "KR2", "KR3"


def stage_service(
    record: ptv.Service, file: Path, publisher: str, facts: DeskFacts, codes: AreaCodes
) -> Staged:
    """Raises `Unfit` when the record cannot stand in the catalogue."""
    children: Children = {
        ServiceText: [*_texts(record, facts), *_translations(record, facts)],
        ServiceStatusText: _status_texts(record, facts),
        ServiceLabel: _labels(record),
        ServiceArea: _owned(record, "area_id", _areas(record, facts, codes)),
        ServiceClassification: _owned(record, "uri", _uris(record)),
        ServiceTask: [_task(record, given, at) for at, given in enumerate(record.organizations)],
    }
    links = None
    if record.service_channels is not None:
        links = tuple(sorted({link.service_channel.id for link in record.service_channels}))
    row = _row(record, facts) | {"source": source(file, publisher)}
    needs = _needs(row, children) | {(Channel, id_) for id_ in links or ()}
    return staged(Service, file, row, children, needs, links=links)


def _row(record: ptv.Service, facts: DeskFacts) -> Row:
    named = _named(record)
    standing = facts.standing.get(record.id)
    charge = record.service_charge_type
    return {
        "id": record.id,
        "keeper_id": named or DESK_ORGANISATION,
        **_responsible(record, named, facts),
        "kind": KINDS.get(record.type, record.type),
        "audience": _audience(record),
        "status": _status(record, standing),
        "replaced_by_id": standing.replaced_by if standing else None,
        "place_bound": record.id in facts.place_bound,
        "charge": CHARGES.get(charge, charge) if charge else None,
    }


def _status(record: ptv.Service, standing: Standing | None) -> str:
    if standing is not None and standing.status != "current":
        return standing.status
    return "ended" if record.withdrawn else "current"


def _responsible(record: ptv.Service, named: str | None, facts: DeskFacts) -> Row:
    """The body that the record names, else the one that the desk's tables give it."""
    known = facts.responsible.get(record.id)
    if named is not None or known is None:
        return {
            "responsible_kind": "organisation" if named else "desk",
            "responsible_id": named,
            "responsible_rule": None,
        }
    return {
        "responsible_kind": known.kind,
        "responsible_id": known.body_id,
        "responsible_rule": known.rule,
    }


def _named(record: ptv.Service) -> str | None:
    for given in record.organizations:
        if given.role_type == "Responsible" and given.organization:
            return given.organization.id
    return None


def _audience(record: ptv.Service) -> str:
    """Citizens unless only others are named: most rows name nobody."""
    groups = {uri.rpartition("/")[2][:3] for uri in _known(record.target_groups)}
    if groups == {AUTHORITIES}:
        return "internal"
    return "companies" if groups and groups <= {COMPANIES, AUTHORITIES} else "citizens"


def _texts(record: ptv.Service, facts: DeskFacts) -> list[Row]:
    names = of_type(record.service_names, "Name")
    if not names:
        raise Unfit("no name in any language")
    corrected = {one.language for one in facts.translations.get(record.id, ()) if one.corrects}
    given = record.service_descriptions
    columns = {
        "summary": of_type(given, "Summary", "ShortDescription"),
        "description": of_type(given, "Description"),
        "instruction": of_type(given, "UserInstruction", "ServiceUserInstruction"),
        "requirements": by_language(record.requirements),
        "charge_info": of_type(given, "ChargeTypeAdditionalInfo"),
    }
    dated = record.modified.date() if record.modified else None
    return [
        {"service_id": record.id, "language": language, "name": name, "dated": dated}
        | {"official": True}
        | {column: texts.get(language, "") for column, texts in columns.items()}
        for language, name in names.items()
        if language not in corrected
    ]


def _translations(record: ptv.Service, facts: DeskFacts) -> list[Row]:
    """The project's own translations, where the publisher's text is missing or another's."""
    named = of_type(record.service_names, "Name")
    return [
        {
            "service_id": record.id,
            "language": one.language,
            "name": one.name,
            "summary": one.summary,
            "dated": record.modified.date() if record.modified else None,
            "official": False,
        }
        | dict.fromkeys(("description", "instruction", "requirements", "charge_info"), "")
        for one in facts.translations.get(record.id, ())
        if one.corrects or one.language not in named
    ]


def _status_texts(record: ptv.Service, facts: DeskFacts) -> list[Row]:
    standing = facts.standing.get(record.id)
    return [
        {"service_id": record.id, "language": language, "text": text}
        for language, text in (standing.texts.items() if standing else ())
    ]


def _labels(record: ptv.Service) -> list[Row]:
    """Each word once in a language, as the strongest kind that it was given as."""
    seen: set[tuple[str, str]] = set()
    rows: list[Row] = []
    for kind, text in _words(record):
        label = (text.value or "").strip()
        if not label or (text.language, label.casefold()) in seen:
            continue
        seen.add((text.language, label.casefold()))
        rows.append(
            {"service_id": record.id, "language": text.language, "label": label, "kind": kind}
        )
    return rows


def _words(record: ptv.Service) -> Iterator[tuple[str, ptv.Text]]:
    yield from (("preferred", name) for term in record.ontology_terms for name in term.name)
    for name in record.service_names:
        if name.type in ("AlternativeName", "AlternateName"):
            yield "alternative", name
    yield from (("keyword", word) for word in record.keywords)


def _areas(record: ptv.Service, facts: DeskFacts, codes: AreaCodes) -> list[str]:
    bound = facts.place_bound.get(record.id)
    return list(bound.areas) if bound and bound.areas else area_ids(record, codes)


def _known(concepts: tuple[ptv.Concept, ...]) -> list[str]:
    return [concept.uri for concept in concepts if concept.uri]


def _uris(record: ptv.Service) -> list[str]:
    concepts = chain(record.service_classes, record.target_groups, record.life_events)
    return sorted(set(_known(tuple(concepts))))


def _owned(record: ptv.Service, column: str, values: list[str]) -> list[Row]:
    return [{"service_id": record.id, column: value} for value in values]


def _task(record: ptv.Service, given: ptv.ServiceOrganization, at: int) -> Row:
    """PTV names a producer outside of it by additional information alone."""
    texts = by_language(given.additional_information)
    partner = texts.get("fi") or next(iter(texts.values()), None)
    if not given.organization and not partner:
        raise Unfit(f"{given.role_type} names nobody")
    return {
        "service_id": record.id,
        "position": at,
        "organisation_id": given.organization.id if given.organization else None,
        "partner": None if given.organization else partner,
        "role": given.role_type,
        "texts": texts,
    }


def _needs(row: Row, children: Children) -> set[Need]:
    tasked = {task["organisation_id"] for task in children[ServiceTask]} - {None}
    organisations = {row["keeper_id"], row["responsible_id"] or DESK_ORGANISATION} | tasked
    needs = area_needs(area["area_id"] for area in children[ServiceArea])
    needs |= {(Organisation, id_) for id_ in organisations}
    needs |= {(Classification, given["uri"]) for given in children[ServiceClassification]}
    if row["replaced_by_id"]:
        needs.add((Service, row["replaced_by_id"]))
    return needs
