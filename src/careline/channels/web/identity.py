"""The customer that the shop's page vouches for, by the JWT that it signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from careline.channels import tokens
from careline.journey.repository import find_customer_id
from careline.kit.errors import Unauthorised
from careline.service.identity import ensure_customer
from careline.service.order_history import record_order_history
from careline.service.services import Services
from careline.shops.protocol import Order, ShopCustomer


class IdentityUnknown(Unauthorised):
    """The signature is good, but it names nobody whom the shop or we know."""

    code = "identity_unknown"


@dataclass(frozen=True)
class NewHere:
    """A customer of the shop whom the record does not have yet."""

    person: ShopCustomer
    orders: Sequence[Order]

    def take_in(self, session: Session, now: datetime) -> str:
        """Our id for them; in the same unit of work as what they came for."""
        customer = ensure_customer(session, self.person, now)
        record_order_history(session, now, customer.id, self.orders)
        session.flush()
        return customer.id


class PageIdentity:
    def __init__(self, services: Services, secret: str) -> None:
        self._services = services
        self._secret = secret

    def read(self, identity: str) -> str:
        """As whom the page vouches for them; raises token_invalid, token_expired."""
        return tokens.read_identity(self._secret, identity, self._services.clock.now())

    def known(self, ref: str) -> str | None:
        """Our customer's id, if the record has them already."""
        with self._services.database.read() as session:
            return find_customer_id(session, ref)

    def customer(self, ref: str) -> str | NewHere:
        """Our customer's id, or what the shop has of them; raises IdentityUnknown."""
        known = self.known(ref)
        if known is not None:
            return known
        person = self._services.shop.customer(ref)
        if person is None:
            raise IdentityUnknown("This identity names no customer of the shop.", field="identity")
        return NewHere(person, self._services.shop.orders(customer_ref=person.ref))
