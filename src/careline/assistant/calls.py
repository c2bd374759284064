"""Calls as they come over a connection: put together from its bytes by httptools, which is in C.

The standard library reads each head as if it were an e-mail's, which took as long as many actions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import httptools

LARGEST_CALL = 4 * 1024 * 1024  # bytes; Rasa's are some ten thousand
LARGEST_HEAD = 64 * 1024


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    body: bytes
    is_deflated: bool
    keeps_open: bool  # another one may follow on the connection


class Unreadable(Exception):
    """What follows on the connection cannot be told from this call: answer so, and close it."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


class Calls:
    """Reads one connection; a call may come in pieces, and several at once."""

    def __init__(self) -> None:
        self.unreadable: Unreadable | None = None  # met after the calls that `read` gave
        self._parser = httptools.HttpRequestParser(self)
        self._whole: list[Call] = []
        self._is_in_head = False
        self._head_so_far = 0  # bytes, beside those that came with its beginning

    def read(self, data: bytes) -> Sequence[Call]:
        """The calls that these bytes complete."""
        self._whole = []
        goes_on = self._is_in_head
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            pass  # noted in `unreadable` by the callback
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.unreadable = Unreadable(HTTPStatus.BAD_REQUEST, "this is not HTTP as we speak it")
        if goes_on and self._is_in_head:
            self._head_so_far += len(data)
        if self._head_so_far > LARGEST_HEAD:
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            self.unreadable = Unreadable(status, "the head of the call is too large")
        return self._whole

    # What httptools calls.

    def on_message_begin(self) -> None:
        self._is_in_head, self._head_so_far = True, 0
        self._path = bytearray()
        self._length = b""
        self._is_deflated = False
        self._body: list[bytes] = []

    def on_url(self, part: bytes) -> None:
        self._path += part

    def on_header(self, name: bytes, value: bytes) -> None:
        match name.lower():
            case b"content-length":
                self._length = value
            case b"content-encoding":
                self._is_deflated = value == b"deflate"

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        if self._parser.get_method() == b"POST" and not self._length:
            self.unreadable = Unreadable(HTTPStatus.LENGTH_REQUIRED, "say how long the body is")
        elif int(self._length or 0) > LARGEST_CALL:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            self.unreadable = Unreadable(status, "the call is too large")
        if self.unreadable is not None:
            raise self.unreadable

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        call = Call(
            method=self._parser.get_method().decode("latin-1"),
            path=self._path.decode("latin-1"),
            body=b"".join(self._body),
            is_deflated=self._is_deflated,
            keeps_open=self._parser.should_keep_alive(),
        )
        self._whole.append(call)
