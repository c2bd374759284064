"""One person in two records: join them by a verified identity, and split them again exactly.

Everything of the joined record moves to the kept one, and the link remembers every row. Undone,
those rows go back, and with them what came since by the conversations, orders and addresses that
went over. Nothing is copied or lost, however joins and undoings follow each other; only a refusal
("no more messages") is never taken back from anybody by either.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

from sqlalchemy import ColumnElement, Table, select, update
from sqlalchemy.orm import Session

from careline.journey import audit, touchpoints
from careline.journey.joined import all_of, is_joined, kept_for, links_of
from careline.journey.models import (
    Case,
    Consent,
    Conversation,
    Customer,
    Identity,
    IdentityLink,
    KeptSpan,
    Touch,
    Touchpoint,
)
from careline.journey.repository import find_customer, shop_ref
from careline.journey.stage_spans import BEGINNING
from careline.journey.words import Role
from careline.kit.database import Base
from careline.kit.errors import Conflict, NotFound
from careline.kit.ids import new_id
from careline.kit.rows import table_of

OURSELVES = "careline"  # joined by what was proved, without a colleague
_AT_A_TIME = 500  # ids in one statement; databases limit them
_REFUSED = "refused"
# Not moved row by row: the link itself, consents, of which the refusal wins, and the stages,
# which are derived again for both.
_APART = (IdentityLink.__tablename__, Consent.__tablename__, KeptSpan.__tablename__)
_CONSENT_BEFORE = "consent_before"  # in `moved`: what a refusal of the other record overwrote

Rows = dict[str, set[str]]  # ids by table


class AlreadyUndone(Conflict):
    """Somebody has split these records already; load the page again."""

    code = "link_undone"


class NotTwoRecords(Conflict):
    """There is nothing to join: both names stand for the same record."""

    code = "same_customer"


def join(
    session: Session,
    now: datetime,
    kept_id: str,
    joined_id: str,
    *,
    how: str,
    proof: str,
    by: str = OURSELVES,
) -> IdentityLink:
    """Both are one person from now on; how: code | identity | channel, what verified it.

    The same two again give the link that there is. Raises NotFound, NotTwoRecords.
    """
    standing = _standing_link(session, kept_id, joined_id)
    if standing is not None:
        return standing
    joined_id = kept_for(session, joined_id)  # whoever came into it comes along
    person = kept_for(session, kept_id)
    if person == joined_id:
        raise NotTwoRecords("These are one record already.")
    _lock(session, person, joined_id)
    moved = _rows_of(session, joined_id)
    _move(session, now, moved, joined_id, person)
    link = IdentityLink(
        id=new_id("lnk"),
        customer_id=kept_id,
        joined_id=joined_id,
        how=how,
        proof=proof,
        linked_by=by,
        moved=_as_json(moved),
        created_at=now,
        updated_at=now,
    )
    link.moved |= _join_consents(session, now, person, joined_id)
    session.add(link)
    session.flush()
    for above in _links_above(session, kept_id):
        _remember(above, now, moved)
    _derive_again(session, now, person, joined_id)
    audit.note(
        session, now, who=by, role=_role(by), did="customer.joined", subject=person,
        details={"joined": joined_id, "link": link.id, "how": how},
    )  # fmt: skip
    return link


def undo(session: Session, now: datetime, link_id: str, *, by: str) -> IdentityLink:
    """They are two persons after all: what is the joined one's goes back to them.

    Raises NotFound, AlreadyUndone.
    """
    link = session.get(IdentityLink, link_id, with_for_update=True)
    if link is None:
        raise NotFound("There is no such link.")
    if link.undone_at is not None:
        raise AlreadyUndone("These records were split already.")
    person = kept_for(session, link.customer_id)
    _lock(session, person, link.joined_id)
    going = _Going.of(session, link, person).rows()
    _move(session, now, going, person, link.joined_id)
    _split_consents(session, now, link, person)
    for above in _links_above(session, link.customer_id):
        _forget(above, now, going)
    link.undone_at, link.undone_by, link.updated_at = now, by, now
    session.flush()
    _derive_again(session, now, person, link.joined_id)
    audit.note(
        session, now, who=by, role=_role(by), did="customer.split", subject=person,
        details={"joined": link.joined_id, "link": link.id},
    )  # fmt: skip
    return link


def join_by_email(
    session: Session, now: datetime, customer: Customer, email: str, *, how: str, proof: str
) -> IdentityLink | None:
    """Join the record that has this address and no account of its own at the shop, if any.

    Two accounts are never joined by an address: families share one.
    """
    other = find_customer(session, email) if "@" in email else None
    if other is None or other.id == customer.id or shop_ref(session, other.id) is not None:
        return None
    return join(session, now, customer.id, other.id, how=how, proof=proof)


def came_by(
    session: Session, now: datetime, customer_id: str, address: str, rows: Mapping[str, set[str]]
) -> None:
    """These rows (ids by table) came by this address of the customer's, or by our id.

    If a join brought the address, undoing takes them along.
    """
    if not is_joined(session, customer_id):
        return  # nearly always
    addresses = session.scalars(
        select(Identity.id).where(
            Identity.customer_id == customer_id, Identity.address.in_([address, address.lower()])
        )
    ).all()
    for link in links_of(session, all_of(session, customer_id)):
        brought = link.moved.get(Identity.__tablename__, ())
        if link.joined_id == address or not set(addresses).isdisjoint(brought):
            _remember(link, now, rows)
    session.flush()


@dataclass
class _Going:
    """What goes back with a link: its own rows, and those that came since and hang on them."""

    session: Session
    person: str  # with whom they are now
    moved: Rows
    since: datetime
    found: Rows = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, session: Session, link: IdentityLink, person: str) -> "_Going":
        names = {table.name for table in _tables()}
        moved = {name: set(ids) for name, ids in link.moved.items() if name in names}
        return cls(session, person, moved, link.created_at)

    def rows(self) -> Rows:
        """A row goes where the first of its anchors goes; one without any, if it was moved."""
        for kind in (Identity, Conversation):
            self.found[kind.__tablename__] |= self.moved.get(kind.__tablename__, set())
        orders = self._orders()
        first = [table_of(kind) for kind in (Case, Touchpoint, Touch)]
        for table in first:
            self._anchored(table)
            if "order_number" in table.c:
                self._find(table, "order_number", orders, _anchors_of(table))
            if "trigger" in table.c:
                caused = self.found[Touchpoint.__tablename__]
                self._find(table, "trigger", caused, _anchors_of(table))
        for table in _tables():
            if table not in first and table.name not in self.found:
                self._anchored(table)
        return self.found

    def _anchored(self, table: Table) -> None:
        anchors = _anchors_of(table)
        for place, name in enumerate(anchors):
            self._find(table, name, self.found[_ANCHORS[name]], anchors[:place])
        for some in _few(self.moved.get(table.name, ())):
            self._add(table, _key(table).in_(some), anchors)

    def _find(
        self, table: Table, name: str, values: Collection[str], empty: Collection[str]
    ) -> None:
        """Those with one of the values in this column, and nothing in the `empty` ones."""
        for some in _few(values):
            self._add(table, table.c[name].in_(some), empty)

    def _add(self, table: Table, which: ColumnElement[bool], empty: Collection[str]) -> None:
        self.found[table.name] |= set(
            self.session.scalars(
                select(_key(table)).where(
                    table.c.customer_id == self.person,
                    which,
                    *(table.c[name].is_(None) for name in empty),
                )
            )
        )

    def _orders(self) -> set[str]:
        """Those that what went over speaks of: a later word about them is the same person's."""
        theirs: set[str] = set()
        ours: set[str] = set()
        for table in (table_of(Touchpoint), table_of(Case)):
            moved = self.moved.get(table.name, set())
            rows = self.session.execute(
                select(table.c.id, table.c.order_number, table.c.created_at).where(
                    table.c.customer_id == self.person, table.c.order_number.is_not(None)
                )
            )
            for row_id, number, written_at in rows:
                if row_id in moved:
                    theirs.add(number)
                elif written_at <= self.since:
                    ours.add(number)
        return theirs - ours


# What a row hangs on, by column, strongest first; with the table that the column names.
_ANCHORS = {
    "conversation_id": Conversation.__tablename__,
    "case_id": Case.__tablename__,
    "touch_id": Touch.__tablename__,
}


def _anchors_of(table: Table) -> list[str]:
    return [name for name in _ANCHORS if name in table.c]


def _few(ids: Collection[str]) -> Iterator[tuple[str, ...]]:
    yield from batched(sorted(ids), _AT_A_TIME)


def _tables() -> Iterator[Table]:
    for table in Base.metadata.sorted_tables:
        if "customer_id" in table.c and table.name not in _APART:
            yield table


def _key(table: Table) -> Any:
    (key,) = table.primary_key
    return key


def _rows_of(session: Session, customer_id: str) -> Rows:
    return {
        table.name: set(ids)
        for table in _tables()
        if (
            ids := session.scalars(
                select(_key(table)).where(table.c.customer_id == customer_id)
            ).all()
        )
    }


def _move(session: Session, now: datetime, rows: Rows, from_id: str, to_id: str) -> None:
    session.flush()  # what is changed and not yet written would be forgotten below
    for table in _tables():
        for some in _few(rows.get(table.name, ())):
            values: dict[str, Any] = {"customer_id": to_id}
            if "updated_at" in table.c:
                values["updated_at"] = now
            session.execute(
                update(table)
                .where(_key(table).in_(some), table.c.customer_id == from_id)
                .values(values)
            )
    session.expire_all()


def _lock(session: Session, *customer_ids: str) -> None:
    """Conversations first, then the customers: as everybody else does. Raises NotFound."""
    session.execute(
        select(Conversation.id)
        .where(Conversation.customer_id.in_(customer_ids))
        .order_by(Conversation.id)
        .with_for_update()
    ).all()
    found = session.scalars(
        select(Customer.id)
        .where(Customer.id.in_(customer_ids))
        .order_by(Customer.id)
        .with_for_update()
    ).all()
    if len(found) != len(set(customer_ids)):
        raise NotFound("There is no such customer in the record.", field="customer")


def _derive_again(session: Session, now: datetime, *customer_ids: str) -> None:
    for customer_id in sorted(customer_ids):
        touchpoints.restage(session, now, customer_id, since=BEGINNING)


def _standing_link(session: Session, kept_id: str, joined_id: str) -> IdentityLink | None:
    return session.scalar(
        select(IdentityLink).where(
            IdentityLink.customer_id == kept_id,
            IdentityLink.joined_id == joined_id,
            IdentityLink.undone_at.is_(None),
        )
    )


def _links_above(session: Session, customer_id: str) -> Iterator[IdentityLink]:
    """Those by which this record itself came into another, and that one into the next."""
    of = customer_id
    while (
        link := session.scalar(
            select(IdentityLink).where(
                IdentityLink.joined_id == of, IdentityLink.undone_at.is_(None)
            )
        )
    ) is not None:
        yield link
        of = link.customer_id


def _remember(link: IdentityLink, now: datetime, rows: Mapping[str, set[str]]) -> None:
    moved = dict(link.moved)
    for name, ids in rows.items():
        moved[name] = sorted({*moved.get(name, ()), *ids})
    link.moved, link.updated_at = moved, now


def _forget(link: IdentityLink, now: datetime, rows: Rows) -> None:
    moved = dict(link.moved)
    for name, ids in rows.items():
        if name in moved:
            moved[name] = sorted(set(moved[name]) - ids)
    link.moved, link.updated_at = moved, now


def _as_json(rows: Rows) -> dict[str, Any]:
    return {name: sorted(ids) for name, ids in rows.items()}


# --- consents: the refusal wins -------------------------------------------------------------------


def _join_consents(session: Session, now: datetime, person: str, joined_id: str) -> dict[str, Any]:
    """What only the joined one said goes over; where both spoke, a refusal of either stands."""
    theirs = _consents(session, person)
    moved: list[str] = []
    before: dict[str, Any] = {}
    for key, consent in _consents(session, joined_id).items():
        known = theirs.get(key)
        if known is None:
            consent.customer_id, consent.updated_at = person, now
            moved.append(consent.id)
        elif consent.state == _REFUSED and known.state != _REFUSED:
            before[known.id] = {
                "state": known.state, "how": known.how, "given_at": known.given_at.isoformat(),
            }  # fmt: skip
            known.state, known.given_at, known.updated_at = _REFUSED, consent.given_at, now
            known.how = consent.how
    session.flush()
    return {Consent.__tablename__: sorted(moved), _CONSENT_BEFORE: before}


def _split_consents(session: Session, now: datetime, link: IdentityLink, person: str) -> None:
    """Each has their own words again; what was refused meanwhile, both have refused."""
    meanwhile = [
        consent
        for consent in _consents(session, person).values()
        if consent.state == _REFUSED and consent.given_at >= link.created_at
    ]
    for consent_id, was in link.moved.get(_CONSENT_BEFORE, {}).items():
        consent = session.get(Consent, consent_id)
        if consent is None or consent in meanwhile or consent.state != _REFUSED:
            continue
        consent.state, consent.how, consent.updated_at = was["state"], was["how"], now
        consent.given_at = datetime.fromisoformat(was["given_at"])
    for consent_id in link.moved.get(Consent.__tablename__, ()):
        consent = session.get(Consent, consent_id)
        if consent is not None and consent.customer_id == person:
            consent.customer_id, consent.updated_at = link.joined_id, now
    session.flush()
    for consent in meanwhile:
        for customer_id in (person, link.joined_id):
            _refuse_too(session, now, customer_id, consent)


def _refuse_too(session: Session, now: datetime, customer_id: str, like: Consent) -> None:
    known = _consents(session, customer_id).get((like.channel, like.purpose))
    if known is None:
        known = Consent(
            id=new_id("cns"), customer_id=customer_id, channel=like.channel,
            purpose=like.purpose, created_at=now,
        )  # fmt: skip
        session.add(known)
    known.state, known.how, known.given_at, known.updated_at = (
        _REFUSED, like.how, like.given_at, now,
    )  # fmt: skip
    session.flush()


def _consents(session: Session, customer_id: str) -> dict[tuple[str, str], Consent]:
    rows = session.scalars(select(Consent).where(Consent.customer_id == customer_id))
    return {(row.channel, row.purpose): row for row in rows}


def _role(by: str) -> str:
    """Of the audit's "role:id"; ourselves are a machine."""
    role = by.partition(":")[0]
    return role if role in list(Role) else Role.MACHINE.value
