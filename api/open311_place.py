"""Where a reported fault is, in the one text that a ticket keeps of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from api.open311_contract import ReportIn
from catalog.personal_data import mask

LONGEST_ADDRESS = 165  # characters: with the point it fits Ticket.place
POINT = re.compile(r"(?:^| \()(-?\d{1,2}\.\d{1,6}),(-?\d{1,3}\.\d{1,6})\)?$", re.ASCII)
POSTCODE = re.compile(r"(?<![\d-])\d{5}(?![\d-])", re.ASCII)


@dataclass(frozen=True)
class FaultPlace:
    """An address, a point (WGS84: latitude, longitude), or both."""

    address: str | None
    point: tuple[float, float] | None

    @classmethod
    def of(cls, report: ReportIn) -> Self:
        """As reported, without personal data. Addresses tell the most exact first, so that a long
        one loses only the country at its end."""
        told = report.address_string or report.address_id
        address = " ".join(mask(told).text.split())[:LONGEST_ADDRESS].strip() if told else None
        if report.lat is None or report.long is None:
            return cls(address or None, None)
        return cls(address or None, (report.lat, report.long))

    @classmethod
    def read(cls, kept: str | None) -> Self:
        """What `kept` wrote."""
        text = kept or ""
        found = POINT.search(text)
        if found is None:
            return cls(text or None, None)
        return cls(text[: found.start()] or None, (float(found[1]), float(found[2])))

    @property
    def kept(self) -> str:
        """ "Kauppakatu 5 (60.1699,24.9384)", or either part alone."""
        point = ",".join(map(_decimal, self.point)) if self.point else ""
        return f"{self.address} ({point})" if self.address and point else self.address or point

    @property
    def postcode(self) -> str | None:
        found = POSTCODE.findall(self.address or "")
        return found[-1] if found else None


def _decimal(degrees: float) -> str:
    """To a tenth of a metre; never in powers of ten."""
    text = f"{degrees:.6f}".rstrip("0")
    return text + "0" if text.endswith(".") else text
