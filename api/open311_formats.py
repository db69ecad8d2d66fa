"""JSON and XML of GeoReport v2: one answer in either, as the specification maps them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import Response
from pydantic import BaseModel

DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
# What XML 1.0 has no way to write, escaped or not.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Names:
    """What the XML calls the whole, and each item of every list in it, by the list's name."""

    whole: str
    items: Mapping[str, str]


DISCOVERY = Names("discovery", {"endpoints": "endpoint", "formats": "format"})
SERVICES = Names("services", {"services": "service"})
DEFINITION = Names("service_definition", {"attributes": "attribute"})
REQUESTS = Names("service_requests", {"service_requests": "request"})
ERRORS = Names("errors", {"errors": "error"})


def answer(
    told: BaseModel | Sequence[BaseModel],
    names: Names,
    form: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer in the form asked for, `json` or `xml`."""
    plain: Any = (
        told.model_dump() if isinstance(told, BaseModel) else [one.model_dump() for one in told]
    )
    body = _xml(plain, names) if form == "xml" else json.dumps(plain, ensure_ascii=False).encode()
    return Response(body, status, dict(headers or {}), media_type=TYPES[form])


def _xml(plain: Any, names: Names) -> bytes:
    whole = Element(names.whole)
    _fill(whole, plain, names)
    written: bytes = tostring(whole, encoding="utf-8", short_empty_elements=True)
    return DECLARATION + written.split(b"?>\n", 1)[-1]


def _fill(element: Element, value: Any, names: Names) -> None:
    if isinstance(value, dict):
        for name, one in value.items():
            _fill(SubElement(element, name), one, names)
    elif isinstance(value, list):
        for one in value:
            _fill(SubElement(element, names.items[element.tag]), one, names)
    elif isinstance(value, bool):
        element.text = str(value).lower()
    elif value is not None:
        element.text = UNWRITABLE.sub(" ", str(value))
