"""A shop's own page on its own origin, with as strict a policy as shops have, and its reports."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

PAGE = """<!doctype html>
<html lang="en" dir="{direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A shop</title></head>
<body><main><h1>A shop</h1><p>With a page of its own.</p><a href="#top">A link</a></main>
<script src="{chat}/static/widget.js" data-careline{attributes}></script>
</body></html>"""


class ShopPage:
    def __init__(self) -> None:
        self.chat = ""  # the chat server's origin
        self.reports: list[Any] = []
        self.app = self._routes()

    def policy(self) -> str:
        return "; ".join(
            [
                "default-src 'none'",
                f"script-src 'self' {self.chat}",
                "style-src 'self'",
                f"connect-src {self.chat}",
                "base-uri 'none'",
                "require-trusted-types-for 'script'",
                "report-uri /csp-report",
            ]
        )

    def _routes(self) -> FastAPI:
        app = FastAPI()

        @app.get("/")
        async def page(identity: str = "", direction: str = "ltr") -> HTMLResponse:
            attributes = f' data-identity="{identity}"' if identity else ""
            text = PAGE.format(chat=self.chat, attributes=attributes, direction=direction)
            return HTMLResponse(text, headers={"Content-Security-Policy": self.policy()})

        @app.get("/favicon.ico")
        async def icon() -> Response:
            return Response(status_code=204)

        @app.post("/csp-report")
        async def report(request: Request) -> Response:
            self.reports.append(await request.json())
            return Response(status_code=204)

        return app
