"""Documents of office programs: archives, looked into before they are kept. Nothing is unpacked."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from desk.errors import FileRefused

BEGINS = b"PK\x03\x04"
MOST_MEMBERS = 3_000
MOST_UNPACKED = 200_000_000  # bytes of all members together
# Bytes of the members that are parsed here, together: a million may take a second and 20 MB.
MOST_XML = 5_000_000
RATIO = 200  # to one; a member's of ordinary sheets stays under 50
FREE_OF_RATIO = 1_000_000  # bytes: what is small cannot harm, however well it packs
CHUNK = 1 << 16
# What programs of offices write and read; others take memory as the archive says, not as they need.
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

TEXT = "application/vnd.oasis.opendocument.text"
SHEET = "application/vnd.oasis.opendocument.spreadsheet"
OPEN_DOCUMENT = {TEXT: ".odt", SHEET: ".ods"}
# Of an open document's own text: 20 MB are some thousand pages, and are read through in a second.
MOST_CONTENT = 20_000_000
SCRIPT = "{urn:oasis:names:tc:opendocument:xmlns:script:1.0}"
HREF = "{http://www.w3.org/1999/xlink}href"
# Another address, or another file of the reader's: what is in the archive is named by its path.
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]|\.\.", re.I)
OFFICE = "application/vnd.openxmlformats-officedocument"
WORD = f"{OFFICE}.wordprocessingml.document"
EXCEL = f"{OFFICE}.spreadsheetml.sheet"
OFFICE_OPEN = {WORD: ".docx", EXCEL: ".xlsx"}
PARSED = re.compile(r"^\[Content_Types\]\.xml$|^META-INF/manifest\.xml$|\.rels$", re.I)
# Programs and foreign objects inside: macros of each kind, controls, packed files.
ACTIVE = re.compile(
    r"vbaproject|vbadata|macrosheets/|activex/|/embeddings/|^embeddings/|ctrlprops/"
    r"|^basic/|^scripts/|\.(?:exe|dll|js|vbs|hta|lnk|bat|cmd|ps1|scr|jar|swf|class)$",
    re.I,
)
ACTIVE_TYPE = re.compile(r"macroenabled|vbaproject|activex|oleobject|macrosheet", re.I)


def settle(path: Path) -> tuple[str, str]:
    """Media type and suffix of the document, which has no macro, no foreign object, no lock.

    Raises FileRefused.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _whole(path, archive)
            _no_bomb(archive)
            _little_to_parse(archive)
            names = [one.filename for one in archive.infolist()]
            if "[Content_Types].xml" in names:
                return _office_open(archive)
            if names[0] == "mimetype":
                return _open_document(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ParseError) as error:
        raise FileRefused("broken") from error
    except (NotImplementedError, UnicodeError, ValueError, DefusedXmlException) as error:
        raise FileRefused("type") from error
    raise FileRefused("type")


def _whole(path: Path, archive: zipfile.ZipFile) -> None:
    """Nothing stands before, between or behind the archive for another program to find."""
    members = archive.infolist()
    names = [one.filename for one in members]
    if not members or len(members) > MOST_MEMBERS or len(set(names)) < len(names):
        raise FileRefused("type")
    if min(one.header_offset for one in members) != 0 or archive.comment:
        raise FileRefused("type")
    with path.open("rb") as file:
        file.seek(-22, 2)  # the end record, which has no comment
        if file.read(4) != b"PK\x05\x06":
            raise FileRefused("type")
    if any(one.compress_type not in PACKED for one in members):
        raise FileRefused("type")
    if any(one.flag_bits & 0x1 for one in members):
        raise FileRefused("locked")
    if any(ACTIVE.search(name) for name in names):
        raise FileRefused("active")


def _no_bomb(archive: zipfile.ZipFile) -> None:
    """Every member is read through once: what the directory says of sizes may be a lie."""
    unpacked = 0
    for member in archive.infolist():
        size = 0
        with archive.open(member) as stream:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                too_thin = size > FREE_OF_RATIO and size > RATIO * max(member.compress_size, 1)
                if too_thin or unpacked + size > MOST_UNPACKED:
                    raise FileRefused("bomb")
        unpacked += size


def _little_to_parse(archive: zipfile.ZipFile) -> None:
    """No more is read of a member than the directory says, so here it may be believed."""
    parsed = (one for one in archive.infolist() if PARSED.search(one.filename))
    if sum(one.file_size for one in parsed) > MOST_XML:
        raise FileRefused("bomb")


def _office_open(archive: zipfile.ZipFile) -> tuple[str, str]:
    types = [one.get("ContentType", "") for one in _xml(archive, "[Content_Types].xml")]
    if any(ACTIVE_TYPE.search(one) for one in types):
        raise FileRefused("active")
    main = [one.removesuffix(".main+xml") for one in types if one.endswith(".main+xml")]
    known = [one for one in main if one in OFFICE_OPEN]
    if len(known) != 1:
        raise FileRefused("type")
    if any(_reaches_out(one) for one in _relations(archive)):
        raise FileRefused("active")
    return known[0], OFFICE_OPEN[known[0]]


def _relations(archive: zipfile.ZipFile) -> Iterator[Element]:
    for name in archive.namelist():
        if name.lower().endswith(".rels"):
            yield from _xml(archive, name)


def _reaches_out(relation: Element) -> bool:
    """Whether opening the document fetches something: a template, a linked object or picture."""
    outside = relation.get("TargetMode", "").lower() == "external"
    return outside and not relation.get("Type", "").endswith("/hyperlink")


def _open_document(archive: zipfile.ZipFile) -> tuple[str, str]:
    kind = archive.read("mimetype").decode("ascii").strip()
    if kind not in OPEN_DOCUMENT:
        raise FileRefused("type")
    manifest = _xml(archive, "META-INF/manifest.xml")
    if any(one.tag.endswith("}encryption-data") for one in manifest.iter()):
        raise FileRefused("locked")
    for name in ("content.xml", "styles.xml"):
        if name in archive.namelist() and _acts(archive, name):
            raise FileRefused("active")
    return kind, OPEN_DOCUMENT[kind]


def _acts(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether something in it runs or is fetched when the document is opened."""
    if archive.getinfo(name).file_size > MOST_CONTENT:
        raise FileRefused("bomb")
    with archive.open(name) as stream:
        root = None
        for event, one in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            root = one if root is None else root
            if event == "start" and (one.tag.startswith(SCRIPT) or "}dde-" in one.tag):
                return True
            if event == "start" and not one.tag.endswith("}a") and OUTSIDE.match(one.get(HREF, "")):
                return True
            if event == "end":
                root.clear()  # what has been read needs no memory any more
    return False


def _xml(archive: zipfile.ZipFile, name: str) -> Element:
    try:
        member = archive.getinfo(name)
    except KeyError as error:
        raise FileRefused("broken") from error
    # An entity or a document type has no place in these, and is how a small file becomes a large.
    read: Element = fromstring(archive.read(member), forbid_dtd=True)
    return read
