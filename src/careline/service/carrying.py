"""Have the shop do what was chosen in a case, and record what came of it."""

from careline.journey.models import Case
from careline.journey.words import Actor, CaseState
from careline.kit.logging import get_logger
from careline.service import outcomes
from careline.service.cases import case_anew, lock_customer
from careline.service.facts import Settled
from careline.service.services import Services
from careline.service.steps import steps
from careline.shops.protocol import Done, ShopRefused, ShopUnavailable

log = get_logger("service")


def carry_out(services: Services, case: Case, *, actor: Actor = Actor.BOT) -> Settled:
    """Have the shop do what was chosen in the case, if that is still to be done."""
    if case.state != CaseState.OPEN or case.outcome is not None or case.chosen is None:
        return outcomes.settled(case, repeated=True)
    done: list[tuple[str, Done]] = []
    for step in steps(case):
        try:
            done.append((step.name, step.write(services.shop)))
        except ShopUnavailable:
            log.warning("case.waits_for_shop", case=case.number, step=step.name)
            return outcomes.waiting_for_shop(case)
        except ShopRefused as error:
            log.warning("case.refused_by_shop", case=case.number, step=step.name, why=error.why)
            return _record_refusal(services, case, done, str(error.why))
    now = services.clock.now()
    with services.database.begin() as session:
        lock_customer(session, case.customer_id)
        row = case_anew(session, case)
        if row.outcome is not None:  # another worker was quicker; the shop did it once
            return outcomes.settled(row, repeated=True)
        return outcomes.conclude(session, now, row, done, actor=actor)


def _record_refusal(
    services: Services, case: Case, done: list[tuple[str, Done]], why: str
) -> Settled:
    """The shop will not; a colleague takes it from where it stands."""
    now = services.clock.now()
    with services.database.begin() as session:
        lock_customer(session, case.customer_id)
        row = case_anew(session, case)
        if row.outcome is not None:
            return outcomes.settled(row, repeated=True)
        return outcomes.refused_by_shop(session, now, services.policies, row, done, why)
