"""Whether something is one e-mail address that can be written to."""

import re

_LOCAL = re.compile(
    r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f.]+(\.[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f.]+)*"
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


class NotAnAddress(Exception):
    """It names no mailbox, or more than one; somebody has to correct it in the shop."""


def one_address(text: str) -> str:
    """As it goes over the network: the domain in ASCII. Raises NotAnAddress.

    Stricter than RFC 5322: no names, comments, quotes, groups or bare hosts. What mail programs
    and shops call an address has none, and each of them lets one text be two recipients.
    """
    local, at, domain = text.strip().partition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local.encode()) > 64:
        raise NotAnAddress("no e-mail address")
    return f"{local}@{_ascii(domain)}"


def _ascii(domain: str) -> str:
    try:
        plain = domain.encode("idna").decode()
    except UnicodeError:
        raise NotAnAddress("no domain that there can be") from None
    labels = plain.split(".")
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise NotAnAddress("no domain that there can be")
    return plain
