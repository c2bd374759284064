"""Have a touch's gift granted before its words go out; outside of all units of work."""

from collections.abc import Mapping, Sequence
from typing import Any

from careline.journey.models import Touch
from careline.journey.words import TouchReason, Verdict
from careline.service import gifts
from careline.service.policies.base import amount_in
from careline.service.services import Services
from careline.shops.protocol import Money, ShopUnavailable
from careline.touches.decision import Decision
from careline.touches.playbook import Playbook
from careline.touches.ports import NotPut
from careline.touches.putting import not_put


def grant_all(
    services: Services,
    playbooks: Mapping[str, Playbook],
    touches: Sequence[tuple[Touch, str]],  # and the customer's currency
) -> dict[str, Decision]:
    """The decisions for those whose gift is not granted."""
    refused = {}
    for touch, currency in touches:
        if decision := _grant(services, playbooks[touch.playbook], touch, currency):
            refused[touch.id] = decision
    return refused


def _grant(services: Services, book: Playbook, touch: Touch, currency: str) -> Decision | None:
    gift = book.gift
    assert gift is not None  # those who have none were left out
    worth = Money(amount_in(gift.worth, currency), currency)
    try:
        given = gifts.give(
            services,
            touch_id=touch.id,
            customer_id=touch.customer_id,
            worth=worth,
            why=gift.why.format_map(_Fields(touch.about or {})),
        )
    except ShopUnavailable:
        waits = NotPut(TouchReason.CHANNEL_DOWN, "the shop does not answer", again=True)
        return not_put(touch, services.clock.now(), waits)
    if given:
        return None
    note = f"{worth.amount} {worth.currency}"
    return Decision(Verdict.DROP, TouchReason.GIFT_NOT_GRANTED, note=note)


class _Fields(dict[str, Any]):
    """Words with a field that nobody filled keep its name: a reason in the record, for staff."""

    def __missing__(self, key: str) -> str:
        return key.replace("_", " ")
