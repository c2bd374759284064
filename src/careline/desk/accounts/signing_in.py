"""The way in: prove who you are, get a session. An edge: each step is a unit of work of its own.

No unit of work is open while a password is checked, which takes time on purpose.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from careline.desk.accounts import invitations, passwords, second_step, sessions, team, throttle
from careline.desk.accounts.sessions import Browser
from careline.journey.models import Staff
from careline.journey.words import Role
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.errors import Unauthorised

CODE_WITHIN = timedelta(minutes=5)
_AUDIENCE = "careline-second-step"


class SignInRefused(Unauthorised):
    """The address, the password or the code is not right; which one is not said."""

    code = "sign_in_refused"


@dataclass(frozen=True)
class SignedIn:
    token: str
    role: Role


@dataclass(frozen=True)
class CodeNeeded:
    """The password was right; `ticket` says so, and the code of the app is still to come."""

    ticket: str


class SigningIn:
    def __init__(self, database: Database, clock: Clock, secret: str, lifetime: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._secret = secret
        self._lifetime = lifetime

    def by_password(
        self, email: str, password: str, browser: Browser, brought: str = ""
    ) -> SignedIn | CodeNeeded:
        """`brought` is the token that the browser had. Raises SignInRefused, TooManyTries."""
        self._count(email, browser)
        with self._database.read() as session:
            who = team.by_email(session, email)
        right = passwords.matches(who.password_hash if who else None, password)
        if who is None or not right or not who.active:
            self._note_refusal(who, browser, "password")
            raise SignInRefused("That address and password do not go together.")
        if who.password_hash and passwords.is_outdated(who.password_hash):
            self._hash_again(who, password)
        if who.totp_secret:
            return CodeNeeded(self._ticket(who))
        with self._database.begin() as session:
            return self._begin(session, who, browser, brought, "password")

    def by_code(self, ticket: str, code: str, browser: Browser, brought: str = "") -> SignedIn:
        """Raises SignInRefused, TooManyTries."""
        who = self._whose(ticket)
        self._count(throttle.codes_of(who.email), browser, most=throttle.CODES_PER_ACCOUNT)
        now = self._clock.now()
        step = second_step.step_of(who.totp_secret or "", code, now, who.totp_used)
        with self._database.begin() as session:
            if step is not None and _take_step(session, who.id, step):
                return self._begin(session, who, browser, brought, "password")
        self._note_refusal(who, browser, "code")
        raise SignInRefused("That code is not right, or was used already. Take the next one.")

    def by_invitation(self, token: str, password: str, browser: Browser) -> SignedIn:
        """Sets the password. Raises InvitationSpent, Invalid."""
        now = self._clock.now()
        with self._database.read() as session:
            who = invitations.whose(session, self._secret, token, now)
        password_hash = passwords.hashed(password, email=who.email, name=who.name)
        with self._database.begin() as session:
            who = invitations.whose(session, self._secret, token, now)  # not twice at once
            session.refresh(who, with_for_update=True)
            who.password_hash, who.updated_at = password_hash, now
            team.note(session, now, team.who_is(who), "staff.password_set", who)
            return self._begin(session, who, browser, "", "password")

    def by_provider(
        self, email: str, name: str, browser: Browser, brought: str, new_role: Role | None
    ) -> SignedIn:
        """Somebody whom the company's provider vouches for; hired now if `new_role` says so.

        Raises SignInRefused.
        """
        now = self._clock.now()
        with self._database.begin() as session:
            who = team.by_email(session, email)
            if who is None and new_role is not None:
                who = team.hire(
                    session, now, email=email, name=name or email, role=new_role, by="machine:oidc"
                )
            if who is not None and who.active:
                return self._begin(session, who, browser, brought, "provider")
        self._note_refusal(None, browser, "provider")
        raise SignInRefused("Nobody with that address works here; ask an admin for an account.")

    def out(self, token: str) -> None:
        now = self._clock.now()
        with self._database.begin() as session:
            if found := sessions.read(session, now, token):
                team.note(session, now, team.who_is(found[1]), "staff.signed_out", found[1])
            sessions.end_token(session, now, token)

    def _begin(
        self, session: Session, who: Staff, browser: Browser, brought: str, by: str
    ) -> SignedIn:
        now = self._clock.now()
        if brought:
            sessions.end_token(session, now, brought)
        throttle.forget(session, who.email, browser.address)
        token = sessions.begin(session, now, who.id, browser, self._lifetime, by)
        team.note(
            session, now, team.who_is(who), "staff.signed_in", who, how=by, address=browser.address
        )
        return SignedIn(token, Role(who.role))

    def _count(self, account: str, browser: Browser, *, most: int = throttle.PER_ACCOUNT) -> None:
        with self._database.begin() as session:
            throttle.count_try(session, self._clock.now(), account, browser.address, most=most)

    def _note_refusal(self, who: Staff | None, browser: Browser, what: str) -> None:
        """Only of those that there are: what was typed for others may be anything."""
        if who is None:
            return
        with self._database.begin() as session:
            team.note(
                session,
                self._clock.now(),
                team.who_is(who),
                "staff.sign_in_refused",
                who,
                what=what,
                address=browser.address,
            )

    def _hash_again(self, who: Staff, password: str) -> None:
        fresh = passwords.again(password)
        with self._database.begin() as session:
            session.execute(
                update(Staff)
                .where(Staff.id == who.id, Staff.password_hash == who.password_hash)
                .values(password_hash=fresh)
            )

    def _ticket(self, who: Staff) -> str:
        expires = self._clock.now() + CODE_WITHIN
        claims = {"aud": _AUDIENCE, "sub": who.id, "exp": int(expires.timestamp())}
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def _whose(self, ticket: str) -> Staff:
        options: Any = {"require": ["exp", "sub", "aud"], "verify_exp": False}
        try:
            claims = jwt.decode(
                ticket, self._secret, algorithms=["HS256"], audience=_AUDIENCE, options=options
            )
            expires = datetime.fromtimestamp(claims["exp"], UTC)
        except (jwt.InvalidTokenError, UnicodeError):
            raise _start_again() from None
        with self._database.read() as session:
            who = session.get(Staff, str(claims["sub"]))
        if who is None or not who.active or not who.totp_secret or self._clock.now() >= expires:
            raise _start_again()
        return who


def _take_step(session: Session, staff_id: str, step: int) -> bool:
    """Two tabs with one code: one of them is in."""
    taken = session.execute(
        update(Staff)
        .where(Staff.id == staff_id, or_(Staff.totp_used.is_(None), Staff.totp_used < step))
        .values(totp_used=step)
        .returning(Staff.id)
    )
    return taken.first() is not None


def _start_again() -> SignInRefused:
    return SignInRefused("That took too long. Sign in again from the start.")
