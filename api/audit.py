"""`luukku audit`: which faults of the installed libraries are known, and which of them are held.

pip-audit asks; what it answers is believed only where every library was looked up and a library
with a well-known fault is found to have it. It alone passes libraries over in silence when it
reaches nobody, and reports that all is well.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from api import held_old
from api.held_old import Held
from api.prepare import NotPrepared
from api.settings import PROJECT

PIP_AUDIT = "pip-audit==2.10.1"
UV = PROJECT / ".tools" / "bin" / "uv"
OSV = "https://api.osv.dev/v1/query"
LOCKS = {"app": PROJECT / "requirements" / "app.txt", "bot": PROJECT / "bot" / "requirements.txt"}
# Its fault (CVE-2014-1402 and others) is in every collection of advisories there is.
CANARY = ("jinja2", "2.4.1")
WITHIN = 900  # seconds for one environment

Say = Callable[[str], None]


class AdvisoriesUnreachable(NotPrepared):
    """Nothing can be said of the libraries: they were not all looked up."""


class Fault(BaseModel):
    id: str
    aliases: list[str] = []
    fix_versions: list[str] = []

    @property
    def names(self) -> frozenset[str]:
        return frozenset([self.id, *self.aliases])


class Looked(BaseModel):
    """One library as pip-audit reports it; one that it passed over has a reason and no version."""

    name: str
    version: str | None = None
    vulns: list[Fault] = []
    skip_reason: str | None = None


class Report(BaseModel):
    dependencies: list[Looked]


@dataclass(frozen=True)
class Finding:
    """A known fault of a library in an environment."""

    environment: str
    package: str
    version: str
    fault: Fault

    def __str__(self) -> str:
        names = ", ".join(sorted(self.fault.names))
        fixed = ", ".join(self.fault.fix_versions) or "no version"
        return f"{self.environment}: {self.package} {self.version}: {names}; fixed in {fixed}"


def audit(list_: Path, osv_url: str, say: Say, *, today: date, pythons: Mapping[str, Path]) -> int:
    """0 when every known fault is on the list, and no row of it is stale or past its day.

    `pythons` are the environments' own, by which the locks' markers are read. Raises
    AdvisoriesUnreachable when any library could not be looked up.
    """
    held = held_old.read(list_)
    faults = stale(held, today=today)
    _ask_for_the_canary(osv_url, pythons["app"])
    for environment, lock in LOCKS.items():
        report = looked_up(lock, osv_url, pythons[environment])
        say(f"{environment}: {len(report)} libraries looked up")
        for finding in findings(environment, report):
            row = row_of(finding, held)
            if row is None:
                faults.append(f"not held: {finding}")
            else:
                say(f"held until {row.review_by}: {finding}")
    for fault in faults:
        say(fault)
    return 1 if faults else 0


def stale(held: Iterable[Held], *, today: date) -> list[str]:
    """The rows that are past their day, or that tell of what is no longer installed."""
    told = []
    pinned = {environment: pins(lock) for environment, lock in LOCKS.items()}
    for row in held:
        if row.review_by < today:
            told.append(f"to be looked at since {row.review_by}: {row.package} in docs/held-old.md")
        if pinned.get(row.environment, {}).get(row.package) != row.version:
            told.append(f"not so any more: {row.package} {row.version} in docs/held-old.md")
    return told


def pins(lock: Path) -> dict[str, str]:
    """The version of each library that a file of hashed requirements names."""
    heads = [line.split(";")[0].rstrip(" \\") for line in lock.read_text().splitlines()]
    pairs = [line.partition("==") for line in heads if line[:1].isalnum() and "==" in line]
    return {name: version.strip() for name, _, version in pairs}


def findings(environment: str, report: Iterable[Looked]) -> list[Finding]:
    return [
        Finding(environment, one.name, one.version or "", fault)
        for one in report
        for fault in one.vulns
    ]


def row_of(finding: Finding, held: Iterable[Held]) -> Held | None:
    """The row that tells of this fault of this version."""
    wanted = (finding.environment, finding.package, finding.version)
    for row in held:
        is_it = (row.environment, row.package, row.version) == wanted
        if is_it and row.known & finding.fault.names:
            return row
    return None


def looked_up(lock: Path, osv_url: str, python: Path) -> list[Looked]:
    """Every library of the file, each looked up. Raises AdvisoriesUnreachable."""
    report = _asked("--require-hashes", str(lock), osv_url=osv_url, python=python)
    for one in report:
        if one.skip_reason is not None or one.version is None:
            raise AdvisoriesUnreachable(f"{one.name} was not looked up: {one.skip_reason}")
    if missing := _unmarked(lock) - {one.name for one in report}:
        raise AdvisoriesUnreachable(f"{sorted(missing)[0]} was not looked up")
    return report


def _unmarked(lock: Path) -> set[str]:
    """The libraries that are installed on every machine, so that none of them may be missing."""
    lines = [line for line in lock.read_text().splitlines() if line[:1].isalnum()]
    return {line.partition("==")[0] for line in lines if ";" not in line}


def _ask_for_the_canary(osv_url: str, python: Path) -> None:
    name, version = CANARY
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as asked:
        asked.write(f"{name}=={version}\n")
        asked.flush()
        report = _asked("--no-deps", asked.name, osv_url=osv_url, python=python)
    if not any(one.vulns for one in report):
        raise AdvisoriesUnreachable(f"{osv_url} knows no fault of {name} {version}: not believed")


def _asked(how: str, requirements: str, *, osv_url: str, python: Path) -> list[Looked]:
    for needed in (UV, python):
        if not needed.exists():
            raise AdvisoriesUnreachable(f"there is no {needed}: run `make setup`")
    command = [
        *(str(UV), "tool", "run", "--quiet", "--python", str(python)),
        *("--from", PIP_AUDIT, "pip-audit"),
        *("--vulnerability-service", "osv", "--osv-url", osv_url),
        *("--format", "json", "--progress-spinner", "off", "--disable-pip"),
        *(how, "--requirement", requirements),
    ]
    try:
        done = subprocess.run(  # noqa: S603  (pinned, arguments from here)
            command, capture_output=True, text=True, timeout=WITHIN
        )
    except subprocess.TimeoutExpired:
        raise AdvisoriesUnreachable(f"no answer within {WITHIN} s") from None
    return read_report(done.stdout, done.stderr)


def read_report(output: str, errors: str) -> list[Looked]:
    """pip-audit's answer. Raises AdvisoriesUnreachable where it is none."""
    try:
        return TypeAdapter(Report).validate_json(output).dependencies
    except ValidationError:
        last = errors.strip().splitlines()[-1:] or ["it said nothing"]
        raise AdvisoriesUnreachable(f"the advisories are out of reach: {last[0]}") from None
