"""Files that customers and staff send: looked at, not believed; kept as they are."""

import hashlib
import io
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

import pillow_heif
from PIL import Image, UnidentifiedImageError
from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey.models import Attachment
from careline.kit.errors import CarelineError, Invalid, NotFound, TooLarge
from careline.kit.ids import new_id

UPLOAD_LIMIT = 10 * 1024 * 1024  # bytes
MOST_PIXELS = 100_000_000  # a phone makes 50 megapixels; a bomb claims far more
_IMAGES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # JPEG with a second picture behind it, as some phones make
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]")

pillow_heif.register_heif_opener()


class UnsupportedFile(CarelineError):
    """Not a kind of file that we take, whatever its name says."""

    code = "unsupported_media_type"
    status = 415


def waiting(session: Session, conversation_id: str, ids: Sequence[str]) -> Sequence[Attachment]:
    """Those that were sent here and stand in no message yet; raises NotFound for any other."""
    found = session.scalars(
        select(Attachment).where(
            Attachment.id.in_(ids),
            Attachment.conversation_id == conversation_id,
            Attachment.message_id.is_(None),
        )
    ).all()
    if len(found) != len(set(ids)):
        raise NotFound("There is no such attachment waiting to be sent.", field="attachments")
    return found


def http_headers(file: Attachment) -> dict[str, str]:
    """It is shown as it was sent, never as a page of ours; PDFs are saved, not opened."""
    how = "attachment" if file.media_type == "application/pdf" else "inline"
    return {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=3600",
    }


def keep(
    session: Session, now: datetime, conversation_id: str, name: str, content: bytes
) -> Attachment:
    """Store one file of the conversation; raises TooLarge, UnsupportedFile, Invalid."""
    if not content:
        raise Invalid("The file is empty.", field="file")
    if len(content) > UPLOAD_LIMIT:
        raise TooLarge("The file is larger than 10 MB.", field="file")
    attachment = Attachment(
        id=new_id("att"),
        conversation_id=conversation_id,
        name=_plain_name(name),
        media_type=media_type_of(content),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        created_at=now,
        updated_at=now,
    )
    session.add(attachment)
    return attachment


def media_type_of(content: bytes) -> str:
    """By its first bytes; raises UnsupportedFile."""
    if content[:1024].lstrip().startswith(b"%PDF-"):
        return "application/pdf"
    refusal = UnsupportedFile("We take JPEG, PNG, WebP, HEIC and PDF files.", field="file")
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "HEIF")) as image:
            kind, (width, height) = image.format or "", image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise refusal from None
    if width * height > MOST_PIXELS or kind not in _IMAGES:
        raise refusal
    return _IMAGES[kind]


def _plain_name(name: str) -> str:
    plain = _CONTROLS.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    return plain[-200:] or "file"
