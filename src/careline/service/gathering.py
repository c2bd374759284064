"""Gather the facts of a request from the shop and the record, for the pure decisions."""

from dataclasses import replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from careline.journey import repository
from careline.journey.models import Conversation
from careline.journey.repository import Home
from careline.journey.words import CaseKind, Channel
from careline.kit.errors import NotFound
from careline.kit.zones import zone_of
from careline.service.facts import Request
from careline.service.history import history_of
from careline.service.services import Services
from careline.service.situation import Situation
from careline.shops.protocol import Line, Order, Shop, Variant

_CHANNEL = select(Conversation.channel).where(Conversation.id == bindparam("conversation"))


class OrderNotFound(NotFound):
    """No such order or line is this customer's; somebody else's is answered the same way."""

    code = "order_not_found"


def gather(services: Services, request: Request) -> Situation:
    """Raises NotFound for an unknown customer, OrderNotFound, and what the shop raises."""
    situation = gather_goods(services, request)
    with services.database.read() as session:
        return with_history(session, situation)


def gather_goods(services: Services, request: Request) -> Situation:
    """The same without the record's history: for what depends on the goods alone, and for those
    who look at the history where it cannot change any more."""
    home, channel = _home_and_channel(services, request)
    order = own_order(services.shop, home.shop_ref, request.order_number)
    line = _line(order, request.line_id)
    return Situation(
        request=request,
        policies=services.policies,
        now=services.clock.now(),
        country=order.address.country if order else home.country,
        zone=zone_of(home.time_zone),
        channel=channel,
        order=order,
        line=line,
        variants=_variants(services.shop, request, line),
    )


def home_of(services: Services, customer_id: str) -> Home:
    """Raises NotFound for an unknown customer."""
    writer = services.writer
    if writer is not None and writer.customer_id == customer_id:
        return writer.home
    with services.database.read() as session:
        return repository.home_of(session, customer_id)


def with_history(session: Session, situation: Situation) -> Situation:
    return replace(situation, history=history_of(session, situation))


def customer_shop_ref(session: Session, customer_id: str) -> str | None:
    """The shop's own id of this customer; None for a visitor."""
    return repository.shop_ref(session, customer_id)


def channel_of(session: Session, conversation_id: str | None) -> str:
    if conversation_id is None:
        return Channel.WEB
    channel = session.connection().scalar(_CHANNEL, {"conversation": conversation_id})
    return channel or Channel.WEB


def own_order(shop: Shop, shop_ref: str | None, number: str | None) -> Order | None:
    """The customer's own order, None if none is named. Raises OrderNotFound."""
    if number is None:
        return None
    order = shop.order(number) if shop_ref else None
    if order is None or order.customer_ref != shop_ref:
        raise OrderNotFound(
            "There is no such order for this customer; check the number.", field="order"
        )
    return order


def _home_and_channel(services: Services, request: Request) -> tuple[Home, str]:
    writer = services.writer
    if writer is not None and writer.conversation_id == request.conversation_id:
        return home_of(services, request.customer_id), writer.channel
    with services.database.read() as session:
        home = repository.home_of(session, request.customer_id)
        return home, channel_of(session, request.conversation_id)


def _line(order: Order | None, line_id: str | None) -> Line | None:
    if line_id is None:
        return None
    for line in order.lines if order else ():
        if line.id == line_id:
            return line
    raise OrderNotFound("That order has no such line; choose among its lines.", field="line")


def _variants(shop: Shop, request: Request, line: Line | None) -> tuple[Variant, ...]:
    if line is None or request.kind not in (CaseKind.EXCHANGE, CaseKind.CHANGE):
        return ()
    return tuple(shop.variants(line.variant.product))
