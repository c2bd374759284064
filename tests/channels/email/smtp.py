"""A mail server of the test's: speaks as much SMTP as is needed, and keeps what it is given."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def smtp_server(
    recipient_answer: str = "250 ok",
    *,
    sender_answer: str = "250 ok",
    connections: list[str] | None = None,
    hangs_up_after: int | None = None,
) -> Iterator[tuple[str, list[str]]]:
    """Speaks as much SMTP as is needed, and keeps what it is given.

    It hangs up after so many e-mails of a connection; after none: with the first one in hand.
    """
    kept: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if connections is not None:
                connections.append("made")
            self._say("220 here")
            taken = 0
            while line := self.rfile.readline().decode().strip():
                match line.split()[0].upper():
                    case "EHLO" | "HELO" | "RSET":
                        self._say("250 ok")
                    case "MAIL":
                        self._say(sender_answer)
                    case "RCPT":
                        self._say(recipient_answer)
                    case "DATA":
                        self._say("354 go on")
                        body = b""
                        while not body.endswith(b"\r\n.\r\n"):
                            body += self.rfile.readline()
                        kept.append(body.decode())
                        if hangs_up_after == 0:
                            return
                        self._say("250 taken")
                        taken += 1
                        if taken == hangs_up_after:
                            return
                    case _:
                        self._say("500 what")

        def _say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"smtp://127.0.0.1:{server.server_address[1]}", kept
        finally:
            server.shutdown()
