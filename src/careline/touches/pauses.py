"""Stop a playbook, or all of them, for now; and let them go on. Who did it and why is kept."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey import audit
from careline.journey.models import PlaybookPause
from careline.kit.errors import Invalid, NotFound
from careline.touches.gate import ALL_PLAYBOOKS
from careline.touches.playbook import Playbook


def paused(session: Session) -> frozenset[str]:
    """Names of the paused playbooks; "*" among them when all are."""
    return frozenset(session.scalars(select(PlaybookPause.playbook)))


def pause(
    session: Session,
    now: datetime,
    playbooks: Mapping[str, Playbook],
    name: str,
    *,
    who: str,
    role: str,
    why: str,
) -> bool:
    """Its touches are held from now on; False if it was paused before. Raises Invalid, NotFound."""
    _check(playbooks, name)
    if not why.strip():
        raise Invalid("Say why it is paused; the team will ask.", field="why")
    if session.get(PlaybookPause, name) is not None:
        return False
    session.add(
        PlaybookPause(
            playbook=name, paused_by=who[:120], why=why.strip(), created_at=now, updated_at=now
        )
    )
    _audit(session, now, who, role, "touches.paused", name, why)
    return True


def resume(
    session: Session,
    now: datetime,
    playbooks: Mapping[str, Playbook],
    name: str,
    *,
    who: str,
    role: str,
    why: str,
) -> bool:
    """What it held is judged again, not flushed; False if it was not paused. Raises NotFound."""
    row = session.get(PlaybookPause, name)
    if row is None:
        _check(playbooks, name)
        return False
    session.delete(row)
    _audit(session, now, who, role, "touches.resumed", name, why)
    return True


def _check(playbooks: Mapping[str, Playbook], name: str) -> None:
    if name != ALL_PLAYBOOKS and name not in playbooks:
        known = ", ".join(sorted(playbooks))
        raise NotFound(f"There is no playbook {name}; there are {known}.", field="playbook")


def _audit(
    session: Session, now: datetime, who: str, role: str, did: str, name: str, why: str
) -> None:
    audit.note(
        session, now, who=who, role=role, did=did, subject=name, details={"why": why.strip()}
    )
