"""Help articles: Markdown files cut into passages, one for each `## section`.

Under a heading, a line `words: …` holds other words that customers use for it, and each line
`asked: …` one way in which they ask for it; these are searched and not shown. A line `topics: …`
under the title names the intents that the article is for.
Articles are pages too: `article` gives one as HTML.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

_SLUG = re.compile(r"^[a-z0-9-]+$")
_WORDS_LINE = re.compile(r"^words:(.*)$", re.MULTILINE)
_ASKED_LINE = re.compile(r"^asked:(.*)$", re.MULTILINE)
_TOPICS_LINE = re.compile(r"^topics:(.*)$", re.MULTILINE)
_LONGEST = 420  # letters shown in the chat; the link has the rest


@dataclass(frozen=True)
class Passage:
    slug: str  # the file's name
    title: str  # of the article
    section: str
    anchor: str
    text: str  # as it is said in the chat: plain, whole sentences
    words: str  # as it is searched
    asked: tuple[str, ...] = ()  # ways in which customers ask for it
    topics: tuple[str, ...] = ()  # intents that the article is for


@dataclass(frozen=True)
class Article:
    slug: str
    title: str
    html: str  # sections carry their anchors


def read_articles(folder: Path) -> Iterator[Passage]:
    for path in sorted(folder.glob("*.md")):
        yield from passages_of(path.stem, path.read_text(encoding="utf-8"))


def passages_of(slug: str, markdown: str) -> Iterator[Passage]:
    title, sections = _sections(markdown)
    topics = tuple(" ".join(_TOPICS_LINE.findall(markdown)).split())
    for section, body in sections:
        plain = _plain(_shown(body))
        if not plain:
            continue
        yield Passage(
            slug=slug,
            title=title,
            section=section,
            anchor=anchor_of(section or title),
            text=_shortened(plain),
            words=f"{plain} {' '.join(_WORDS_LINE.findall(body))}",
            asked=tuple(question.strip() for question in _ASKED_LINE.findall(body)),
            topics=topics,
        )


def article(folder: Path, slug: str) -> Article | None:
    """One article as a page; None for a name that is no article's."""
    path = folder / f"{slug}.md"
    if not _SLUG.match(slug) or not path.is_file():
        return None
    title, sections = _sections(path.read_text(encoding="utf-8"))
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    parts = [f"<h1>{_escaped(title)}</h1>"]
    for section, body in sections:
        if section:
            anchor = anchor_of(section)
            parts.append(f'<h2 id="{anchor}">{_escaped(section)}</h2>')
        parts.append(reader.render(_shown(body)))
    return Article(slug, title, "\n".join(parts))


def articles(folder: Path) -> list[tuple[str, str]]:
    """Slug and title of every article, by title."""
    found = [(p.stem, _sections(p.read_text(encoding="utf-8"))[0]) for p in folder.glob("*.md")]
    return sorted(found, key=lambda one: one[1])


def anchor_of(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.casefold()).strip("-")


def _sections(markdown: str) -> tuple[str, list[tuple[str, str]]]:
    title, sections = "", [("", "")]
    for line in markdown.splitlines():
        if line.startswith("# "):
            title = line[2:].strip()
        elif line.startswith("## "):
            sections.append((line[3:].strip(), ""))
        else:
            heading, body = sections[-1]
            sections[-1] = (heading, f"{body}{line}\n")
    return title, sections


def _shown(body: str) -> str:
    return _TOPICS_LINE.sub("", _ASKED_LINE.sub("", _WORDS_LINE.sub("", body)))


def _plain(markdown: str) -> str:
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"^\s*(?:[-*]|\d+\.)\s+", "", text, flags=re.MULTILINE)
    text = re.sub(r"[*_`]", "", text)
    return " ".join(text.split())


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    cut = text[:_LONGEST]
    end = max(cut.rfind(". "), cut.rfind("? "))
    return cut[: end + 1] if end > 0 else cut.rsplit(" ", 1)[0] + " …"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
