"""Send messages of a file through the running app, each in a conversation of its own."""

import csv
import uuid
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.table import Table
from sqlalchemy import select

from careline.journey.models import Message
from careline.kit.database import Database
from careline.kit.errors import CarelineError

WITHOUT_HEADER = ("intent", "text", "source")
WAIT_SECONDS = 25  # longer than the deadline for the assistant, so that the honest line counts


class AppNotRunning(CarelineError):
    """The app does not answer; start it with `careline run` and try again."""

    code = "app_not_running"


class NoSuchColumn(CarelineError):
    """The file has no column of that name; the message lists those that it has."""

    code = "no_such_column"


@dataclass
class Outcome:
    line: int
    became: str  # answered | queued | failed | unanswered
    mode: str = ""
    message: str = ""  # its id
    intent: str = ""
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def messages_in(file: Path, column: str) -> list[str]:
    """The messages of a tab-separated file; lines without one are left out.

    `column` is a name from the file's header or a number from 1 on. A file without a header
    is taken to hold intent, text, source. Raises NoSuchColumn.
    """
    if not file.is_file():
        raise NoSuchColumn(f"There is no file {file}.")
    with file.open(encoding="utf-8", newline="") as source:
        # Customers' quotes are no quoting.
        rows = [row for row in csv.reader(source, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    place, rows = _place(file, column, rows)
    return [row[place].strip() for row in rows if len(row) > place and row[place].strip()]


def _place(file: Path, column: str, rows: list[list[str]]) -> tuple[int, list[list[str]]]:
    """Where the column is, and the rows without the header."""
    header = rows[0] if rows else []
    if column in header:
        return header.index(column), rows[1:]
    if column.isdigit() and 0 < int(column) <= len(header):
        return int(column) - 1, rows
    if len(header) == len(WITHOUT_HEADER) and column in WITHOUT_HEADER:
        return WITHOUT_HEADER.index(column), rows
    raise NoSuchColumn(
        f"{file.name} has no column {column!r}. Its first line is: {' | '.join(header)[:200]}. "
        "Name one of these, or give the column's number from 1 on."
    )


def replay(url: str, texts: Sequence[str], *, concurrency: int) -> list[Outcome]:
    """Post all; raises AppNotRunning when nobody answers at the address."""
    with httpx.Client(base_url=url, trust_env=False, timeout=WAIT_SECONDS + 10) as client:
        try:
            client.get("/livez").raise_for_status()
        except httpx.HTTPError as error:
            raise AppNotRunning(
                f"The app does not answer at {url}; start it with `careline run`."
            ) from error
        with ThreadPoolExecutor(concurrency) as pool:
            return list(pool.map(lambda job: _one(client, *job), enumerate(texts, start=1)))


def add_intents(database: Database, outcomes: Sequence[Outcome]) -> None:
    """What was understood, from the record."""
    with database.read() as session:
        ids = [outcome.message for outcome in outcomes if outcome.message]
        known: dict[str, str] = {}
        for start in range(0, len(ids), 500):
            rows = session.execute(
                select(Message.id, Message.intent).where(Message.id.in_(ids[start : start + 500]))
            )
            known.update({message_id: intent or "" for message_id, intent in rows})
    for outcome in outcomes:
        outcome.intent = known.get(outcome.message, "")


def poor(outcomes: Sequence[Outcome]) -> bool:
    return any(outcome.became in ("failed", "unanswered") for outcome in outcomes)


def tables(outcomes: Sequence[Outcome]) -> list[Table]:
    became = Table("what became of them", "messages", title=f"{len(outcomes)} messages replayed")
    counted = Counter(outcome.became for outcome in outcomes)
    for name in ("answered", "queued", "failed", "unanswered"):
        became.add_row(name, str(counted[name]))
    for note, count in Counter(o.note for o in outcomes if o.note).most_common(5):
        became.add_row(f"  {note}", str(count))
    intents = Table("understood as", "messages", "of them queued")
    queued = Counter(o.intent for o in outcomes if o.became == "queued")
    for intent, count in Counter(o.intent for o in outcomes).most_common():
        intents.add_row(intent or "(nothing)", str(count), str(queued[intent] or ""))
    modes = Table("mode at the end", "conversations")
    for mode, count in Counter(o.mode for o in outcomes).most_common():
        modes.add_row(mode or "(none)", str(count))
    return [became, intents, modes]


def _one(client: httpx.Client, line: int, text: str) -> Outcome:
    try:
        session = client.post("/api/chat/sessions", json={})
        session.raise_for_status()
        answer = client.post(
            "/api/chat/messages",
            params={"wait": WAIT_SECONDS},
            headers={"Authorization": f"Bearer {session.json()['token']}"},
            json={"id": str(uuid.uuid4()), "text": text},
        )
        answer.raise_for_status()
        body = answer.json()
    except httpx.HTTPStatusError as error:
        return Outcome(line, "failed", note=f"status {error.response.status_code}")
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return Outcome(line, "failed", note=type(error).__name__)
    mode, message_id = body["mode"], body["message"]["id"]
    if mode in ("queued", "person"):
        return Outcome(line, "queued", mode, message_id)
    authors = {reply["author"] for reply in body["replies"]}
    if "bot" in authors:
        return Outcome(line, "answered", mode, message_id)
    if authors:
        return Outcome(line, "failed", mode, message_id, note="only the honest line")
    return Outcome(line, "unanswered", mode, message_id)
