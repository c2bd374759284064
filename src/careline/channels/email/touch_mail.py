"""The e-mail outlet of touches: the words as text and as plain HTML, with two links.

The same words are written into a conversation, so that the one link goes on there, as the same
person; the other stops what comes unasked. What goes over the network is the outbox's.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from careline.channels import mail_links
from careline.conversation.unasked import Said
from careline.journey.models import Email
from careline.journey.words import Channel, MailPriority, TouchReason
from careline.kit.ids import new_id
from careline.kit.rows import insert_many
from careline.touches.ports import NotPut, Parcel, Put, Worded, key_of
from careline.touches.web_outlet import say_in_chat

NO_ADDRESS = NotPut(TouchReason.NO_CHANNEL, "no e-mail address", again=False)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
# Nobody reads that mailbox: said before somebody writes there and waits.
_NO_REPLIES = "Replies to this e-mail reach nobody; answer by the links above, and we read it."
_BLANKS = re.compile(r"\s+")
# As in static/tokens.css: a mail program loads no style sheet.
_ACCENT, _ON_ACCENT = "#0b5f73", "#ffffff"
_BUTTON = (
    f"display:inline-block;padding:10px 16px;border-radius:6px;background:{_ACCENT};"
    f"color:{_ON_ACCENT};text-decoration:none"
)
_CHIP = (
    f"display:inline-block;margin:0 4px 8px 0;padding:8px 12px;border-radius:6px;"
    f"border:1px solid {_ACCENT};background:{_ON_ACCENT};color:{_ACCENT};text-decoration:none"
)


@dataclass(frozen=True)
class EmailOutlet:
    base_url: str
    secret: str  # signs the links
    shop_name: str

    @property
    def channel(self) -> Channel:
        return Channel.EMAIL

    def put(self, session: Session, now: datetime, parcels: Sequence[Parcel]) -> list[Put | NotPut]:
        """Not while a person has the customer, nor without an address."""
        became: list[Put | NotPut] = [NO_ADDRESS] * len(parcels)
        reached = [place for place, parcel in enumerate(parcels) if _address(parcel)]
        written = say_in_chat(session, now, [parcels[place] for place in reached])
        said: dict[int, Said] = {}
        for place, each in zip(reached, written, strict=True):
            if isinstance(each, NotPut):
                became[place] = each
            else:
                said[place] = each
        rows = self._rows(session, now, [(parcels[place], said[place]) for place in said])
        insert_many(session, Email, rows)
        for place, row in zip(said, rows, strict=True):
            became[place] = Put(said[place].conversation_id, said[place].message_id, row["id"])
        return became

    def _rows(
        self, session: Session, now: datetime, said: Sequence[tuple[Parcel, Said]]
    ) -> list[dict[str, Any]]:
        lead = [
            mail_links.GoesOn(parcel.customer.id, each.conversation_id, parcel.touch.id)
            for parcel, each in said
        ]
        links = mail_links.go_on_links(session, now, lead, base_url=self.base_url)
        return [
            self._row(now, parcel, go_on) for (parcel, _), go_on in zip(said, links, strict=True)
        ]

    def _row(self, now: datetime, parcel: Parcel, go_on: str) -> dict[str, Any]:
        touch, worded = parcel.touch, parcel.worded
        stop = mail_links.stop_link(
            self.secret, parcel.customer.id, touch.id, base_url=self.base_url
        )
        return {
            "id": new_id("eml"),
            "key": key_of(touch.id),
            "to": _address(parcel),
            "subject": one_line(worded.subject),
            "text": as_text(worded, go_on, stop, self.shop_name),
            "html": as_html(worded, go_on, stop, self.shop_name),
            "headers": {
                # RFC 8058: one press in the mail program, without a page of ours
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Auto-Submitted": "auto-generated",
            },
            "touch_id": touch.id,
            "priority": MailPriority.UNASKED.value,
            "too_late_at": touch.too_late_at,
            "created_at": now,
            "updated_at": now,
        }


def _address(parcel: Parcel) -> str:
    reached = parcel.facts.channels.get(Channel.EMAIL)
    return reached.address if reached is not None else ""


def as_text(worded: Worded, go_on: str, stop: str, shop: str) -> str:
    """The buttons are links: each leads to a page where one press sends the answer."""
    said = _BOLD.sub(r"\1", worded.text).strip()
    answers = "".join(f"{title}: {link}\n" for title, link in _answers(worded, go_on))
    return (
        f"{said}\n\n"
        f"{answers}{_or(answers)}in our chat:\n{go_on}\n\n"
        f"{shop}\n\n"
        f"--\n{_NO_REPLIES}\nYou get this because you shop with us. No more of these: {stop}\n"
    )


def as_html(worded: Worded, go_on: str, stop: str, shop: str) -> str:
    """Words, a button and a way out: nothing is loaded from anywhere, nothing is counted."""
    said = "<br>".join(
        _BOLD.sub(r"<strong>\1</strong>", html.escape(line))
        for line in worded.text.strip().splitlines()
    )
    answers = "".join(
        f'<a href="{html.escape(link, quote=True)}" style="{_CHIP}">{html.escape(title)}</a> '
        for title, link in _answers(worded, go_on)
    )
    go_on, stop, shop = (html.escape(part, quote=True) for part in (go_on, stop, shop))
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"></head>'
        '<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif">'
        '<div dir="auto" style="max-width:560px;text-align:start">'
        f"<p>{said}</p>"
        f"{f'<p>{answers}</p>' if answers else ''}"
        f'<p><a href="{go_on}" style="{_BUTTON}">{_or(answers)}in our chat</a></p>'
        f"<p>{shop}</p>"
        f'<p style="font-size:13px">{_NO_REPLIES}<br>You get this because you shop with us. '
        f'<a href="{stop}">No more of these</a></p>'
        "</div></body></html>"
    )


def one_line(subject: str) -> str:
    """A header is one line, whatever a name holds."""
    return _BLANKS.sub(" ", "".join(c if c.isprintable() else " " for c in subject)).strip()[:300]


def _answers(worded: Worded, go_on: str) -> Iterator[tuple[str, str]]:
    for place, button in enumerate(worded.buttons):
        yield one_line(button["title"]), f"{go_on}?answer={place}"


def _or(answers: str) -> str:
    return "Or answer " if answers else "Answer "
