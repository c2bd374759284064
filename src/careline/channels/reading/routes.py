"""GET /api/customers, cases, conversations, messages, orders: reading, with a role.

Every view of a customer's data leaves a row in the audit. `{id}` and `customer` may be our
id, the shop's id or an e-mail address; answers always name our id.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.channels.reading import shapes
from careline.channels.reading.people import Found, People
from careline.channels.tokens import READERS, Guard, Principal
from careline.journey import audit, queries
from careline.journey.models import Consent, Customer, Identity
from careline.journey.repository import get_customer
from careline.journey.standing import keep_up, standing
from careline.journey.words import CaseState
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.shops.protocol import Order, OrderState, Shop

Json = dict[str, Any]
Limit = Annotated[int, Query(ge=1, le=500)]


def router(database: Database, clock: Clock, shop: Shop, guard: Guard) -> APIRouter:
    reading = Reading(database, clock, shop)
    routes = APIRouter(prefix="/api", tags=["reading"])
    reader = Depends(guard.require(*READERS))

    @routes.get("/customers", summary="Search by name, address, id or order number")
    def customers(query: str = "", limit: Limit = 50, principal: Principal = reader) -> list[Json]:
        return reading.customers(principal, query, limit)

    @routes.get("/customers/{ref}", summary="One customer, with identities, consents, orders")
    def customer(ref: str, principal: Principal = reader) -> Json:
        return reading.customer(principal, ref)

    @routes.get("/customers/{ref}/journey", summary="Timeline, stages with their why, feelings")
    def journey(
        ref: str,
        before: str | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = queries.PAGE,
        principal: Principal = reader,
    ) -> Json:
        return reading.journey(principal, ref, before, limit)

    @routes.get("/cases", summary="Cases, newest first")
    def cases(
        customer: str | None = None,
        state: CaseState | None = None,
        limit: Limit = 50,
        principal: Principal = reader,
    ) -> list[Json]:
        return reading.cases(principal, customer, state, limit)

    @routes.get("/cases/{number}", summary="One case, with its promises")
    def case(number: str, principal: Principal = reader) -> Json:
        return reading.case(principal, number)

    @routes.get("/conversations/{conversation_id}", summary="One conversation, all messages")
    def conversation(conversation_id: str, principal: Principal = reader) -> Json:
        return reading.conversation(principal, conversation_id)

    @routes.get("/messages", summary="Search what was said, in all conversations, newest first")
    def messages(
        query: Annotated[str, Query(min_length=1)], limit: Limit = 50, principal: Principal = reader
    ) -> list[Json]:
        return reading.messages(principal, query, limit)

    @routes.get("/orders", summary="The shop's orders, newest first")
    def orders(
        state: OrderState | None = None,
        customer: str | None = None,
        limit: Limit = 50,
        principal: Principal = reader,
    ) -> list[Json]:
        return reading.orders(principal, customer, state, limit)

    return routes


class Reading:
    """What the routes and the journey page show; each method is one view, and audited."""

    def __init__(self, database: Database, clock: Clock, shop: Shop) -> None:
        self._database = database
        self._clock = clock
        self._shop = shop
        self._people = People(database, clock, shop)

    def customers(self, principal: Principal, query: str, limit: int) -> list[Json]:
        in_shop = self._people.search(query, limit)
        with self._database.begin() as session:
            found = queries.search_customers(session, query, limit, in_shop)
            self._note(session, principal, "customers.searched", found=len(found))
            return [shapes.customer_in_a_list(row) for row in found]

    def customer(self, principal: Principal, ref: str) -> Json:
        found = self._people.find(ref)
        orders = self._people.orders(found)
        with self._database.begin() as session:
            self._note(session, principal, "customer.read", found.customer_id)
            row = get_customer(session, found.customer_id)
            return self._customer(session, row, orders)

    def _customer(self, session: Session, row: Customer, orders: Sequence[Order]) -> Json:
        mine = Identity.customer_id == row.id
        return shapes.customer(
            row,
            identities=session.scalars(select(Identity).where(mine).order_by(Identity.id)),
            consents=session.scalars(
                select(Consent).where(Consent.customer_id == row.id).order_by(Consent.id)
            ),
            orders=orders,
            cases=queries.cases(session, customer_id=row.id),
            conversations=queries.conversations(session, row.id),
            history=standing(session, self._clock.now(), row.id),
        )

    def journey(self, principal: Principal, ref: str, before: str | None, limit: int) -> Json:
        found = self._people.find(ref)
        if before is None:
            self._people.learn_orders(found)
        with self._database.begin() as session:
            self._note(session, principal, "journey.read", found.customer_id)
            page = queries.timeline(session, found.customer_id, before=before, limit=limit)
            keep_up(session, self._clock.now(), found.customer_id)
            history = standing(session, self._clock.now(), found.customer_id, page)
            return {
                "customer": found.customer_id,
                "name": get_customer(session, found.customer_id).name,
                "stage": history.stage.value,
                "stage_rule": history.rule,
                "spans": [shapes.span(span) for span in history.spans],
                "touchpoints": [shapes.touchpoint(row) for row in page.touchpoints],
                "emotion": [
                    shapes.feeling(one) for one in queries.feelings(session, found.customer_id)
                ],
                "before": page.before,
            }

    def cases(
        self, principal: Principal, customer: str | None, state: CaseState | None, limit: int
    ) -> list[Json]:
        found = self._named(customer)
        with self._database.begin() as session:
            rows = queries.cases(
                session,
                customer_id=found.customer_id if found else None,
                state=state,
                limit=limit,
            )
            subject = found.customer_id if found else ""
            self._note(session, principal, "cases.read", subject, found=len(rows))
            return [shapes.case(row) for row in rows]

    def case(self, principal: Principal, number: str) -> Json:
        with self._database.begin() as session:
            row = queries.case_by_number(session, number)
            self._note(session, principal, "case.read", row.customer_id, case=row.number)
            return shapes.case_in_full(row, queries.promises(session, row.id))

    def conversation(self, principal: Principal, conversation_id: str) -> Json:
        with self._database.begin() as session:
            row = queries.conversation(session, conversation_id)
            self._note(
                session, principal, "conversation.read", row.customer_id, conversation=row.id
            )
            return shapes.conversation(row, queries.messages(session, row.id))

    def messages(self, principal: Principal, query: str, limit: int) -> list[Json]:
        """Messages that hold all the words; the last may be the beginning of one."""
        with self._database.begin() as session:
            found = queries.search_messages(session, query, limit)
            self._note(session, principal, "messages.searched", found=len(found))
            return [shapes.message_in_a_list(row) for row in found]

    def orders(
        self, principal: Principal, customer: str | None, state: OrderState | None, limit: int
    ) -> list[Json]:
        found = self._named(customer)
        if found and found.shop_ref is None:
            return []  # known to us, and not a customer of the shop
        orders = self._shop.orders(
            customer_ref=found.shop_ref if found else None, state=state, limit=limit
        )
        ids = self._people.ids_for(orders)
        with self._database.begin() as session:
            subject = found.customer_id if found else ""
            self._note(session, principal, "orders.read", subject, found=len(orders))
        return [shapes.order(order, ids.get(order.customer_ref)) for order in orders]

    def _named(self, customer: str | None) -> Found | None:
        return self._people.find(customer) if customer else None

    def _note(
        self, session: Session, principal: Principal, did: str, subject: str = "", **details: Any
    ) -> None:
        audit.note(
            session,
            self._clock.now(),
            who=principal.who,
            role=principal.role,
            did=did,
            subject=subject,
            details=details,
        )
