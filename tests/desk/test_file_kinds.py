"""What a file is and how it is kept: by its content alone, cleaned, under a safe name."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from desk.errors import FileRefused, FileUnknown
from desk.file_names import LONGEST, safe_name
from desk.file_store import FileStore, Kept
from tests.desk.sample_files import (
    EXCEL_MAIN,
    FETCHES,
    HARMLESS,
    ODS,
    OPENED,
    PDF,
    RELATIONS,
    RUNS,
    archive,
    docx,
    odt,
    photo,
    picture,
)

MOST = 1_000_000
NOW = datetime.now(UTC)
MZ = b"MZ\x90\x00" + bytes(200)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "attachments", left_free=0)


def kept(store: FileStore, content: bytes) -> tuple[Kept, bytes]:
    taken = store.take(io.BytesIO(content), most_bytes=MOST)
    return taken, store.path(taken.key).read_bytes()


def lying(store: FileStore) -> list[Path]:
    return list(store.folder.iterdir()) if store.folder.exists() else []


@pytest.mark.parametrize(
    ("content", "media_type", "suffix"),
    [
        (PDF, "application/pdf", ".pdf"),
        (picture("JPEG"), "image/jpeg", ".jpg"),
        (picture("PNG"), "image/png", ".png"),
        (picture("WEBP"), "image/webp", ".webp"),
        ("Hei, tässä ääkköset.\r\n".encode(), "text/plain", ".txt"),
        (
            docx(),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ".docx",
        ),
        (
            docx(main=EXCEL_MAIN),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ".xlsx",
        ),
        (odt(), "application/vnd.oasis.opendocument.text", ".odt"),
        (
            odt({"content.xml": OPENED.format(HARMLESS)}),
            "application/vnd.oasis.opendocument.text",
            ".odt",
        ),
        (odt(kind=ODS), "application/vnd.oasis.opendocument.spreadsheet", ".ods"),
    ],
)
def test_a_file_is_what_its_content_says(
    store: FileStore, content: bytes, media_type: str, suffix: str
) -> None:
    taken, at_rest = kept(store, content)
    assert (taken.media_type, taken.suffix, taken.size) == (media_type, suffix, len(at_rest))


REFUSED = {
    "a program": (MZ, "type"),
    "a program for Linux": (b"\x7fELF" + bytes(50), "type"),
    "a web page": (b"<!doctype html><script>alert(1)</script>", "type"),
    "a drawing that runs a script": (b'<svg xmlns="x" onload="alert(1)"/>', "type"),
    "a shell script": (b"#!/bin/sh\nrm -rf /\n", "type"),
    "rich text": (b"{\\rtf1 hello}", "type"),
    "an animation": (picture("GIF"), "type"),
    "an old Word document": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "type"),
    "nothing": (b"", "empty"),
    "too much": (b"a" * (MOST + 1), "size"),
    "a PDF that is cut off": (PDF[:40], "broken"),
    "a PDF that is an archive too": (PDF + archive({"x.html": "<p>"}), "type"),
    "a PDF behind something else": (b"<html>" + PDF, "type"),
    "a picture that is cut off": (picture("JPEG", (400, 400))[:500], "broken"),
    "a picture's first bytes alone": (b"\x89PNG\r\n\x1a\n" + bytes(90), "broken"),
    "a picture whose camera tells nonsense": (
        photo().replace(b"\x01\x10\x00\x02", b"\x01\x03\x00\x02"),
        "broken",
    ),
    "a picture of too many points": (picture("PNG", (8000, 8000)), "points"),
    "any archive": (archive({"a.txt": "x"}), "type"),
    "a Java program": (archive({"META-INF/MANIFEST.MF": "x", "A.class": "x"}), "active"),
    "an archive with something before it": (MZ + docx(), "type"),
    "an archive with something behind it": (docx() + MZ, "type"),
    "an archive packed in a way of no office": (docx(packed=zipfile.ZIP_LZMA), "type"),
    "a broken archive": (docx()[:-30], "broken"),
    "a document with macros": (docx({"word/vbaProject.bin": b"x"}), "active"),
    "a document of the macro kind": (
        docx(main="application/vnd.ms-word.document.macroEnabled.main+xml"),
        "active",
    ),
    "sheets with old macros": (
        docx({"xl/macrosheets/sheet1.xml": "<x/>"}, main=EXCEL_MAIN),
        "active",
    ),
    "a document with a packed object": (docx({"word/embeddings/oleObject1.bin": "x"}), "active"),
    "a document with a control": (docx({"word/activeX/activeX1.xml": "x"}), "active"),
    "a document that fetches its template": (
        docx({"word/_rels/settings.xml.rels": RELATIONS.format("attachedTemplate")}),
        "active",
    ),
    "an open document with macros": (odt({"Basic/Standard/Module1.xml": "<x/>"}), "active"),
    "an open document with a password": (
        odt(manifest="<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"),
        "locked",
    ),
    "an open document that runs a script": (odt({"content.xml": OPENED.format(RUNS)}), "active"),
    "an open document that fetches a picture": (
        odt({"content.xml": OPENED.format(FETCHES)}),
        "active",
    ),
    "an open document with another's file in it": (
        odt({"styles.xml": OPENED.format(FETCHES.replace("https://example.org/", "../../"))}),
        "active",
    ),
    "an open document whose text is too long to look through": (
        odt({"content.xml": OPENED.format("<p>" + "word " * 5_000_000 + "</p>")}),
        "bomb",
    ),
    "slides": (odt(kind="application/vnd.oasis.opendocument.presentation"), "type"),
    "a bomb": (docx({"word/media/x": bytes(30_000_000)}), "bomb"),
    "a document that is long to look through": (
        docx({f"word/_rels/{n}.rels": f"<R>{'<a/>' * 240_000}</R>" for n in range(6)}),
        "bomb",
    ),
    "an entity in a document": (
        archive(
            {
                "[Content_Types].xml": '<!DOCTYPE a [<!ENTITY b "c">]><Types>&b;</Types>',
                "word/document.xml": "<x/>",
            }
        ),
        "type",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_safe_is_refused_and_leaves_nothing_behind(store: FileStore, what: str) -> None:
    content, reason = REFUSED[what]
    with pytest.raises(FileRefused) as refused:
        kept(store, content)
    assert refused.value.reason == reason
    assert lying(store) == []


def test_a_link_in_a_document_is_no_danger(store: FileStore) -> None:
    linked = docx({"word/_rels/document.xml.rels": RELATIONS.format("hyperlink")})
    assert kept(store, linked)[0].suffix == ".docx"


def test_a_lie_about_a_members_size_does_not_hide_a_bomb(store: FileStore) -> None:
    honest = docx({"word/media/x": bytes(30_000_000)})
    size = (30_000_000).to_bytes(4, "little")
    assert honest.count(size) == 2
    with pytest.raises(FileRefused):
        kept(store, honest.replace(size, (1_000).to_bytes(4, "little")))
    assert lying(store) == []


def test_a_photo_stands_upright_and_tells_neither_place_nor_camera(store: FileStore) -> None:
    sent = photo()
    assert b"Puhelin 9" in sent
    _, at_rest = kept(store, sent)
    with Image.open(io.BytesIO(at_rest)) as shown:
        assert shown.size == (40, 80)
        assert dict(shown.getexif()) == {}
        assert "comment" not in shown.info
    assert b"Puhelin" not in at_rest
    assert b"kotona" not in at_rest


def test_a_picture_keeps_nothing_that_was_hung_behind_it(store: FileStore) -> None:
    _, at_rest = kept(store, picture("PNG") + archive({"evil.exe": "x" * 50}))
    assert not zipfile.is_zipfile(io.BytesIO(at_rest))


def test_a_picture_loses_next_to_nothing(store: FileStore) -> None:
    drawn = Image.radial_gradient("L").convert("RGB")
    sent = io.BytesIO()
    drawn.save(sent, "JPEG", quality=92)
    _, at_rest = kept(store, sent.getvalue())
    with Image.open(sent) as before, Image.open(io.BytesIO(at_rest)) as after:
        pairs = zip(before.tobytes(), after.tobytes(), strict=True)
        assert max(abs(one - other) for one, other in pairs) <= 8


def test_a_text_of_an_old_program_becomes_readable_everywhere(store: FileStore) -> None:
    assert kept(store, "Äiti söi €".encode("cp1252"))[1] == "Äiti söi €".encode()
    assert kept(store, "Åbo".encode("utf-16"))[1] == "Åbo".encode()


# --- at rest ---


def test_only_the_desk_can_read_a_file_and_its_name_tells_nothing(store: FileStore) -> None:
    taken, _ = kept(store, PDF)
    path = store.path(taken.key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert len(path.name) == 64
    assert lying(store) == [path]


@pytest.mark.parametrize("key", ["../../secret.key", "", "a" * 63, "G" * 64])
def test_no_key_leads_out_of_the_folder(store: FileStore, key: str) -> None:
    with pytest.raises(FileUnknown):
        store.path(key)


def test_a_full_disk_takes_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        kept(FileStore(tmp_path, left_free=2**62), PDF)
    assert refused.value.reason == "full"


def test_what_a_crash_left_is_swept_and_nothing_else(store: FileStore) -> None:
    named, orphan, fresh = (kept(store, PDF)[0].key for _ in range(3))
    unfinished = store.folder / "unfinished-x"
    unfinished.write_bytes(b"%PDF")
    old = (NOW - timedelta(hours=2)).timestamp()
    for path in (store.path(named), store.path(orphan), unfinished):
        os.utime(path, (old, old))
    assert store.sweep({named}, now=NOW) == 2
    assert {one.name for one in lying(store)} == {named, fresh}


# --- names ---


@pytest.mark.parametrize(
    ("given", "suffix", "name"),
    [
        ("../../etc/päätös.pdf", ".pdf", "päätös.pdf"),
        ("C:\\Omat\\kuva.JPEG", ".jpg", "kuva.jpg"),
        ("photo\u202egpj.exe", ".jpg", "photo gpj.exe.jpg"),
        ("lasku\r\nSet-Cookie: a=b.pdf", ".pdf", "lasku Set-Cookie a=b.pdf"),
        ("hakemus_010190-123A.pdf", ".pdf", "hakemus [ID].pdf"),
        ("maija@example.fi.pdf", ".pdf", "[EMAIL].pdf"),
        ("lasku.html", ".txt", "lasku.html.txt"),
        (".pdf", ".pdf", "liite.pdf"),
        ("", ".png", "liite.png"),
        ("...", ".png", "liite.png"),
        ('a<b>"c|d?.pdf', ".pdf", "a b c d.pdf"),
    ],
)
def test_a_name_is_safe_and_ends_as_the_content_says(given: str, suffix: str, name: str) -> None:
    assert safe_name(given, suffix, otherwise="liite") == name


def test_a_name_is_never_longer_than_its_column() -> None:
    long = safe_name("ä" * 400 + ".pdf", ".pdf", otherwise="liite")
    assert len(long) == LONGEST
    assert long.endswith("ä.pdf")
