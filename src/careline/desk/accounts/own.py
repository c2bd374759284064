"""What people change about their own account; for what proves who they are, the password first.

An edge, as signing in is: a browser left open must not be enough to take an account over.
"""

import re
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from careline.desk.accounts import passwords, second_step, sessions, team, throttle
from careline.desk.accounts.sessions import Browser
from careline.desk.door import Member
from careline.journey.models import Staff
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.errors import Invalid

SIGNATURE_LENGTH = 300
_SECRET = re.compile(r"[A-Z2-7]{32}")


class OwnAccount:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def change_password(self, member: Member, old: str, new: str, browser: Browser) -> None:
        """Every other browser is signed out. Raises Invalid, TooManyTries."""
        who = self._proved(member, old, browser)
        password_hash = passwords.hashed(new, email=who.email, name=who.name)
        with self._database.begin() as session:
            now = self._write(session, member, "staff.password_set", password_hash=password_hash)
            sessions.end_all(session, now, member.id, but=member.session_id)

    def second_step_on(
        self, member: Member, password: str, secret: str, code: str, browser: Browser
    ) -> None:
        """With a code that shows that the app has the secret. Raises Invalid, TooManyTries."""
        self._proved(member, password, browser)
        step = None
        if _SECRET.fullmatch(secret):
            step = second_step.step_of(secret, code, self._clock.now(), None)
        if step is None:
            raise Invalid("That code does not fit. Take the one the app shows now.", field="code")
        with self._database.begin() as session:
            now = self._write(
                session, member, "staff.second_step_on", totp_secret=secret, totp_used=step
            )
            sessions.end_all(session, now, member.id, but=member.session_id)

    def second_step_off(self, member: Member, password: str, browser: Browser) -> None:
        self._proved(member, password, browser)
        with self._database.begin() as session:
            self._write(session, member, "staff.second_step_off", totp_secret=None, totp_used=None)

    def sign_as(self, member: Member, signature: str) -> None:
        signature = signature.strip()
        if len(signature) > SIGNATURE_LENGTH:
            raise Invalid(f"Use {SIGNATURE_LENGTH} characters at most.", field="signature")
        with self._database.begin() as session:
            self._write(session, member, "staff.signature_set", signature=signature)

    def end_session(self, member: Member, session_id: str) -> None:
        """Raises NotFound for one that is not theirs."""
        with self._database.begin() as session:
            now = self._write(session, member, "staff.session_ended")
            sessions.end(session, now, session_id, member.id)

    def end_others(self, member: Member) -> None:
        with self._database.begin() as session:
            now = self._write(session, member, "staff.sessions_ended")
            sessions.end_all(session, now, member.id, but=member.session_id)

    def _proved(self, member: Member, password: str, browser: Browser) -> Staff:
        with self._database.begin() as session:
            throttle.count_try(session, self._clock.now(), member.email, browser.address)
        with self._database.read() as session:
            who = session.get_one(Staff, member.id)
        if not passwords.matches(who.password_hash, password):
            raise Invalid("That is not your password.", field="old")
        with self._database.begin() as session:
            throttle.forget(session, member.email, browser.address)
        return who

    def _write(self, session: Session, member: Member, did: str, **values: Any) -> datetime:
        now = self._clock.now()
        who = session.get_one(Staff, member.id)
        for name, value in values.items():
            setattr(who, name, value)
        who.updated_at = now
        team.note(session, now, member.who, did, who)
        return now
