"""The second step of signing in: codes of an authenticator app (TOTP), each taken once."""

import hmac
from datetime import datetime, timedelta

import pyotp
import segno

STEP = timedelta(seconds=30)
ISSUER = "Careline"


def new_secret() -> str:
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: datetime, used: int | None) -> int | None:
    """The time step whose code this is, one to either side allowed; none if it is not right.

    Codes of `used` and before were taken already: a code that was looked at over somebody's
    shoulder opens nothing.
    """
    totp = pyotp.TOTP(secret)
    given = "".join(code.split())
    if not (given.isascii() and given.isdigit()):
        return None
    for offset in (-1, 0, 1):
        at = now + offset * STEP
        step = int(at.timestamp()) // int(STEP.total_seconds())
        if hmac.compare_digest(totp.at(at), given) and (used is None or step > used):
            return step
    return None


def picture(secret: str, email: str) -> str:
    """A QR code as a data: address; drawn here, so that nobody else sees the secret."""
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
    return str(segno.make(address, micro=False).svg_data_uri(scale=4, border=4, light="white"))
