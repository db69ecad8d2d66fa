"""What a file is, by its content alone: a few kinds that can be opened safely, and nothing else."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from desk import file_images, file_office
from desk.errors import FileRefused

PDF_BEGINS, PDF_ENDS = b"%PDF-", b"%%EOF"
PDF_END_WITHIN = 2048  # bytes from the end: writers add a line or two after it
# Text that a program would take for something to run or to draw.
NOT_PLAIN = ("<", "#!", "{\\rtf", "%!", "@echo")
BETWEEN_LINES = "\t\n\r\f"


@dataclass(frozen=True)
class Kind:
    media_type: str
    suffix: str


PDF = Kind("application/pdf", ".pdf")
TEXT = Kind("text/plain", ".txt")


def settle(path: Path) -> Kind:
    """The kind of the file, which is now as it can be kept.

    A picture is written anew, without what its camera told of place and person; a text becomes
    UTF-8. Raises FileRefused.
    """
    with path.open("rb") as file:
        begins = file.read(16)
    if begins.startswith(PDF_BEGINS):
        return _pdf(path)
    if begins.startswith(file_office.BEGINS):
        return Kind(*file_office.settle(path))
    picture = file_images.format_of(begins)
    if picture is not None:
        return Kind(*file_images.settle(path, picture))
    return _text(path)


def _pdf(path: Path) -> Kind:
    """Raises FileRefused for one that is cut off, or an archive too: who opens it could choose."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - PDF_END_WITHIN))
        ends = file.read()
    if PDF_ENDS not in ends:
        raise FileRefused("broken")
    if zipfile.is_zipfile(path):
        raise FileRefused("type")
    return PDF


def _text(path: Path) -> Kind:
    text = _decoded(path.read_bytes())
    if any(_is_control(sign) for sign in text):
        raise FileRefused("type")
    if text.lstrip().lower().startswith(NOT_PLAIN):
        raise FileRefused("type")
    path.write_bytes(text.encode())
    return TEXT


def _decoded(content: bytes) -> str:
    """Raises FileRefused for bytes that are no text."""
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else []
    # Old Windows programs write the last one; what is no text has signs that it does not know.
    for encoding in (*encodings, "utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("type")


def _is_control(sign: str) -> bool:
    return (sign < " " and sign not in BETWEEN_LINES) or "\x7f" <= sign < "\xa0"
