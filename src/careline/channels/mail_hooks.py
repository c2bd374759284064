"""POST /hooks/mail: the mail provider, or a script of the shop's, tells what became of e-mails.

Signed as /hooks/shop is; see docs/hooks.md.
"""

from collections.abc import Sequence
from itertools import batched
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from careline.channels.email.reports import Kind, MailReport, note_report
from careline.channels.intake import Report, parse_all, raw_body, read_list
from careline.channels.shop_events import as_invalid
from careline.channels.shop_hooks import SIGNATURE, TIMESTAMP, verify
from careline.kit.clock import Clock
from careline.kit.database import Database

AT_A_TIME = 50  # in one unit of work: the record's write lock is everybody's


class MailEvent(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Kind
    email: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=320)]
    message_id: Annotated[str, StringConstraints(max_length=300)] = ""
    code: Annotated[str, Field(pattern=r"^([245]\.\d{1,3}\.\d{1,3})?$")] = ""


def router(database: Database, clock: Clock, hook_secret: str) -> APIRouter:
    routes = APIRouter(tags=["shop"])
    body_of = Depends(raw_body)

    @routes.post("/hooks/mail", summary="E-mails that came back or were called spam, up to 1,000")
    def mail_events(request: Request, body: bytes = body_of) -> dict[str, Any]:
        headers = request.headers
        timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        verify(hook_secret, body, timestamp, signature, clock.now())
        return take(database, clock, read_list(body))

    return routes


def take(database: Database, clock: Clock, given: Sequence[Any]) -> dict[str, Any]:
    report = Report()
    events = parse_all(given, _parse, report)
    for few in batched(events, AT_A_TIME):
        with database.begin() as session:
            for _, event in few:
                report.count(repeated=not note_report(session, clock.now(), event))
    return report.as_json()


def _parse(given: Any) -> MailReport:
    try:
        event = MailEvent.model_validate(given)
    except ValidationError as error:
        raise as_invalid(error) from None
    return MailReport(event.type, event.email, event.message_id, event.code)
