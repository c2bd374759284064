"""Something is missing from a parcel that came. A parcel that did not come is delivery's."""

from careline.service import delivery
from careline.service.facts import Assessment
from careline.service.situation import Situation
from careline.service.wrong_item import reported_too_late

WHOLE_PARCEL = "parcel_missing"


def assess(s: Situation) -> Assessment:
    """What was left out is sent or paid back, unless it is on its way in another parcel."""
    if s.request.reason == WHOLE_PARCEL or s.line is None:
        return delivery.assess(s)
    if s.line.delivered_at is None:  # a split shipment: not missing, but perhaps late
        return delivery.assess(s)
    refusal = s.taken() or reported_too_late(s)
    if refusal:
        return refusal
    return s.offer(*s.replacement(), *s.refund(s.worth))
