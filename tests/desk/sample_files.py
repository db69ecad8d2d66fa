"""Files as customers and attackers send them, made on the spot."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types">{}</Types>'
)
PART = '<Override PartName="/part" ContentType="{}"/>'
OFFICE = "application/vnd.openxmlformats-officedocument"
WORD_MAIN = f"{OFFICE}.wordprocessingml.document.main+xml"
EXCEL_MAIN = f"{OFFICE}.spreadsheetml.sheet.main+xml"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
# Of an open document: what runs or is fetched when it is opened, and what is not.
OPENED = (
    '<o:document xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:d="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:s="urn:oasis:names:tc:opendocument:xmlns:script:1.0"'
    ' xmlns:x="http://www.w3.org/1999/xlink">{}</o:document>'
)
RUNS = '<o:event-listeners><s:event-listener x:href="Basic.Module1.Main"/></o:event-listeners>'
FETCHES = '<d:image x:href="https://example.org/seen.png"/>'
HARMLESS = (
    '<t:a x:href="https://www.suomi.fi/">Suomi.fi</t:a><d:image x:href="Pictures/1.png"/>'
    '<d:object x:href="./Object 1"/><t:a x:href="#top">up</t:a><o:scripts/>'
)
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    "{}</manifest:manifest>"
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://x/relationships/{}" Target="http://example.org/x"'
    ' TargetMode="External"/></Relationships>'
)


def picture(format_: str = "JPEG", size: tuple[int, int] = (80, 40), **more: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "red").save(made, format_, **more)
    return made.getvalue()


def photo() -> bytes:
    """As a telephone takes it: lying on its side, with place, camera and a comment."""
    exif = Image.Exif()
    exif[0x0110] = "Puhelin 9"
    exif[0x0112] = 6  # turn it a quarter to the right
    exif.get_ifd(0x8825).update({1: "N", 2: (60.0, 10.0, 0.0), 3: "E", 4: (24.0, 56.0, 0.0)})
    return picture(exif=exif, comment=b"kotona")


def archive(
    members: Mapping[str, str | bytes],
    *,
    stored: tuple[str, ...] = (),
    packed: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packed) as file:
        for name, content in members.items():
            how = zipfile.ZIP_STORED if name in stored else packed
            file.writestr(name, content, how)
    return made.getvalue()


def docx(
    more: Mapping[str, str | bytes] | None = None,
    *,
    main: str = WORD_MAIN,
    packed: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A document with these members more."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": CONTENT_TYPES.format(PART.format(main))
    }
    members["word/document.xml"] = "<document/>"
    return archive(members | dict(more or {}), packed=packed)


def odt(
    more: Mapping[str, str | bytes] | None = None, *, kind: str = ODT, manifest: str = ""
) -> bytes:
    members: dict[str, str | bytes] = {"mimetype": kind, "content.xml": "<office/>"}
    members["META-INF/manifest.xml"] = MANIFEST.format(manifest)
    return archive(members | dict(more or {}), stored=("mimetype",))
