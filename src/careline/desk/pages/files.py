"""A customer's or colleague's file, as staff open it: never as a page of ours."""

from urllib.parse import quote

from starlette.responses import Response

from careline.journey.models import Attachment


def response(file: Attachment) -> Response:
    """As it was sent; PDFs are saved, not opened in our own origin."""
    how = "attachment" if file.media_type == "application/pdf" else "inline"
    return Response(
        file.content,
        media_type=file.media_type,
        headers={
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )
