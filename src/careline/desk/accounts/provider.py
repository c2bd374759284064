"""Signing in through the company's own provider (OpenID Connect, authorization code with PKCE).

What belongs to one try (state, nonce, verifier) travels in a signed cookie, so that any process
can finish it. People are known by the address that the provider says it has verified; how they
prove it there, with a second step or not, is the provider's.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import httpx
import jwt
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from careline.desk.accounts.signing_in import SignInRefused
from careline.kit.clock import Clock
from careline.kit.errors import CarelineError
from careline.kit.logging import get_logger

log = get_logger("desk")

WITHIN = timedelta(minutes=10)
TIMEOUT_SECONDS = 8
SKEW = timedelta(minutes=1)  # between the provider's clock and ours
ALGORITHMS = [
    "RS256",
    "ES256",
    "PS256",
    "EdDSA",
]  # never HS256 or none: those need no key of theirs
_AUDIENCE = "careline-oidc"


class ProviderUnavailable(CarelineError):
    """The provider cannot be asked now; sign in with the password, or try again."""

    code = "provider_unavailable"
    status = 503


@dataclass(frozen=True)
class Vouched:
    """Whom the provider vouches for, and the page that they wanted."""

    email: str
    name: str
    next: str


@dataclass(frozen=True)
class Provider:
    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    secret: str  # signs what travels
    clock: Clock

    def begin(self, next: str) -> tuple[str, str]:
        """The provider's address to send the browser to, and what its cookie holds meanwhile.

        Raises ProviderUnavailable.
        """
        facts = self._facts()
        verifier, nonce, state = (secrets.token_urlsafe(48) for _ in range(3))
        address = prepare_grant_uri(
            facts["authorization_endpoint"],
            self.client_id,
            "code",
            redirect_uri=self.redirect_uri,
            scope="openid email profile",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        expires = self.clock.now() + WITHIN
        claims = {
            "aud": _AUDIENCE,
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "next": next,
            "exp": int(expires.timestamp()),
        }
        return address, jwt.encode(claims, self.secret, algorithm="HS256")

    def finish(self, travelled: str, state: str, code: str) -> Vouched:
        """Raises SignInRefused, ProviderUnavailable."""
        began = self._began(travelled)
        if not code or not secrets.compare_digest(began["state"].encode(), state.encode()):
            raise SignInRefused("The provider did not let you in. Try again.")
        facts = self._facts()
        id_token, keys = self._fetch(facts, code, began["verifier"])
        claims = self._verified(id_token, keys)
        if claims.get("nonce") != began["nonce"]:
            raise SignInRefused("The provider's answer was for another try. Try again.")
        email = claims.get("email")
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            raise SignInRefused("The provider has not verified your e-mail address.")
        return Vouched(email, str(claims.get("name") or ""), str(began["next"]))

    def _facts(self) -> dict[str, Any]:
        address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
                facts: dict[str, Any] = client.get(address).raise_for_status().json()
            named = facts["issuer"]
            _ = facts["authorization_endpoint"], facts["token_endpoint"], facts["jwks_uri"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise _unavailable(error) from error
        if named.rstrip("/") != self.issuer.rstrip("/"):
            raise _unavailable(ValueError(f"it calls itself {named}"))
        return facts

    def _fetch(self, facts: dict[str, Any], code: str, verifier: str) -> tuple[str, dict[str, Any]]:
        """The identity token, and the keys that the provider signs with."""
        body = prepare_token_request(
            "authorization_code", redirect_uri=self.redirect_uri, code=code, code_verifier=verifier
        )
        # RFC 6749, 2.3.1: both are form-encoded before they are joined.
        basic = httpx.BasicAuth(quote_plus(self.client_id), quote_plus(self.client_secret))
        try:
            with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
                answer = client.post(
                    facts["token_endpoint"],
                    content=body,
                    headers={"Content-Type": "application/x-www-form-urlencoded"},
                    auth=basic,
                )
                if answer.is_client_error:
                    log.warning("provider.refused", status=answer.status_code)
                    raise SignInRefused("The provider did not let you in. Try again.")
                token = answer.raise_for_status().json()
                keys: dict[str, Any] = client.get(facts["jwks_uri"]).raise_for_status().json()
            return str(token.get("id_token") or ""), keys
        except (httpx.HTTPError, ValueError, AttributeError) as error:
            raise _unavailable(error) from error

    def _verified(self, id_token: str, keys: dict[str, Any]) -> dict[str, Any]:
        # The library would look at the machine's clock; the times are checked against ours.
        options: Any = {
            "require": ["exp", "iat", "aud", "iss", "sub"],
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
        }
        try:
            key = _key(keys, jwt.get_unverified_header(id_token).get("kid"))
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key,
                algorithms=ALGORITHMS,
                audience=self.client_id,
                issuer=[self.issuer, self.issuer.rstrip("/"), self.issuer.rstrip("/") + "/"],
                options=options,
            )
            expires = datetime.fromtimestamp(claims["exp"], UTC)
        except (jwt.PyJWTError, UnicodeError, TypeError, ValueError) as error:
            log.warning("provider.token_refused", why=type(error).__name__)
            raise SignInRefused("The provider's answer could not be verified.") from error
        if self.clock.now() >= expires + SKEW:
            raise SignInRefused("The provider's answer is too old. Try again.")
        return claims

    def _began(self, travelled: str) -> dict[str, Any]:
        options: Any = {"verify_exp": False, "require": ["exp", "aud"]}
        try:
            claims: dict[str, Any] = jwt.decode(
                travelled, self.secret, algorithms=["HS256"], audience=_AUDIENCE, options=options
            )
        except (jwt.InvalidTokenError, UnicodeError):
            raise SignInRefused("This did not begin here. Try again.") from None
        if self.clock.now() >= datetime.fromtimestamp(claims["exp"], UTC):
            raise SignInRefused("That took too long. Try again.")
        return claims


def _key(keys: dict[str, Any], wanted: str | None) -> jwt.PyJWK:
    """Raises PyJWTError when the provider has no such key."""
    usable = [key for key in jwt.PyJWKSet.from_dict(keys).keys if key.public_key_use != "enc"]
    for key in usable:
        if key.key_id == wanted:
            return key
    if wanted is None and len(usable) == 1:
        return usable[0]
    raise jwt.InvalidKeyError("no such key")


def _unavailable(error: Exception) -> ProviderUnavailable:
    log.warning("provider.unavailable", why=str(error) or type(error).__name__)
    return ProviderUnavailable(
        "Your company's sign-in cannot be reached now. Use your password, or try again later."
    )
