"""Passwords: argon2id, with the memory and passes that OWASP names; checked two at a time.

A flood of guesses must not take the machine's memory from the customers' chat.
"""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from careline.kit.errors import Invalid

SHORTEST = 10
LONGEST = 200  # hashing what somebody pastes by mistake costs time

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_at_once = threading.Semaphore(2)
# Checked for accounts that there are not, so that they take as long as those that there are.
_NOBODYS = _hasher.hash("nobody's password")


def hashed(password: str, *, email: str = "", name: str = "") -> str:
    """Raises Invalid, with what to change."""
    _refuse_weak(password, email, name)
    with _at_once:
        return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Takes the same time for an account without a password, and for none."""
    if len(password) > LONGEST:
        return False
    with _at_once:
        try:
            _hasher.verify(password_hash or _NOBODYS, password)
        # UnicodeError: half a surrogate pair is nobody's password.
        except (VerificationError, InvalidHashError, UnicodeError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Made with other costs than today's; hash it again while the password is at hand."""
    return _hasher.check_needs_rehash(password_hash)


def again(password: str) -> str:
    """A fresh hash of a password that was right, whatever is asked of new ones."""
    with _at_once:
        return _hasher.hash(password)


def _refuse_weak(password: str, email: str, name: str) -> None:
    lower = password.lower()
    if len(password) < SHORTEST:
        raise Invalid(f"Use {SHORTEST} characters or more.", field="password")
    if len(password) > LONGEST:
        raise Invalid(f"Use {LONGEST} characters at most.", field="password")
    if len(set(lower)) < 5:
        raise Invalid("Use more different characters.", field="password")
    own = [email.lower().partition("@")[0], *name.lower().split(), "careline", "password"]
    rest = lower
    for word in own:
        if len(word) > 2:
            rest = rest.replace(word, "")
    if len(rest) < SHORTEST // 2:
        raise Invalid(
            "Use something that is not your name, your address or the word password.",
            field="password",
        )
    try:
        password.encode()
    except UnicodeEncodeError:
        raise Invalid("Use characters that can be written down.", field="password") from None
