"""Two ways for an e-mail to leave: by SMTP, or into the demo's outbox page."""

import smtplib
import ssl
from collections.abc import Mapping
from email import policy
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 20


# Headers are folded at 998 characters, the most that a line may have: a link in List-Unsubscribe
# that is folded earlier becomes an encoded word, which no mail program follows.
_POLICY = policy.SMTP.clone(max_line_length=998)


class NotAccepted(Exception):
    """The server surely did not take the e-mail; trying again later is safe."""


class RefusedForGood(Exception):
    """The server will never take this e-mail; do not try again."""


class Mailer(Protocol):
    keeps_text: bool  # whether the outbox goes on showing what was sent

    def send(
        self,
        *,
        to: str,
        subject: str,
        text: str,
        key: str,
        html: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Raises NotAccepted or RefusedForGood; any other fault leaves it unknown."""
        ...


class DemoMailer:
    """Sends nothing anywhere: the demo shows its outbox at /demo/outbox."""

    keeps_text = True

    def send(
        self,
        *,
        to: str,
        subject: str,
        text: str,
        key: str,
        html: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        return None


class SmtpMailer:
    """`smtp://user:password@host:port` (STARTTLS where offered) or `smtps://…`."""

    keeps_text = False

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("CARELINE_SMTP_URL must look like smtp://user:password@host:port")
        self._parts = parts
        self._sender = sender

    def send(
        self,
        *,
        to: str,
        subject: str,
        text: str,
        key: str,
        html: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        message = self._message(to, subject, text, key, html, headers or {})
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise NotAccepted(type(error).__name__) from error
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if any(400 <= code < 500 for code in codes):
                raise NotAccepted(f"recipient refused for now {codes}") from error
            raise RefusedForGood(f"recipient refused {codes}") from error
        except smtplib.SMTPResponseException as error:
            if 400 <= error.smtp_code < 500:
                raise NotAccepted(f"refused for now {error.smtp_code}") from error
            raise RefusedForGood(f"refused {error.smtp_code}") from error
        finally:
            server.close()

    def _message(
        self, to: str, subject: str, text: str, key: str, html: str, headers: Mapping[str, str]
    ) -> EmailMessage:
        """Raises RefusedForGood for what cannot be a header: a line break would begin another."""
        message = EmailMessage(_POLICY)
        try:
            message["From"], message["To"], message["Subject"] = self._sender, to, subject
            message["Message-ID"] = make_msgid(
                idstring=key.replace(":", "."), domain=self._domain()
            )
            message["Date"] = localtime()
            for name, value in headers.items():
                message[name] = value
        except ValueError as error:
            raise RefusedForGood(f"not a header: {error}") from error
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        return message

    def _connect(self) -> smtplib.SMTP:
        host = self._parts.hostname or ""
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if self._parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(
                host, self._parts.port or 465, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(host, self._parts.port or 25, timeout=TIMEOUT_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
        if self._parts.username:
            server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
        return server

    def _domain(self) -> str:
        return self._sender.rpartition("@")[2].strip(" >") or "localhost"
