"""/desk/audit: who saw or changed what, for leads and admins. Reading it is in it, too."""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from careline.desk.accounts import team, watching
from careline.desk.accounts.pages.parts import Accounts
from careline.desk.door import DECIDERS, Member
from careline.journey import audit
from careline.kit.errors import CarelineError, Invalid

Word = Annotated[str, Query(max_length=320)]


def router(accounts: Accounts) -> APIRouter:
    routes = APIRouter()
    decider = Depends(accounts.door.require(*DECIDERS))

    @routes.get("/audit")
    def page(
        who: Word = "",
        customer: Word = "",
        did: Word = "",
        since: Word = "",
        until: Word = "",
        after: Word = "",
        member: Member = decider,
    ) -> Response:
        wanted = {"who": who, "customer": customer, "did": did, "since": since, "until": until}
        problem: CarelineError | None = None
        found = watching.Page([], None)
        try:
            begin, end = _midnight(accounts, since), _midnight(accounts, until)
            with accounts.database.begin() as session:
                found = watching.read(
                    session,
                    staff_id=who,
                    customer=customer,
                    did=did,
                    since=begin,
                    until=end + timedelta(days=1) if end else None,
                    after=after,
                )
                # Paging on is still the same look.
                if not after:
                    note = {name: value for name, value in wanted.items() if value}
                    note.pop("customer", None)  # an e-mail address has no place in the audit
                    audit.note(
                        session,
                        accounts.clock.now(),
                        who=member.who,
                        role=member.role,
                        did="audit.read",
                        details=note,
                    )
        except CarelineError as error:
            problem = error
        with accounts.database.read() as session:
            people = team.everybody(session)
        query = urlencode({name: value for name, value in wanted.items() if value})
        return accounts.show(
            "audit",
            member,
            problem.status if problem else 200,
            problem=problem,
            wanted=wanted,
            found=found,
            people=people,
            query=query,
        )

    return routes


def _midnight(accounts: Accounts, day: str) -> datetime | None:
    """When the day begins for the support team."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(), accounts.zone)
    except (ValueError, OverflowError):
        raise Invalid("Give the day as 2026-11-20.", field="since") from None
