"""Find customers by what others call them, and take new ones into the record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from careline.journey.erasure import CustomerErased, erased_at
from careline.journey.joined import kept_for
from careline.journey.models import Customer, Identity
from careline.kit.errors import NotFound
from careline.kit.ids import new_id
from careline.kit.rows import insert_now, table_of
from careline.kit.zones import is_zone


@dataclass(frozen=True)
class KnownToShop:
    """What the shop tells of a customer; empty where it does not say."""

    ref: str
    name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    locale: str = ""
    time_zone: str = ""
    currency: str = ""


@dataclass(frozen=True)
class Home:
    """Where a customer lives, and who they are to the shop; None for a visitor."""

    country: str
    time_zone: str
    shop_ref: str | None


# Statements that every turn needs, made once.
_SHOP_REF = (
    select(Identity.address)
    .where(Identity.customer_id == bindparam("customer"), Identity.channel == "shop")
    .limit(1)
)
_HOME = select(Customer.country, Customer.time_zone, _SHOP_REF.scalar_subquery()).where(
    Customer.id == bindparam("customer")
)
_BY_ADDRESS = (
    select(Customer)
    .join(Identity)
    .where(
        Identity.channel.in_(bindparam("channels", expanding=True)),
        Identity.address == bindparam("address"),
    )
)
_ID_BY_ADDRESS = select(Identity.customer_id).where(
    Identity.channel.in_(bindparam("channels", expanding=True)),
    Identity.address == bindparam("address"),
)
_IDENTITIES = table_of(Identity)
_LINK = {
    # RETURNING, not rowcount: psycopg may report -1 rows for it, written or not.
    dialect: insert.on_conflict_do_nothing(index_elements=["channel", "address"]).returning(
        _IDENTITIES.c.id
    )
    for dialect, insert in (
        ("postgresql", postgresql.insert(_IDENTITIES)),
        ("sqlite", sqlite.insert(_IDENTITIES)),
    )
}


def home_of(session: Session, customer_id: str) -> Home:
    row = session.connection().execute(_HOME, {"customer": customer_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer")
    return Home(*row)


def find_customer(session: Session, ref: str) -> Customer | None:
    """By our id, an e-mail address, the shop's id or a phone number.

    The id of a record that was joined into another gives that one.
    """
    ref = ref.strip()
    if ref.startswith("cus_"):
        return session.get(Customer, kept_for(session, ref))
    return session.scalars(_BY_ADDRESS, _as_address(ref)).first()


def find_customer_id(session: Session, ref: str) -> str | None:
    """The same, where their id is enough."""
    ref = ref.strip()
    if ref.startswith("cus_"):
        customer = find_customer(session, ref)
        return customer.id if customer is not None else None
    found: str | None = session.connection().scalar(_ID_BY_ADDRESS, _as_address(ref))
    return found


def _as_address(ref: str) -> dict[str, Any]:
    if "@" in ref:
        return {"channels": ("email",), "address": ref.lower()}
    return {"channels": ("shop", "whatsapp", "phone"), "address": ref}


def get_customer(session: Session, ref: str) -> Customer:
    """The same, and NotFound if there is none."""
    customer = find_customer(session, ref)
    if customer is None:
        raise NotFound("There is no such customer in the record.", field="customer")
    return customer


def customer_ids(session: Session, shop_refs: set[str]) -> dict[str, str]:
    """Our ids for those of the shop's customers whom the record knows."""
    rows = session.execute(
        select(Identity.address, Identity.customer_id).where(
            Identity.channel == "shop", Identity.address.in_(shop_refs)
        )
    )
    return {ref: customer_id for ref, customer_id in rows}


def shop_ref(session: Session, customer_id: str) -> str | None:
    ref: str | None = session.connection().scalar(_SHOP_REF, {"customer": customer_id})
    return ref


def ensure_customer(
    session: Session, now: datetime, known: KnownToShop, *, comes_back: bool = True
) -> Customer:
    """The record's customer for one of the shop's, made when first seen.

    An e-mail address that is another customer's stays theirs. Somebody who was erased is
    made anew only when they come back themselves (`comes_back`): otherwise CustomerErased.
    """
    customer = find_customer(session, known.ref) if known.ref else None
    if customer is not None:
        return customer
    if not comes_back:
        refuse_erased(session, known)
    customer = _by_email_alone(session, known.email)
    if customer is None:
        customer = insert_now(
            session,
            Customer,
            id=new_id("cus"),
            is_visitor=False,
            created_at=now,
            updated_at=now,
            **_told(known),
        )
    is_ours = _link(session, now, customer, "shop", known.ref)
    _link(session, now, customer, "email", known.email.lower())
    _link(session, now, customer, "phone", known.phone)
    # Another process may have taken the same customer in meanwhile; theirs counts.
    return customer if is_ours else get_customer(session, known.ref)


def refuse_erased(session: Session, known: KnownToShop) -> None:
    for channel, address in (("shop", known.ref), ("email", known.email)):
        if address and erased_at(session, channel, address) is not None:
            raise CustomerErased("This customer was erased on request.", field="customer")


def update_customer(
    session: Session, now: datetime, customer: Customer, known: KnownToShop
) -> None:
    """Take over what the shop says; what it does not say stays as it was."""
    for name, value in _told(known).items():
        setattr(customer, name, value)
    customer.updated_at = now


def _told(known: KnownToShop) -> dict[str, str]:
    told = {name: getattr(known, name) for name in ("name", "country", "locale", "currency")}
    if is_zone(known.time_zone):
        told["time_zone"] = known.time_zone
    return {name: value for name, value in told.items() if value}


def add_email(
    session: Session, now: datetime, customer: Customer, email: str, *, named_at: datetime
) -> None:
    """The address that the shop named then: the one written to, unless it named another later.

    Earlier ones stay known: the customer is found by them. One that was refused is tried again
    when the shop comes back to it from another.
    """
    address = email.strip().lower()
    _link(session, now, customer, "email", address)
    named = session.scalar(_emails_of(customer.id).where(Identity.address == address))
    if named is None or (named.named_at is not None and named.named_at >= named_at):
        return
    if _is_another(email_of(session, customer.id), named, named_at):
        named.refused_at, named.refused_note = None, ""
    named.named_at, named.updated_at = named_at, now


def email_of(session: Session, customer_id: str) -> Identity | None:
    """The address to write to: the one that the shop named last, else the newest."""
    return session.scalar(_emails_of(customer_id).order_by(*NAMED_LAST).limit(1))


NAMED_LAST = (
    Identity.named_at.desc().nulls_last(),
    Identity.created_at.desc(),
    Identity.id.desc(),
)


def note_no_mailbox(session: Session, now: datetime, address: str, why: str) -> int:
    """Its server says that there is none: nothing unasked goes there from now on. How many
    customers have it, and had it while it was good."""
    noted = session.execute(
        update(Identity)
        .where(
            Identity.channel == "email",
            Identity.address == address.strip().lower(),
            Identity.refused_at.is_(None),
        )
        .values(refused_at=now, refused_note=why[:80], updated_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(noted, "rowcount", 0))


def _emails_of(customer_id: str) -> Select[Identity]:
    return select(Identity).where(Identity.customer_id == customer_id, Identity.channel == "email")


def _is_another(current: Identity | None, named: Identity, named_at: datetime) -> bool:
    if current is None or current.id == named.id:
        return False
    return current.named_at is None or current.named_at <= named_at


def _by_email_alone(session: Session, email: str) -> Customer | None:
    """Whom we know by this address and not yet as a customer of the shop."""
    customer = find_customer(session, email) if "@" in email else None
    if customer is None or shop_ref(session, customer.id) is not None:
        return None
    return customer


def _link(session: Session, now: datetime, customer: Customer, channel: str, address: str) -> bool:
    """Whether the address became this customer's now; one that somebody has stays theirs."""
    if not address:
        return False
    connection = session.connection()
    written = connection.scalar(
        _LINK[connection.dialect.name],
        {
            "id": new_id("idn"),
            "customer_id": customer.id,
            "channel": channel,
            "address": address,
            "refused_note": "",
            "created_at": now,
            "updated_at": now,
        },
    )
    return written is not None
