"""Which conversation a chat session opens: a link's, the one that goes on, or a new one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from careline.channels import mail_links, tokens
from careline.channels.web import sessions
from careline.channels.web.identity import NewHere, PageIdentity
from careline.conversation import messages
from careline.conversation.start import start_conversation
from careline.conversation.unasked import waiting_for_answer
from careline.journey.models import Conversation
from careline.journey.words import Channel, Mode
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.service import linking

# A new device goes on with what was said since; what is older is another matter. One that waits
# for a person or has one goes on however old it is.
GOES_ON_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Opened:
    conversation_id: str
    token: str
    until: datetime


@dataclass(frozen=True)
class Opening:
    """Reads what the page shows for its visitor, and gives out the token of a conversation."""

    database: Database
    clock: Clock
    page_identity: PageIdentity
    secret: str  # of what an opened link shows
    lifetime: timedelta  # of a token

    def open(self, identity: str | None) -> Opened:
        """Without an identity, a visitor's; else as whom the shop's page or a link vouches for.

        Raises token_invalid, token_expired, IdentityUnknown, LinkUnknown, LinkExpired.
        """
        if identity and tokens.is_link_token(identity):
            return self._by_link(identity)
        ref = self.page_identity.read(identity) if identity else ""
        who = self.page_identity.customer(ref) if ref else None
        now = self.clock.now()
        with self.database.begin() as session:
            customer_id = who.take_in(session, now) if isinstance(who, NewHere) else who
            waits = waiting_for_answer(session, now, customer_id) if customer_id else None
            if waits is not None:
                return self._go_on(session, now, waits)
            begun = start_conversation(
                session, now, customer_id=customer_id, verified_by="identity"
            )
            if customer_id:
                came = {Conversation.__tablename__: {begun.id}}
                linking.came_by(session, now, customer_id, ref, came)
            return self._issue(session, now, begun.id, now + self.lifetime)

    def existing(self, identity: str) -> Opened | None:
        """The conversation that goes on with them, from whichever device; None: there is none.

        Asked by each page of the shop that they open, so nothing is written and nobody is taken
        into the record for it. Raises as `open` does.
        """
        if tokens.is_link_token(identity):
            return self._by_link(identity)
        customer_id = self.page_identity.known(self.page_identity.read(identity))
        now = self.clock.now()
        with self.database.read() as session:
            found = _that_goes_on(session, now, customer_id) if customer_id else None
        if found is None:
            return None
        with self.database.begin() as session:
            return self._go_on(session, now, found)

    def _by_link(self, identity: str) -> Opened:
        now = self.clock.now()
        link_id = tokens.read_link_token(self.secret, identity, now)
        with self.database.begin() as session:
            link = mail_links.opened(session, now, link_id)
            conversation = mail_links.conversation_of(session, link)
            until = min(link.expires_at, now + self.lifetime)
            return self._issue(session, now, conversation.id, until)

    def _go_on(self, session: Session, now: datetime, conversation_id: str) -> Opened:
        conversation = messages.lock(session, conversation_id)
        conversation.verified_by = conversation.verified_by or "identity"
        conversation.updated_at = now
        return self._issue(session, now, conversation.id, now + self.lifetime)

    def _issue(
        self, session: Session, now: datetime, conversation_id: str, until: datetime
    ) -> Opened:
        token = sessions.issue(session, now, conversation_id, until - now)
        return Opened(conversation_id, token, until)


def _that_goes_on(session: Session, now: datetime, customer_id: str) -> str | None:
    """The latest that is theirs for certain, or that ends with what we said unasked."""
    latest = session.scalar(
        select(Conversation.id)
        .where(
            Conversation.customer_id == customer_id,
            Conversation.channel == Channel.WEB,
            Conversation.verified_by != "",
            Conversation.merged_into.is_(None),
            or_(
                Conversation.mode.in_([Mode.QUEUED, Mode.PERSON]),
                Conversation.last_message_at >= now - GOES_ON_FOR,
            ),
        )
        .order_by(Conversation.last_message_at.desc().nulls_last(), Conversation.id.desc())
        .limit(1)
    )
    return latest or waiting_for_answer(session, now, customer_id)
