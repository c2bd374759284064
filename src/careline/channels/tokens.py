"""Signed tokens (JWT, HS256): API tokens with a role, and the shop page's identities.

Times come from the caller's clock. What a role may do is said where it is asked for:
`Guard.require("staff", "lead")` is a FastAPI dependency that gives the Principal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from fastapi import Request

from careline.journey.words import Role
from careline.kit.clock import Clock
from careline.kit.errors import Forbidden, Unauthorised

API = "careline-api"  # the audience of API tokens
PAGE = "careline"  # the audience of the identities that the shop's page gives
LINK = "careline-link"  # the audience of what an opened link of an e-mail gives its page
COOKIE = "careline_token"
IDENTITY_LIFETIME = timedelta(hours=1)  # the longest that a page may vouch for somebody
CLOCK_SKEW = timedelta(seconds=30)  # between the shop's clock and ours

READERS = (Role.STAFF, Role.LEAD, Role.CX, Role.ADMIN, Role.MACHINE)


class TokenInvalid(Unauthorised):
    """No token, or one that is not signed by us for this; ask for a new one."""

    code = "token_invalid"


class TokenExpired(Unauthorised):
    """The token was good and is too old; ask for a new one."""

    code = "token_expired"


@dataclass(frozen=True)
class Principal:
    """Who is asking."""

    role: Role
    subject: str

    @property
    def who(self) -> str:
        return f"{self.role.value}:{self.subject}"


def issue(secret: str, role: str, subject: str, now: datetime, lifetime: timedelta) -> str:
    claims = {"aud": API, "role": Role(role).value, "sub": subject}
    return _sign(secret, claims, now, lifetime)


def read(secret: str, token: str, now: datetime) -> Principal:
    """Raises TokenInvalid, TokenExpired."""
    claims = _verified(secret, token, API, now)
    try:
        return Principal(Role(claims.get("role", "")), claims["sub"])
    except ValueError:
        raise TokenInvalid("This token names no role that we know.") from None


def identity_token(
    secret: str, customer_ref: str, now: datetime, lifetime: timedelta = IDENTITY_LIFETIME
) -> str:
    """What the shop's page gives its customer; `customer_ref` is the shop's id or ours."""
    return _sign(secret, {"aud": PAGE, "sub": customer_ref}, now, lifetime)


def read_identity(secret: str, token: str, now: datetime) -> str:
    """The customer that the page vouches for. Raises TokenInvalid, TokenExpired."""
    claims = _verified(secret, token, PAGE, now)
    begins = _time(claims, "iat") if "iat" in claims else now
    if _time(claims, "exp") - begins > IDENTITY_LIFETIME:
        raise TokenInvalid("An identity may be valid for one hour at most.")
    return str(claims["sub"])


def link_token(secret: str, link_id: str, now: datetime) -> str:
    """What the page of an opened link shows at the chat, in the place of a shop's identity."""
    return _sign(secret, {"aud": LINK, "sub": link_id}, now, IDENTITY_LIFETIME)


def is_link_token(token: str) -> bool:
    """Whether it says so itself; `read_link_token` tells whether it is true."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False, "verify_aud": False})
    except (jwt.InvalidTokenError, UnicodeError):
        return False
    return claims.get("aud") == LINK


def read_link_token(secret: str, token: str, now: datetime) -> str:
    """The id of the link. Raises TokenInvalid, TokenExpired."""
    return str(_verified(secret, token, LINK, now)["sub"])


class Guard:
    """The door of the API: reads the token of a request and asks for a role.

    `signed_in` knows people by another way in, the desk's; it gives none for those it does not.
    """

    def __init__(
        self,
        secret: str,
        clock: Clock,
        signed_in: Callable[[Request], Principal | None] = lambda _: None,
    ) -> None:
        self._secret = secret
        self._clock = clock
        self._signed_in = signed_in

    def principal(self, request: Request) -> Principal:
        """From the Authorization header, the desk's session, or the cookie of a token."""
        if "authorization" not in request.headers and (person := self._signed_in(request)):
            return person
        return read(self._secret, _token_of(request), self._clock.now())

    def require(self, *roles: Role) -> Callable[[Request], Principal]:
        def allowed(request: Request) -> Principal:
            principal = self.principal(request)
            if principal.role not in roles:
                raise Forbidden(f"The role {principal.role.value} may not do this.")
            return principal

        return allowed


def _token_of(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if cookie := request.cookies.get(COOKIE):
        return cookie
    raise TokenInvalid("Give a token: Authorization: Bearer <token>.")


def _sign(secret: str, claims: dict[str, Any], now: datetime, lifetime: timedelta) -> str:
    times = {"iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
    return jwt.encode({**claims, **times}, secret, algorithm="HS256")


def _verified(secret: str, token: str, audience: str, now: datetime) -> dict[str, Any]:
    # PyJWT would look at the machine's clock; the times are checked below against ours.
    options: Any = {
        "require": ["exp", "sub", "aud"],
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
    }
    try:
        claims: dict[str, Any] = jwt.decode(
            token, secret, algorithms=["HS256"], audience=audience, options=options
        )
    # UnicodeError: half of a surrogate pair in a header is no token either.
    except (jwt.InvalidTokenError, UnicodeError):
        raise TokenInvalid("This token is not one that we can accept.") from None
    if not isinstance(claims["sub"], str) or not claims["sub"].strip():
        raise TokenInvalid("This token names nobody.")
    if now >= _time(claims, "exp"):
        raise TokenExpired("This token has expired; ask for a new one.")
    for not_before in ("iat", "nbf"):
        if not_before in claims and _time(claims, not_before) > now + CLOCK_SKEW:
            raise TokenInvalid("This token is not valid yet.")
    return claims


def _time(claims: dict[str, Any], name: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(claims[name]), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise TokenInvalid(f"The token's {name} is not a time.") from None
