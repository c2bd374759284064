"""Who works here: hire, change, reset, let go. Each is in the audit; one admin always stays."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from careline.conversation import staff as at_the_desk
from careline.conversation.staff.colleagues import TALK_WITH_CUSTOMERS
from careline.desk.accounts import sessions
from careline.journey import audit
from careline.journey.models import Conversation, Staff
from careline.journey.words import Mode, Role
from careline.kit.errors import Conflict, Invalid, NotFound
from careline.kit.ids import new_id
from careline.service.policies import Policies

ROLES = (Role.STAFF, Role.LEAD, Role.CX, Role.ADMIN)
CAPACITY_LIMIT = 500
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_COMMAND_LINE = "admin:cli"


class LastAdmin(Conflict):
    """Without this one nobody could manage accounts; make another admin first."""

    code = "last_admin"


class AddressTaken(Conflict):
    """Somebody with this e-mail address works here, or did."""

    code = "address_taken"


def hire(
    session: Session,
    now: datetime,
    *,
    email: str,
    name: str,
    role: Role,
    teams: Sequence[str] = (),
    capacity: int | None = None,
    by: str = _COMMAND_LINE,
) -> Staff:
    """An account that cannot sign in yet. Raises Invalid, AddressTaken."""
    email, name = _address(email), _name(name)
    _check(role, capacity)
    if session.scalar(select(Staff.id).where(Staff.email == email)):
        raise AddressTaken(f"{email} has an account already.", field="email")
    who = Staff(
        id=new_id("stf"),
        email=email,
        name=name,
        role=role.value,
        teams=list(teams),
        capacity=capacity,
        active=True,
        signature="",
        created_at=now,
        updated_at=now,
    )
    session.add(who)
    session.flush()
    note(session, now, by, "staff.hired", who, role=role.value)
    return who


def change(
    session: Session,
    now: datetime,
    staff_id: str,
    *,
    by: str,
    name: str,
    role: Role,
    teams: Sequence[str],
    capacity: int | None,
    policies: Policies,
) -> Staff:
    """Whoever no longer talks with customers gives back what they hold.

    Raises NotFound, Invalid, LastAdmin.
    """
    who = find(session, staff_id)
    name = _name(name)
    _check(role, capacity)
    if role is not Role.ADMIN:
        _keep_an_admin(session, who)
    if role not in TALK_WITH_CUSTOMERS:
        _give_back_all(session, now, who, policies)
    new: dict[str, Any] = {
        "name": name,
        "role": role.value,
        "teams": list(teams),
        "capacity": capacity,
    }
    changed = {field: value for field, value in new.items() if getattr(who, field) != value}
    for field, value in changed.items():
        setattr(who, field, value)
    if changed:
        who.updated_at = now
        # Names are personal: the audit says that it changed, not to what.
        note(
            session,
            now,
            by,
            "staff.changed",
            who,
            **{f: v for f, v in changed.items() if f != "name"},
        )
    return who


def reset(session: Session, now: datetime, staff_id: str, *, by: str) -> Staff:
    """Forget password and second step, and end every session; a link sets new ones."""
    who = find(session, staff_id)
    _forget_proofs(session, now, who)
    note(session, now, by, "staff.reset", who)
    return who


def let_go(session: Session, now: datetime, staff_id: str, *, by: str, policies: Policies) -> Staff:
    """Out at once; their conversations are back in the queue. Raises NotFound, LastAdmin."""
    who = find(session, staff_id)
    _keep_an_admin(session, who)
    _give_back_all(session, now, who, policies)
    _forget_proofs(session, now, who)
    who.active = False
    note(session, now, by, "staff.deactivated", who)
    return who


def take_back(session: Session, now: datetime, staff_id: str, *, by: str) -> Staff:
    who = find(session, staff_id)
    who.active = True
    who.updated_at = now
    note(session, now, by, "staff.reactivated", who)
    return who


def find(session: Session, staff_id: str) -> Staff:
    found = session.get(Staff, staff_id)
    if found is None:
        raise NotFound("There is no such colleague.")
    return found


def by_email(session: Session, email: str) -> Staff | None:
    return session.scalar(select(Staff).where(Staff.email == email.strip().lower()))


def everybody(session: Session) -> Sequence[Staff]:
    """Those who work here first, by name."""
    return session.scalars(
        select(Staff).order_by(Staff.active.desc(), func.lower(Staff.name))
    ).all()


def note(session: Session, now: datetime, by: str, did: str, who: Staff, **details: Any) -> None:
    role = by.partition(":")[0]
    audit.note(session, now, who=by, role=role, did=did, subject=who.id, details=details)


def who_is(who: Staff) -> str:
    """As the audit names them."""
    return audit.named(who.role, who.id)


def _forget_proofs(session: Session, now: datetime, who: Staff) -> None:
    who.password_hash = who.totp_secret = who.totp_used = None
    who.updated_at = now
    sessions.end_all(session, now, who.id)


def _give_back_all(session: Session, now: datetime, who: Staff, policies: Policies) -> None:
    """Those that came along with another go back with it."""
    while (conversation_id := _first_in_hand(session, who.id)) is not None:
        at_the_desk.release(session, now, conversation_id, who.id, policies=policies)
        session.flush()


def _first_in_hand(session: Session, staff_id: str) -> str | None:
    return session.scalar(
        select(Conversation.id)
        .where(Conversation.holder == staff_id, Conversation.mode == Mode.PERSON)
        .order_by(Conversation.joined_to.is_not(None), Conversation.id)
        .limit(1)
    )


def _keep_an_admin(session: Session, who: Staff) -> None:
    if who.role != Role.ADMIN or not who.active:
        return
    # Locked in one order, so that two admins who let each other go cannot both succeed.
    admins = session.scalars(
        select(Staff.id)
        .where(Staff.role == Role.ADMIN.value, Staff.active.is_(True))
        .order_by(Staff.id)
        .with_for_update()
    ).all()
    if set(admins) <= {who.id}:
        raise LastAdmin(f"{who.name} is the only admin; make somebody else an admin first.")


def _check(role: Role, capacity: int | None) -> None:
    if role not in ROLES:
        names = ", ".join(each.value for each in ROLES)
        raise Invalid(f"Choose a role: {names}.", field="role")
    if capacity is not None and not 1 <= capacity <= CAPACITY_LIMIT:
        raise Invalid(
            f"Give a capacity from 1 to {CAPACITY_LIMIT}, or none for no limit.", field="capacity"
        )


def _address(email: str) -> str:
    address = email.strip().lower()
    if not _ADDRESS.fullmatch(address) or len(address) > 320 or not address.isprintable():
        raise Invalid("Give an e-mail address such as lena@shop.example.", field="email")
    return address


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise Invalid("Give a name of at most 80 characters.", field="name")
    return name
