"""The customer that the shop's page vouches for, by the JWT that it signed."""

from careline.channels import tokens
from careline.journey.repository import find_customer
from careline.kit.errors import Unauthorised
from careline.service.identity import ensure_customer
from careline.service.order_history import record_order_history
from careline.service.services import Services


class IdentityUnknown(Unauthorised):
    """The signature is good, but it names nobody whom the shop or we know."""

    code = "identity_unknown"


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
            customer = find_customer(session, ref)
        return customer.id if customer is not None else None

    def customer(self, ref: str) -> str:
        """Our customer's id, made when first seen; raises IdentityUnknown."""
        services = self._services
        known = self.known(ref)
        if known is not None:
            return known
        person = services.shop.customer(ref)
        if person is None:
            raise IdentityUnknown("This identity names no customer of the shop.", field="identity")
        orders = services.shop.orders(customer_ref=person.ref)
        with services.database.begin() as session:
            now = services.clock.now()
            customer = ensure_customer(session, person, now)
            record_order_history(session, now, customer.id, orders)
            return customer.id
