"""The desk's edge: each thing that staff do is one unit of work, after which everybody who looks
is told. The pages call this and commit nothing by themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from careline.conversation import staff
from careline.conversation.lanes import Lanes
from careline.conversation.notify import Hub
from careline.conversation.staff.promised import NO_RIBBON, Ribbon
from careline.journey.models import Attachment, Conversation, Message, Note
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.service.policies import Policies

Given = TypeVar("Given")


@dataclass(frozen=True)
class Doing:
    """What `conversation.staff` can do, committed; the errors are those of each verb there."""

    database: Database
    clock: Clock
    policies: Policies
    hub: Hub
    lanes: Lanes

    def claim(self, staff_id: str, conversation_id: str) -> Conversation:
        return self._do(conversation_id, staff.claim, staff_id, policies=self.policies)

    def claim_first(self, staff_id: str, candidates: Sequence[str]) -> Conversation | None:
        """The first of these that nobody took meanwhile. Raises AtCapacity."""
        for conversation_id in candidates:
            try:
                return self.claim(staff_id, conversation_id)
            except (staff.AlreadyClaimed, staff.NotQueued):
                continue
        return None

    def take_over(self, staff_id: str, conversation_id: str) -> Conversation:
        return self._do(conversation_id, staff.take_over, staff_id, policies=self.policies)

    def release(self, staff_id: str, conversation_id: str) -> Conversation:
        return self._do(conversation_id, staff.release, staff_id, policies=self.policies)

    def pass_on(
        self,
        staff_id: str,
        conversation_id: str,
        *,
        to_staff: str | None = None,
        to_team: str | None = None,
        note: str = "",
    ) -> Conversation:
        return self._do(
            conversation_id,
            staff.pass_on,
            staff_id,
            policies=self.policies,
            to_staff=to_staff,
            to_team=to_team,
            note=note,
        )

    def over_capacity(self, staff_id: str) -> str:
        """What to say to whoever gave this person more than agreed; "" if it is not so."""
        with self.database.read() as session:
            return staff.over_capacity(session, staff_id)

    def snooze(
        self,
        staff_id: str,
        conversation_id: str,
        *,
        until: datetime | None = None,
        until_customer_answers: bool = False,
    ) -> Conversation:
        return self._do(
            conversation_id,
            staff.snooze,
            staff_id,
            until=until,
            until_customer_answers=until_customer_answers,
        )

    def wake(self, staff_id: str, conversation_id: str) -> Conversation:
        return self._do(conversation_id, staff.wake, staff_id)

    def reply(
        self,
        staff_id: str,
        conversation_id: str,
        text: str,
        *,
        seen_up_to: int,
        client_id: str,
        attachments: Sequence[str] = (),
        ribbon: Ribbon = NO_RIBBON,
    ) -> Message:
        message = self._do(
            conversation_id,
            staff.reply,
            staff_id,
            text,
            seen_up_to=seen_up_to,
            client_id=client_id,
            attachments=attachments,
            policies=self.policies,
            ribbon=ribbon,
        )
        self.hub.typing(conversation_id, False)
        return message

    def note(self, staff_id: str, conversation_id: str, text: str, *, client_id: str) -> Note:
        return self._do(
            conversation_id, staff.note, staff_id, text, key=f"{conversation_id}:{client_id}"
        )

    def attach(self, staff_id: str, conversation_id: str, name: str, content: bytes) -> Attachment:
        """A file for the next reply: JPEG, PNG, WebP, HEIC or PDF, up to 10 MB."""
        return self._do(conversation_id, staff.attach, staff_id, name, content)

    def merge(self, staff_id: str, conversation_id: str, *, into: str) -> Conversation:
        return self._do(conversation_id, staff.merge, staff_id, into=into, policies=self.policies)

    def hand_back(
        self,
        staff_id: str,
        conversation_id: str,
        outcome: str,
        *,
        words: str = "",
        ribbon: Ribbon = NO_RIBBON,
    ) -> Conversation:
        """The bot's next line, which uses the outcome, is said right after."""
        conversation = self._do(
            conversation_id,
            staff.hand_back,
            staff_id,
            outcome,
            policies=self.policies,
            words=words,
            ribbon=ribbon,
        )
        for each in self._to_tell(conversation.customer_id):
            self.lanes.submit(each)
        return conversation

    def resolve(
        self,
        staff_id: str,
        conversation_id: str,
        *,
        root_cause: str,
        owner: str | None = None,
        resolution: str | None = None,
    ) -> Conversation:
        return self._do(
            conversation_id,
            staff.resolve,
            staff_id,
            policies=self.policies,
            root_cause=root_cause,
            owner=owner,
            resolution=resolution,
        )

    def _do(self, conversation_id: str, verb: Callable[..., Given], *of: Any, **more: Any) -> Given:
        with self.database.begin() as session:
            done = verb(session, self.clock.now(), conversation_id, *of, **more)
        self.hub.nudge(conversation_id)
        return done

    def _to_tell(self, customer_id: str) -> Sequence[str]:
        with self.database.read() as session:
            return staff.to_tell(session, customer_id)
