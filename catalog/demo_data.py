"""The files of the demo: an invented region that gives every service a way in and a promise.

Everything of it can be told from real rows: ids of its organisations begin with `demo:`, names of
its areas, organisations, services and channels end in "(demo)".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from catalog.desk_facts import DATA
from catalog.phrases import LOADER, Phrases, read_phrases

FOLDER = DATA / "demo"
PREFIX = "demo:"
MARK = "(demo)"
LANGUAGES: tuple[Literal["fi", "sv"], ...] = ("fi", "sv")


class DemoBroken(ValueError):
    """The demo's files do not fit together: a mistake of ours that a test finds first."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Named(_Entry):
    fi: str
    sv: str

    @property
    def names(self) -> dict[str, str]:
        return {"fi": self.fi, "sv": self.sv}


class County(_Named):
    code: str

    @property
    def area_id(self) -> str:
        return f"county:{self.code}"


class Municipality(_Named):
    code: str
    street: _Named

    @property
    def area_id(self) -> str:
        return f"municipality:{self.code}"


class Organisation(_Named):
    code: str
    kind: Literal["state", "county", "municipality", "other"]
    parent: str | None = None
    serves: Literal["municipality", "county", "employment", "state"] | None = None
    area: str | None = None

    @property
    def id(self) -> str:
        return PREFIX + self.code


class ChannelText(_Entry):
    name: str
    summary: str = ""
    url: str | None = None
    phone: str | None = None
    charge: str | None = None
    email: str | None = None
    send_to: str | None = None  # where a printed form goes


class At(_Entry):
    """A door in the demo's one street of a municipality."""

    municipality: str
    number: str


class Channel(_Entry):
    id: str
    kind: Literal["EChannel", "Phone", "WebPage", "PrintableForm", "ServiceLocation"]
    fi: ChannelText
    sv: ChannelText
    hours: str | None = None  # a name of hours.yml
    at: At | None = None
    classes: tuple[str, ...] = ()  # only for services of these classes; none: for all

    @property
    def texts(self) -> dict[str, ChannelText]:
        return {"fi": self.fi, "sv": self.sv}


class ServiceText(_Entry):
    name: str
    summary: str


class InternalService(_Entry):
    id: str
    organisation: str
    fi: ServiceText
    sv: ServiceText

    @property
    def texts(self) -> dict[str, ServiceText]:
        return {"fi": self.fi, "sv": self.sv}


class PromiseRule(_Named):
    """What is promised of the services that the rule fits; see promises.yml."""

    audience: Literal["internal"] | None = None
    kind: Literal["municipality", "county", "employment", "organisation", "desk"] | None = None
    measure: str
    amount: int
    unit: Literal["hours", "days", "working_days", "weeks", "months"]


@dataclass(frozen=True)
class Demo:
    county: County
    municipalities: tuple[Municipality, ...]
    organisations: tuple[Organisation, ...]
    channels: Mapping[str, tuple[Channel, ...]]  # by the code of their organisation
    hours: Mapping[str, tuple[str, ...]]
    services: tuple[InternalService, ...]
    promises: tuple[PromiseRule, ...]
    phrases: Phrases


def read_demo(folder: Path = FOLDER) -> Demo:
    """The demo as its files tell it. Raises ValidationError or DemoBroken when they are wrong."""
    areas = _yaml(folder / "areas.yml")
    demo = Demo(
        county=County.model_validate(areas["county"]),
        municipalities=_all(Municipality, areas["municipalities"]),
        organisations=_all(Organisation, _yaml(folder / "organisations.yml")),
        channels=_channels(folder),
        hours=TypeAdapter(dict[str, tuple[str, ...]]).validate_python(_yaml(folder / "hours.yml")),
        services=_all(InternalService, _yaml(folder / "services.yml")),
        promises=_all(PromiseRule, _yaml(folder / "promises.yml")),
        phrases=read_phrases(folder),
    )
    _check(demo)
    return demo


def ended_texts(folder: Path = FOLDER) -> dict[str, str]:
    """What an invented service says of itself, by language, when the demo is over."""
    return _Named.model_validate(_yaml(folder / "ended.yml")).names


def _channels(folder: Path) -> dict[str, tuple[Channel, ...]]:
    found: dict[str, tuple[Channel, ...]] = {}
    for file in sorted((folder / "channels").glob("*.yml")):
        for organisation, entries in _yaml(file).items():
            found[organisation] = (*found.get(organisation, ()), *_all(Channel, entries))
    return found


def _check(demo: Demo) -> None:
    """Every name that one file takes from another is there."""
    codes = {one.code for one in demo.organisations}
    entries = [one for channels in demo.channels.values() for one in channels]
    unknown = {
        "organisation": {*demo.channels, *(one.organisation for one in demo.services)} - codes,
        "hours": {one.hours for one in entries if one.hours} - set(demo.hours),
        "municipality": {one.at.municipality for one in entries if one.at}
        - {one.code for one in demo.municipalities},
        "service": set(demo.phrases.services) - {one.id for one in demo.services},
    }
    faults = [f"unknown {kind} {name}" for kind, names in unknown.items() for name in names]
    faults += [str(bad) for bad in demo.phrases.bad]
    if faults:
        raise DemoBroken("; ".join(sorted(faults)))


def _all[Entry: BaseModel](kind: type[Entry], entries: Any) -> tuple[Entry, ...]:
    return tuple(kind.model_validate(entry) for entry in entries)


def _yaml(file: Path) -> Any:
    return yaml.load(file.read_text("utf-8"), Loader=LOADER)  # noqa: S506 (a safe one)
