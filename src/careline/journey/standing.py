"""Where a customer stands on their way: from what is kept where that holds, else derived."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from careline.journey.models import Customer
from careline.journey.queries import TimelinePage
from careline.journey.stage_spans import between, latest, those_between
from careline.journey.stages import StageHistory, derive
from careline.journey.touchpoints import restage, stage_events
from careline.journey.words import Stage

_KEPT = select(
    Customer.stage, Customer.stage_rule, Customer.stage_since, Customer.stage_holds_until
).where(Customer.id == bindparam("customer"))


def standing(
    session: Session, now: datetime, customer_id: str, page: TimelinePage | None = None
) -> StageHistory:
    """The stage, and the spans that a page of the timeline lies in; without a page none."""
    kept = session.connection().execute(_KEPT, {"customer": customer_id}).one()
    if not _holds(kept.stage_holds_until, now):
        derived = derive(stage_events(session, customer_id), now)
        spans = those_between(derived.spans, page.since, page.upto) if page is not None else ()
        return replace(derived, spans=spans)
    return StageHistory(
        Stage(kept.stage),
        kept.stage_rule,
        kept.stage_since,
        between(session, customer_id, page.since, page.upto) if page is not None else (),
        kept.stage_holds_until,
        latest(session, customer_id),
    )


def is_behind(session: Session, now: datetime, customer_id: str) -> bool:
    """Whether time has changed something since the stages were kept."""
    kept = session.connection().execute(_KEPT, {"customer": customer_id}).one()
    return not _holds(kept.stage_holds_until, now)


def keep_up(session: Session, now: datetime, customer_id: str) -> None:
    """Derive again what time has changed; for looks that may write, before they read."""
    if is_behind(session, now, customer_id):
        restage(session, now, customer_id)


def _holds(until: datetime | None, now: datetime) -> bool:
    return until is not None and now < until
