"""What goes in and out of the Open311 doors, in the words of GeoReport v2."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic import model_validator as validates
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from api.contract import Storable
from desk.clock import HELSINKI

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
LONGEST_DESCRIPTION = 4_000  # characters, of the specification
LONGEST_PLACE = 500
MOST_REQUESTS = 1_000  # in one answer, of the specification
SINCE, UNTIL = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

# Of the description: a place that is empty is none.
WRITTEN: JsonDict = {"type": "string", "pattern": r"[^\s\x00]"}
NUMBER: JsonDict = {"type": "number"}

Format = Literal["json", "xml"]
Status = Literal["open", "closed"]


def _given(text: Any) -> Any:
    """What is empty was not given, and so is the null that some clients write into a form."""
    return None if isinstance(text, str) and text.strip() in ("", "null") else text


def _w3_time(text: Any) -> Any:
    """An instant of W3C's note; one without an offset is Finnish local time.

    The plus sign of an offset is a space where a client forgot to escape it.
    """
    if not isinstance(text, str):
        return text
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        raise PydanticCustomError("datetime_form", "no date")
    try:
        at = datetime.fromisoformat(re.sub(r" (?=\d\d:?\d\d$)", "+", text.strip()))
    except ValueError:
        raise PydanticCustomError("datetime_form", "no date") from None
    at = at if at.tzinfo else at.replace(tzinfo=HELSINKI)
    return SINCE if at.year <= SINCE.year else UNTIL if at.year >= UNTIL.year else at


Optional = BeforeValidator(_given)
Short = Annotated[str | None, Field(max_length=300), Storable, Optional]
TIME: JsonDict = {
    "anyOf": [
        {"type": "string", "format": "date-time"},
        {"type": "string", "maxLength": 0},
        {"type": "null"},
    ]
}
Instant = Annotated[
    datetime | None, BeforeValidator(_w3_time), Optional, WithJsonSchema(dict(TIME))
]
Codes = Annotated[str | None, Field(max_length=20_000), Storable, Optional]


class ReportIn(BaseModel):
    """A report of a fault. Other fields of the specification are taken and not kept."""

    jurisdiction_id: Short = Field(None, description="A municipality's name or number.")
    service_code: Annotated[str, StringConstraints(min_length=1, max_length=80), Storable]
    lat: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False), Optional] = None
    long: Annotated[float | None, Field(ge=-180, le=180, allow_inf_nan=False), Optional] = None
    address_string: Annotated[str | None, Field(max_length=LONGEST_PLACE), Storable, Optional] = (
        Field(None, description="The most exact first: street, number, town.")
    )
    address_id: Short = None
    description: Annotated[
        str | None, Field(max_length=LONGEST_DESCRIPTION), Storable, Optional
    ] = Field(None, description="Shown publicly, without contacts and identity codes.")
    email: Short = Field(None, description="For the answer; not shown.")
    phone: Short = Field(None, description="For the answer; not shown.")
    media_url: Annotated[
        str | None, Field(max_length=1_000, pattern=r"^(https?://|$)"), Storable, Optional
    ] = Field(None, description="Of a picture; staff see the address.")

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["address_string"], "properties": {"address_string": WRITTEN}},
                {"required": ["address_id"], "properties": {"address_id": WRITTEN}},
                {"required": ["lat", "long"], "properties": {"lat": NUMBER, "long": NUMBER}},
            ]
        }
    )

    @validates(mode="after")
    def _has_a_place(self) -> Self:
        """Raises PydanticCustomError for a report that nobody could go and look at."""
        point = self.lat is not None and self.long is not None
        if not (point or self.address_string or self.address_id):
            raise PydanticCustomError("location_missing", "no location")
        return self


class AskedRequests(BaseModel):
    """Which requests are asked for; `service_request_id` overrides the rest."""

    jurisdiction_id: Short = Field(None, description="A municipality's name or number.")
    service_request_id: Codes = Field(None, description="One or more, between commas.")
    service_code: Codes = Field(None, description="One or more, between commas.")
    status: Annotated[
        str | None, Field(pattern=r"^((open|closed)(,(open|closed))*)?$", max_length=100), Optional
    ] = None
    start_date: Instant = Field(None, description="W3C time; at most 90 days before end_date.")
    end_date: Instant = Field(None, description="W3C time.")
    page: int = Field(1, ge=1, le=1_000)
    page_size: int = Field(MOST_REQUESTS, ge=1, le=MOST_REQUESTS)


class EndpointOut(BaseModel):
    specification: str
    url: str
    changeset: str
    type: Literal["production", "test"]
    formats: list[str]


class DiscoveryOut(BaseModel):
    changeset: str
    contact: str
    key_service: str
    endpoints: list[EndpointOut]


class ServiceOut(BaseModel):
    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: Literal["realtime"]
    keywords: str
    group: str


class DefinitionOut(BaseModel):
    """No service asks for more than the report itself, so there are no attributes."""

    service_code: str
    attributes: list[str]


class TakenOut(BaseModel):
    service_request_id: str
    service_notice: str
    expected_datetime: str
    account_id: None = None


class TokenOut(BaseModel):
    service_request_id: str
    token: str


class RequestOut(BaseModel):
    """A report as everybody may see it."""

    service_request_id: str
    status: Status
    status_notes: str | None = None
    service_name: str
    service_code: str
    description: str | None
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: str
    updated_datetime: str
    expected_datetime: str
    address: str | None
    address_id: str | None = None
    zipcode: str | None
    lat: float | None
    long: float | None
    media_url: str | None = None


class ErrorOut(BaseModel):
    code: int
    description: str
