"""What may be done about a request: the facts come in, the remedies that policy allows go out.

Pure. Every kind has its own module with an `assess`; equal situations get equal amends,
because nothing but the situation is looked at. All limits come from policies/*.yml.
"""

from collections.abc import Callable
from dataclasses import replace

from careline.journey.words import CaseKind, Resolution
from careline.service import (
    billing,
    cancel,
    changes,
    complaint,
    delivery,
    exchange,
    faulty,
    missing,
    returns,
    wrong_item,
)
from careline.service.facts import Assessment, Remedy
from careline.service.situation import Situation


def _for_a_person(s: Situation) -> Assessment:
    return Assessment((s.person(),))


_BY_KIND: dict[CaseKind, Callable[[Situation], Assessment]] = {
    CaseKind.WRONG_ITEM: wrong_item.assess,
    CaseKind.FAULTY: faulty.assess,
    CaseKind.MISSING: missing.assess,
    CaseKind.RETURN: returns.assess,
    CaseKind.EXCHANGE: exchange.assess,
    CaseKind.REFUND: returns.assess,  # money back for no fault of ours is a return
    CaseKind.DELIVERY: delivery.assess,
    CaseKind.CANCEL: cancel.assess,
    CaseKind.CHANGE: changes.assess,
    CaseKind.BILLING: billing.assess,
    CaseKind.COMPLAINT: complaint.assess,
    CaseKind.SUGGESTION: _for_a_person,
}
# Kinds that are about one line; the others take a line, an order or nothing.
ABOUT_A_LINE = frozenset(
    {
        CaseKind.WRONG_ITEM,
        CaseKind.FAULTY,
        CaseKind.RETURN,
        CaseKind.EXCHANGE,
        CaseKind.REFUND,
    }
)


def assess(situation: Situation) -> Assessment:
    """What may be done, best first."""
    return _BY_KIND[situation.request.kind](situation)


def still_allowed(assessment: Assessment, chosen: Remedy, situation: Situation) -> Remedy | None:
    """The remedy of a fresh assessment that was chosen before; its day may have moved on.

    A person may always be asked for.
    """
    for remedy in assessment.remedies:
        if replace(remedy, by=chosen.by) == chosen:
            return remedy
    return situation.person() if chosen.resolution is Resolution.HANDED_OVER else None
