"""Two ways for an e-mail to leave: by SMTP, or into the demo's outbox page."""

import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from email import policy
from email.message import EmailMessage
from email.utils import localtime, make_msgid, parseaddr
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from careline.channels.email.addresses import NotAnAddress, one_address

TIMEOUT_SECONDS = 20


# Headers are folded at 998 characters, the most that a line may have: a link in List-Unsubscribe
# that is folded earlier becomes an encoded word, which no mail program follows.
_POLICY = policy.SMTP.clone(max_line_length=998)
# RFC 3463: 5.1.x, and 5.2.1 for a mailbox that is closed, are about the address. Without such a
# code RFC 5321's 550, 551 and 553 are. Others (5.7.x, full, too large) say nothing of it.
_OF_ADDRESSES = re.compile(rb"5\.(?:1\.\d{1,3}|2\.1)\b")
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")
_NO_SUCH_MAILBOX = (550, 551, 553)


class NotAccepted(Exception):
    """The server surely did not take the e-mail; trying again later is safe."""


class NoServer(NotAccepted):
    """Nobody takes e-mails at present: what else is due need not be tried in this pass."""


class RefusedForGood(Exception):
    """The server will never take this e-mail; do not try again."""


class NoSuchMailbox(RefusedForGood):
    """Nor any other to this address: it is written to no more until the shop names another."""


class Line(Protocol):
    """What takes e-mails, one after the other."""

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


class Mailer(Protocol):
    keeps_text: bool  # whether the outbox goes on showing what was sent

    def opened(self) -> AbstractContextManager[Line]:
        """For as many e-mails as there are now; raises nothing, even where nobody answers."""
        ...


class DemoMailer:
    """Sends nothing anywhere: the demo shows its outbox at /demo/outbox."""

    keeps_text = True

    def opened(self) -> AbstractContextManager[Line]:
        return nullcontext(self)

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

    @contextmanager
    def opened(self) -> Iterator["SmtpLine"]:
        line = SmtpLine(self._parts, self._sender)
        try:
            yield line
        finally:
            line.close()


class SmtpLine:
    """A connection that is made by the first e-mail, used by the next ones, and made again when
    the server has ended it between two."""

    def __init__(self, parts: SplitResult, sender: str) -> None:
        self._parts = parts
        self._sender = sender
        self._server: smtplib.SMTP | None = None

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
        try:
            recipient = one_address(to)
        except NotAnAddress as error:
            raise NoSuchMailbox(str(error)) from error
        message = self._message(recipient, subject, text, key, html, headers or {})
        server = self._begun(is_plain=recipient.isascii())
        try:
            self._envelope(server, recipient)
            self._handed_over(server, message)
        except (NotAccepted, RefusedForGood):
            self._begin_anew(server)
            raise
        except OSError:
            self._drop()
            raise

    def close(self) -> None:
        """Politely if the server listens: it may count those who just go away."""
        server, self._server = self._server, None
        if server is None:
            return
        try:
            server.quit()
        except OSError:
            server.close()

    def _begun(self, *, is_plain: bool) -> smtplib.SMTP:
        """Ready for the recipient: connected, and told the sender. Nothing is taken before that,
        so where a used connection does not do, a new one is made."""
        if self._server is not None:
            try:
                return self._told_sender(is_plain)
            except NoServer:
                pass
        return self._told_sender(is_plain)

    def _told_sender(self, is_plain: bool) -> smtplib.SMTP:
        """A sender who is refused is ours to mend, not this e-mail's fault: it waits."""
        server = self._connected()
        try:
            server.ehlo_or_helo_if_needed()
            if not is_plain and not server.has_extn("smtputf8"):
                raise RefusedForGood("the server takes ASCII addresses only")
            options = [] if is_plain else ["SMTPUTF8"]
            code, said = server.mail(parseaddr(self._sender)[1], options)
        except OSError as error:
            self._drop()
            raise NoServer(type(error).__name__) from error
        if code != 250:
            self.close()
            raise NoServer(f"sender refused, {_codes(code, said)}")
        return server

    def _envelope(self, server: smtplib.SMTP, recipient: str) -> None:
        try:
            code, said = server.rcpt(recipient)
        except OSError as error:  # no recipient, no e-mail: surely not taken
            raise NotAccepted(type(error).__name__) from error
        if code in (250, 251):
            return
        note = f"recipient refused, {_codes(code, said)}"
        if not 500 <= code < 600:
            raise NotAccepted(note)
        raise NoSuchMailbox(note) if _is_about_the_address(code, said) else RefusedForGood(note)

    def _handed_over(self, server: smtplib.SMTP, message: bytes) -> None:
        """Cut off from here on, or answered by what is no answer, nobody knows if it was taken."""
        try:
            code, said = server.data(message)
        except smtplib.SMTPDataError as error:  # before a word of it was said
            code, said = error.smtp_code, _bytes(error.smtp_error)
        if 200 <= code < 300:
            return
        note = f"refused, {_codes(code, said)}"
        if 400 <= code < 500:
            raise NotAccepted(note)
        if 500 <= code < 600:
            raise RefusedForGood(note)
        raise ConnectionError(note)

    def _begin_anew(self, server: smtplib.SMTP) -> None:
        """What is left of one e-mail must not become part of the next."""
        try:
            is_fresh = server.rset()[0] == 250
        except OSError:
            is_fresh = False
        if not is_fresh:
            self._drop()

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            try:
                self._server = self._connect()
            except OSError as error:  # smtplib's own errors are such, too
                raise NoServer(type(error).__name__) from error
        return self._server

    def _message(
        self, to: str, subject: str, text: str, key: str, html: str, headers: Mapping[str, str]
    ) -> bytes:
        """Raises RefusedForGood for what cannot be a header: a line break would begin another."""
        message = EmailMessage(_POLICY if to.isascii() else _POLICY.clone(utf8=True))
        try:
            message["From"], message["To"], message["Subject"] = self._sender, to, subject
            message["Message-ID"] = make_msgid(
                idstring=key.replace(":", "."), domain=self._domain()
            )
            message["Date"] = localtime()
            for name, value in headers.items():
                message[name] = value
            message.set_content(text)
            if html:
                message.add_alternative(html, subtype="html")
            return message.as_bytes()
        except (ValueError, LookupError, AttributeError) as error:  # as the library has them
            raise RefusedForGood(f"no message: {type(error).__name__}") from error

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


def _codes(code: int, said: bytes) -> str:
    """Not what it says beside them: that may hold the address, and goes into logs."""
    enhanced = _ENHANCED.search(said)
    return f"{code} {enhanced.group().decode()}" if enhanced else str(code)


def _is_about_the_address(code: int, said: bytes) -> bool:
    if _ENHANCED.search(said):
        return _OF_ADDRESSES.search(said) is not None
    return code in _NO_SUCH_MAILBOX


def is_about_the_address(code: str) -> bool:
    """Of an enhanced code (RFC 3463): whether it says that there is no such mailbox."""
    return _OF_ADDRESSES.fullmatch(code.encode()) is not None


def _bytes(said: bytes | str) -> bytes:
    return said.encode() if isinstance(said, str) else said
