"""What one run of an action knows and may do: the services, the turn, the customer, the words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions.choices import Option
from actions.turn import Turn
from actions.words import Wording
from careline.conversation import handover
from careline.conversation.opening_words import hours_behind
from careline.journey.models import Conversation
from careline.journey.words import HandoverReason
from careline.kit.errors import NotFound
from careline.service.services import Services
from careline.service.waiting import SUPPORT
from careline.service.writer import writer_of

_LINKS = ("link", "label_url")  # facts that hold paths of our own pages


@dataclass
class Context:
    services: Services
    dispatcher: CollectingDispatcher
    tracker: Tracker
    turn: Turn
    customer_id: str
    is_verified: bool
    name: str
    wording: Wording
    angry_messages: int

    @classmethod
    def of(
        cls, services: Services, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> "Context":
        """Raises NotFound when Rasa names a conversation that the record does not have."""
        turn = Turn.of(tracker)
        with services.database.look() as connection:
            writer = writer_of(connection, turn.conversation_id)
        if writer is None:
            raise NotFound("this conversation is not in the record")
        return cls(
            services=services.for_writer(writer),
            dispatcher=dispatcher,
            tracker=tracker,
            turn=turn,
            customer_id=writer.customer_id,
            is_verified=writer.is_verified,
            name=writer.name,
            wording=Wording.for_customer(writer.locale, writer.home.time_zone),
            angry_messages=writer.angry_messages,
        )

    @property
    def now(self) -> datetime:
        return self.services.clock.now()

    @property
    def zone(self) -> ZoneInfo:
        return self.wording.zone

    @property
    def today(self) -> date:
        """The date where the customer is."""
        return self.now.astimezone(self.zone).date()

    def day(self, day: date) -> str:
        return self.wording.day(day, today=self.today)

    def say(
        self,
        response: str,
        *,
        facts: Mapping[str, Any] | None = None,
        options: list[Option] | None = None,
        buttons: list[dict[str, str]] | None = None,
        card: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Send a response of domain.yml. `{name}` fields take the facts, already worded."""
        shown = [{"title": o.title, "payload": choose(o.id)} for o in options or [] if o.title] + (
            buttons or []
        )
        self.dispatcher.utter_message(
            response=response,
            buttons=shown or None,
            json_message={"card": dict(card)} if card else None,
            **self._with_whole_links({**(facts or {}), **more}),
        )

    def _with_whole_links(self, facts: dict[str, Any]) -> dict[str, Any]:
        """A path alone would lead nowhere from a page on another origin, or from an e-mail."""
        return facts | {
            name: f"{self.services.public_url}{facts[name]}"
            for name in _LINKS
            if str(facts.get(name, "")).startswith("/")
        }

    def hand_over(self, reason: HandoverReason, summary: str, *, priority: int = 0) -> datetime:
        """Put the conversation into the queue; returns the time by which a person answers."""
        with self.services.database.begin() as session:
            return handover.hand_over(
                session,
                self.now,
                self.turn.conversation_id,
                reason=reason,
                summary=summary,
                policies=self.services.policies,
                priority=priority,
            )

    def answer_by(self, due: datetime) -> str:
        """When a person answers; with the team's hours if it is not there all the time until."""
        with self.services.database.read() as session:
            conversation = session.get_one(Conversation, self.turn.conversation_id)
            team = conversation.team or SUPPORT
        hours = hours_behind(self.services.policies, self.now, due, self.zone, team)
        return self.wording.moment(due, now=self.now) + hours

    def say_handed_over(self, reason: HandoverReason, due: datetime, case: str = "") -> None:
        self.say(f"utter_handover_{reason.value}", by=self.answer_by(due))
        if case:
            self.say("utter_your_case", case=case)


def choose(option_id: str) -> str:
    """The payload of a button that picks an option of the question just asked."""
    return f'/choose{{"choice": "{option_id}"}}'
