"""The e-mail part of `bench.touches`: senders that die in the middle, a mail server that counts.

An e-mail whose sender died between the server's yes and our commit can be known by nobody to have
left: by design it is `unknown`, is not sent again, and people see it so. All others leave once.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from careline.kit.database import Database
from tests.channels.email.doomed import account, send_with_deaths, write_mails
from tests.channels.email.smtp import smtp_server
from tests.services import postgres_schema
from tests.touches.sending import floor_on


def mail_with_deaths(emails: int, workers: int, kills: int, seed: int) -> Iterator[str]:
    """About so many deaths, at random between taking an e-mail and writing down what became."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = Database(stack.enter_context(postgres_schema()))
        stack.callback(database.close)
        database.create_all()
        write_mails(floor_on(database, folder), emails)
        smtp_url, kept = stack.enter_context(smtp_server())
        started = time.monotonic()
        died = send_with_deaths(
            database, smtp_url, workers=workers, chance=kills / (emails * 2), seed=seed
        )
        rate = emails / (time.monotonic() - started)
        found = account(database, kept)
    print(f"  {emails:,} e-mails, {workers} senders, {died} died: {rate:,.0f} e-mails/s")
    print(f"  {found.doubled} doubled, {found.lost} lost, {found.sent:,} sent")
    print(
        f"  {found.unknown} unknown and not sent again: {found.unknown_taken} were taken, "
        f"{found.unknown_not_taken} were not"
    )
    if found.doubled or found.lost:
        yield f"{found.doubled} doubled, {found.lost} lost"
    if found.unknown != died or found.untold:
        yield f"{found.unknown} unknown of {died} deaths, {found.untold} of them untold"
