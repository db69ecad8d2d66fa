"""Pictures, written anew from their points: nothing that is hidden in the file comes along."""

from __future__ import annotations

import os
import struct
import threading
import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin

from desk.errors import FileRefused

MOST_POINTS = 60_000_000  # a telephone's largest ordinary picture; about 180 MB when opened
WEBP_QUALITY = 90
KINDS = {
    "JPEG": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "WEBP": ("image/webp", ".webp"),
}
# One picture at a time: each takes much memory while it is open.
_ONE = threading.Lock()


def format_of(begins: bytes) -> str | None:
    """Which of KINDS the first bytes say that this is."""
    if begins.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if begins.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if begins[:4] == b"RIFF" and begins[8:12] == b"WEBP":
        return "WEBP"
    return None


def settle(path: Path, format_: str) -> tuple[str, str]:
    """Media type and suffix of the picture, which stands upright and tells no place or camera.

    Of an animation the first picture is kept. Raises FileRefused.
    """
    anew = path.with_suffix(".anew")
    try:
        with _ONE:
            _write_anew(path, anew, format_)
        os.replace(anew, path)
    finally:
        anew.unlink(missing_ok=True)
    return KINDS[format_]


def _write_anew(path: Path, anew: Path, format_: str) -> None:
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(path, formats=[format_]) as opened,
        ):
            if opened.width * opened.height > MOST_POINTS:
                raise FileRefused("points")
            kept = _how_kept(opened, format_)
            _bare(opened).save(anew, format=format_, **kept)
    # Pillow's readers of broken files end in many ways, and each means the same to the sender.
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        LookupError,
        TypeError,
        struct.error,
    ) as error:
        raise FileRefused("broken") from error
    except (MemoryError, Image.DecompressionBombError) as error:
        raise FileRefused("points") from error


def _how_kept(opened: Image.Image, format_: str) -> dict[str, Any]:
    """The picture's own colours and, of a JPEG, its own tables: so it loses nearly nothing."""
    kept: dict[str, Any] = {"icc_profile": opened.info.get("icc_profile")}
    if format_ == "JPEG":
        kept["qtables"] = getattr(opened, "quantization", None)
        kept["subsampling"] = JpegImagePlugin.get_sampling(opened)
    if format_ == "WEBP":
        kept["quality"] = WEBP_QUALITY
    return kept


def _bare(opened: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(opened)
    bare = upright.copy()
    # What is left in `info` would be written: comments, XMP, the EXIF block itself.
    bare.info = {key: value for key, value in upright.info.items() if key == "transparency"}
    return bare
