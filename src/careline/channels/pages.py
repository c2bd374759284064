"""Plain public pages: help articles, return labels, the list of the API's addresses."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt

from careline.kit.errors import NotFound

TEMPLATES = Path(__file__).parent / "templates"
_SLUG = re.compile(r"^[a-z0-9][a-z0-9-]*$")


def environment(*folders: Path) -> Environment:
    """Templates in which everything is escaped unless it is marked as safe."""
    return Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]), autoescape=True, trim_blocks=True
    )


def router(app: FastAPI, help_folder: Path, find_label: Callable[[str], Any]) -> APIRouter:
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    templates = environment()

    @routes.get("/help")
    def articles() -> str:
        found = [(path.stem, _title(path)) for path in sorted(help_folder.glob("*.md"))]
        return templates.get_template("help_list.html.j2").render(articles=found)

    @routes.get("/help/{slug}")
    def article(slug: str) -> str:
        path = help_folder / f"{slug}.md"
        if not _SLUG.match(slug) or not path.is_file():
            raise NotFound("There is no such help article.")
        return templates.get_template("help_article.html.j2").render(
            title=_title(path), body=article_html(path.read_text(encoding="utf-8"))
        )

    @routes.get("/shop/labels/{code}")
    def label(code: str) -> str:
        found = find_label(code)
        if found is None:
            raise NotFound("There is no such label.")
        return templates.get_template("label.html.j2").render(label=found)

    @routes.get("/docs")
    def api_docs() -> str:
        return templates.get_template("api_docs.html.j2").render(
            title=app.title, operations=_operations(app.openapi())
        )

    return routes


def article_html(markdown: str) -> str:
    """The article as HTML: its own HTML shown as text, headings with anchors."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(_without_front_matter(markdown))
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", slug_of(tokens[place + 1].content))
    html: str = reader.renderer.render(tokens, reader.options, {})
    return html


def slug_of(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def _without_front_matter(markdown: str) -> str:
    return re.sub(r"\A---\n.*?\n---\n", "", markdown, flags=re.S)


def _title(path: Path) -> str:
    heading = re.search(r"^#\s+(.+)$", path.read_text(encoding="utf-8"), re.M)
    return heading[1].strip() if heading else path.stem.replace("-", " ").capitalize()


def _operations(openapi: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "method": method.upper(),
            "path": path,
            "tag": (operation.get("tags") or ["other"])[0],
            "summary": operation.get("summary", ""),
            "description": operation.get("description", ""),
        }
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]
