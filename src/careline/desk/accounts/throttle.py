"""Against guessing: so many wrong tries for an account from one address, and then a wait.

Whoever guesses from elsewhere must not be able to lock somebody out, so an account alone has a
limit far higher; it stands against many addresses that guess together.

In the database, so that it holds across processes and restarts. Accounts that there are not
count as well: the answer tells nobody which ones there are.
"""

import hashlib
import math
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.orm import Session

from careline.journey.models import SignInAttempt
from careline.kit.errors import CarelineError
from careline.kit.ids import new_id

WINDOW = timedelta(minutes=15)
PER_ACCOUNT_AND_ADDRESS = 8
PER_ADDRESS = 40  # an office shares one
PER_ACCOUNT = 200  # from wherever; at ten characters or more these are no guess at all
CODES_PER_ACCOUNT = 20  # six digits are few, and who may try them knows the password already
KEPT = timedelta(days=1)


class TooManyTries(CarelineError):
    """Guessed too often; wait for so long."""

    code = "too_many_tries"
    status = 429

    def __init__(self, wait: timedelta) -> None:
        self.retry_after_seconds = max(1, math.ceil(wait.total_seconds()))
        minutes = math.ceil(self.retry_after_seconds / 60)
        some = "a minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__(f"Too many tries that were not right. Try again in {some}.")


def count_try(
    session: Session, now: datetime, account: str, address: str, *, most: int = PER_ACCOUNT
) -> None:
    """Written down before the password is looked at, so that many at once cannot slip by.

    Raises TooManyTries.
    """
    if session.get_bind().dialect.name == "postgresql":  # SQLite takes one writer at a time
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('sign_in_attempt'))"))
    account = _hash(account)
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - KEPT))
    of_account, from_here = SignInAttempt.account == account, SignInAttempt.address == address
    _refuse(session, now, PER_ACCOUNT_AND_ADDRESS, of_account, from_here)
    _refuse(session, now, PER_ADDRESS, from_here)
    _refuse(session, now, most, of_account)
    session.add(
        SignInAttempt(
            id=new_id("try"),
            at=now,
            account=account,
            address=address,
            created_at=now,
            updated_at=now,
        )
    )


def codes_of(account: str) -> str:
    """Second steps are counted by themselves."""
    return f"code:{account}"


def forget(session: Session, account: str, address: str) -> None:
    """After the right password: this account's tries from here were its owner's."""
    session.execute(
        delete(SignInAttempt).where(
            SignInAttempt.account.in_([_hash(account), _hash(codes_of(account))]),
            SignInAttempt.address == address,
        )
    )


def _refuse(session: Session, now: datetime, allowed: int, *which: ColumnElement[bool]) -> None:
    tries, first = session.execute(
        select(func.count(), func.min(SignInAttempt.at)).where(
            *which, SignInAttempt.at > now - WINDOW
        )
    ).one()
    if tries >= allowed:
        raise TooManyTries(first + WINDOW - now)


def _hash(account: str) -> str:
    return hashlib.sha256(account.strip().lower().encode(errors="surrogatepass")).hexdigest()
