"""The customer that the shop's page vouches for, by the JWT that it signed."""

from careline.channels import tokens
from careline.journey.repository import find_customer
from careline.kit.errors import Unauthorised
from careline.service.services import Services
from careline.service.verify import ensure_customer


class IdentityUnknown(Unauthorised):
    """The signature is good, but it names nobody whom the shop or we know."""

    code = "identity_unknown"


class PageIdentity:
    def __init__(self, services: Services, secret: str) -> None:
        self._services = services
        self._secret = secret

    def __call__(self, identity: str) -> str:
        """Our customer's id; raises token_invalid, token_expired or IdentityUnknown."""
        services = self._services
        ref = tokens.read_identity(self._secret, identity, services.clock.now())
        with services.database.read() as session:
            known = find_customer(session, ref)
            if known is not None:
                return known.id
        shop_customer = services.shop.customer(ref)
        if shop_customer is None:
            raise IdentityUnknown("This identity names no customer of the shop.", field="identity")
        with services.database.begin() as session:
            return ensure_customer(session, services.clock.now(), shop_customer).id
